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


def _positions(name, array, low, size):  # type: ignore[no-untyped-def]
    """Refuses labels (from 0) and indices (from the end, too) that an axis of this size has not."""
    if array.size and (array.min() < low or array.max() >= size):
        wrong = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(wrong)]} at {wrong}" if wrong else array
        refused = IndexError if low else ValueError
        raise refused(f"{name}: expected {low} <= {name} < {size}, got {found}")
