"""Seeds of random programs in chunks, each chunk a test."""

from typing import Any

from tests.seldom import seldom

CHUNK = 10


def chunks(often: int, every: int) -> list[Any]:
    """The first seed of each chunk below `every`; from `often` on they are run by `make slow`."""
    return seldom(range(0, every, CHUNK), lambda first: first >= often)
