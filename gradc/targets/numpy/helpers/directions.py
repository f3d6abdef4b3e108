"""What functions check of the directions that their arguments move in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:

    def _array(name: str, value: Any, dtype: Any, shape: Any) -> Any: ...


def _directions(what: str, given: Any, moving: dict[str, Any], *needed: str) -> list[Any]:
    """A direction for each value: of its shape and element type, 0 where none is given."""
    if not hasattr(given, "keys"):
        kind = type(given).__name__
        raise TypeError(f"{what}: expected a mapping of names to arrays, got {kind}")
    for name in sorted(given.keys() - moving.keys(), key=str):
        raise ValueError(f"{what}: nothing that moves is called {name!r}")
    for name in sorted(set(needed) - given.keys()):
        raise ValueError(f"{what}: {name!r} is missing")
    found = []
    for name, value in moving.items():
        if name in given:
            array = _array(f"{what}[{name!r}]", given[name], value.dtype, value.shape)
        else:
            array = np.zeros(value.shape, value.dtype)
        found.append(array[()])  # a scalar rather than an array without axes
    return found
