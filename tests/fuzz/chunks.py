"""Seeds of random programs in chunks, each chunk a test."""

from typing import Any

import pytest

CHUNK = 20


def chunks(often: int, every: int) -> list[Any]:
    """The first seed of each chunk below `every`; from `often` on they are run by `make slow`."""
    return [
        pytest.param(first, marks=[pytest.mark.slow] if first >= often else [])
        for first in range(0, every, CHUNK)
    ]
