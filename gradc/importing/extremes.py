"""The largest or smallest of what goes to each place of an axis, where a front has such writes."""

from __future__ import annotations

import math
from collections.abc import Callable

from gradc.importing.foreign import Tensor


def extreme_at(
    apply: Callable[..., Tensor], x: Tensor, places: Tensor, values: Tensor, axis: int, kind: str,
    keeps: bool = True,
) -> Tensor:  # fmt: skip
    """`x` with the `kind` ("max" or "min") of the `values` of each place, all beside each other.

    Where several are equal they share the derivative, as in `max`. `keeps` counts `x` in; else it
    stands where nothing goes. `places` are at least 0, and of the shape of `values`.
    """
    is_last = axis == x.rank - 1
    last = [t if is_last else apply("moveaxis", t, axis, -1) for t in (places, values)]
    wide, held = (apply("index", t, entries=("...", None)) for t in last)
    here = apply("equal", wide, apply("arange", x.shape[axis]))
    nothing = -math.inf if kind == "max" else math.inf
    found = apply(kind, apply("where", here, held, nothing), axis=-2)
    found = found if is_last else apply("moveaxis", found, -1, axis)
    if keeps:
        return apply("maximum" if kind == "max" else "minimum", x, found)
    there = apply("any", here, axis=-2)
    return apply("where", there if is_last else apply("moveaxis", there, -1, axis), found, x)
