"""List and shape functions for statistics, and for functions that are known at points."""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import plural
from gradc.ir.sizes import Size, floor_divide, maximum, minimum
from gradc.ir.types import Check, Checked, Type, TypeMismatch
from gradc.library.axes import Shape, axes_of, normal_axis
from gradc.library.lists import (
    entry_at,
    functions_of,
    kept_sizes,
    reduced_count,
    reduced_sizes,
)


def some_count(x: Type, axis: Any) -> Checked:
    """`reduced_count`, which may not be 0: there is nothing to choose from."""
    count = reduced_count(x, axis)
    if count == 0:
        raise TypeMismatch(f"{x} has no elements to choose from", (0,), "E0306")
    text = f"a choice among no elements needs {count} >= 1"
    known = isinstance(count, int)
    return Checked(count, () if known else (Check("at_most", 1, count, text),))


def no_more(k: Size, x: Type, axis: int) -> Checked:
    """So many elements along an axis, which has to have them."""
    size = x.shape[normal_axis(axis, x.rank)]
    asked = f"{plural(k, 'element')} {'is' if k == 1 else 'are'} asked for"
    message = f"{asked} along an axis of {size}"
    if isinstance(k, int) and (k < 0 or (isinstance(size, int) and k > size)):
        raise TypeMismatch(message, (0,), "E0306", attribute="k")
    known = isinstance(k, int) and isinstance(size, int)
    return Checked(k, () if known else (Check("at_most", k, size, message),))


def is_odd(count: Size) -> bool:
    """Whether a number of elements is known to be odd."""
    return isinstance(count, int) and count % 2 == 1


def no_less(count: Size) -> Size:
    """A number of elements less what was taken off, and 0 where nothing is left."""
    return maximum(count, 0)


def is_fraction(q: Any) -> bool:
    """True; raises TypeMismatch where a number known by now is no part of 1."""
    if isinstance(q, int | float) and not 0 <= q <= 1:
        helps = [f"a part of 1: `{q / 100:g}`"] if 1 < q <= 100 else []
        raise TypeMismatch(
            f"a quantile is of a part from 0 to 1, this is {q}", (0,), "E0305", helps
        )
    return True


def quantile_sizes(x: Type, q: Type, axis: Any, keepdims: bool) -> Shape:
    """The shape of quantiles: that of what part they are of, and of the reduction behind it."""
    return (*q.shape, *(kept_sizes(x, axis) if keepdims else reduced_sizes(x, axis)))


def last_first(x: Type, count: int) -> tuple[int, ...]:
    """The permutation that puts so many of the last axes first."""
    return (*range(x.rank - count, x.rank), *range(x.rank - count))


def margins_of(a: Type, b: Type, mode: str) -> tuple[tuple[Size, Size]]:
    """What "same" and "valid" leave out of the full convolution of two vectors."""
    m, n = a.shape[0], b.shape[0]
    shorter = minimum(m, n)
    low = floor_divide(shorter - 1, 2) if mode == "same" else shorter - 1
    kept = maximum(m, n) if mode == "same" else maximum(m, n) - shorter + 1
    return ((low, m + n - 1 - kept - low),)


def entries_along(x: Type, axis: int, start: Any, stop: Any) -> tuple[Any, ...]:
    """The index that slices one axis."""
    return entry_at(normal_axis(axis, x.rank), start, stop)


def sizes_in_line(v: Type, x: Type, axis: int) -> Shape:
    """The sizes with which a vector broadcasts along an axis."""
    after = x.rank - 1 - normal_axis(axis, x.rank)
    return (*v.shape, *[1] * after)


def weight_sizes(weights: Type, x: Type, axis: Any) -> Shape:
    """The sizes with which weights broadcast: with as many axes as are named, along those."""
    axes = axes_of(axis, x.rank)
    if axis is None or weights.rank != len(axes):
        return weights.shape
    if list(axes) != sorted(axes):
        message = f"the axes of weights are named in ascending order, not {list(axes)}"
        raise TypeMismatch(message, (0,), "E0303", attribute="axis")
    sizes = dict(zip(axes, weights.shape, strict=True))
    return tuple(sizes.get(a, 1) for a in range(x.rank))


FUNCTIONS = functions_of(dict(globals()))
