"""What only some modules check of their arguments."""

from __future__ import annotations

import numpy as np


def _narrowed(name, array, dtype):  # type: ignore[no-untyped-def]
    """The array in another element type; refuses a float that is too large for it."""
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    if narrow.dtype.kind == "f" and np.isinf(narrow).any():
        for place in np.argwhere(np.isinf(narrow) & np.isfinite(array)).tolist():
            number = str(array[tuple(place)]).replace("e+", "e")
            at = f", at {place}" if place else ""
            raise ValueError(f"{name}: {number} does not fit f{8 * narrow.itemsize}{at}")
    return narrow


def _labels(name, array, size):  # type: ignore[no-untyped-def]
    """Refuses a label that is not among so many."""
    if array.size and (array.min() < 0 or array.max() >= size):
        found = _first_of(array, (array < 0) | (array >= size))
        raise ValueError(f"{name}: expected 0 <= {name} < {size}, got {found}")


def _indices(name, array, size):  # type: ignore[no-untyped-def]
    """Refuses an index that an axis of this size has not; one below 0 counts from the end."""
    if array.size and (array.min() < -size or array.max() >= size):
        found = _first_of(array, (array < -size) | (array >= size))
        raise IndexError(f"{name}: expected {-size} <= {name} < {size}, got {found}")


def _first_of(array, wrong):  # type: ignore[no-untyped-def]
    """The first wrong number of an array, and its place."""
    place = np.argwhere(wrong)[0].tolist()
    return f"{array[tuple(place)]} at {place}" if place else array
