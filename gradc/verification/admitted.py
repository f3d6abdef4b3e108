"""Values that a caller gives, in the element types that the graph declares."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.ir.types import DTYPES, Type


def admitted(name: str, declared: Type, value: Any) -> np.ndarray[Any, Any]:
    """A number, a list or an array in its declared element type, whatever its shape.

    Raises ValueError where that type cannot hold it: what is no number, what is too large, and
    1.5 or NaN for an integer.
    """
    refused = f"`{name}` is {declared}; this is no such array"
    try:
        found = np.asarray(value)
    except ValueError:
        raise ValueError(refused) from None
    if found.dtype.kind not in "biuf":
        raise ValueError(refused)
    with np.errstate(over="ignore", invalid="ignore"):
        array = found.astype(DTYPES[declared.dtype])
    if not declared.is_float and np.any(array != found):
        raise ValueError(refused)
    if declared.is_float and (lost := np.isinf(array) & ~np.isinf(found)).any():
        raise ValueError(f"`{name}` is {declared}, which {found[lost][0]} does not fit")
    return array
