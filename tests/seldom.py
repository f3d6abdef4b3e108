"""Parameters of a test, of which `make test` takes some and `make slow` the others."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def seldom(values: Iterable[Any], which: Callable[..., bool]) -> list[Any]:
    """Those of which `which` is true are left to `make slow`; a tuple is several arguments."""
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*row, marks=[pytest.mark.slow] if which(*row) else []) for row in rows]
