"""The type of basic indexing, with NumPy's clamping of literal bounds on symbolic axes."""

from __future__ import annotations

from typing import Any

from gradc.ir.graph import Check
from gradc.ir.operation import Typing
from gradc.ir.sizes import Poly, Size, floor_divide, maximum, minimum, never_negative
from gradc.ir.types import Type, TypeMismatch


def indexed(x: Type, entries: tuple[Any, ...]) -> Typing:
    """`x[entries]`: an entry is an integer, a (start, stop, step), None, or `...`."""
    used = sum(e is not None and e is not ... for e in entries)
    sizes: list[Size] = []
    checks: list[Check] = []
    axis = 0
    for entry in entries:
        if entry is None:
            sizes.append(1)
        elif entry is ...:
            rest = x.rank - used
            sizes += x.shape[axis : axis + rest]
            axis += rest
        elif isinstance(entry, tuple):
            sizes.append(_slice_size(x.shape[axis], *entry, checks, x))
            axis += 1
        else:
            _check_integer(entry, x.shape[axis], checks, x)
            axis += 1
    sizes += x.shape[axis:]
    return Typing((Type(x.dtype, tuple(sizes), x.weak),), checks=tuple(checks))


def _check_integer(position: int, size: Size, checks: list[Check], x: Type) -> None:
    least = position + 1 if position >= 0 else -position
    if isinstance(size, int):
        if least > size:
            raise TypeMismatch(f"the index {position} is outside an axis of {size}", (0,), "E0304")
    else:
        checks.append(Check("at_most", least, size, f"the index {position} needs {size} >= {least}"))


def _slice_size(
    size: Size, start: Size | None, stop: Size | None, step: int | None, checks: list[Check], x: Type
) -> Size:
    """How many elements a slice has."""
    stride = 1 if step is None else step
    for bound in (start, stop):
        if isinstance(bound, Poly):
            if not never_negative(size - bound):
                outside = f"the slice bound {bound} lies outside an axis of {size}"
                checks.append(Check("at_most", bound, size, outside))
            if not never_negative(bound):
                checks.append(Check("at_most", 0, bound, f"the slice bound {bound} is negative"))
    if isinstance(size, int) and not isinstance(start, Poly) and not isinstance(stop, Poly):
        return len(range(*slice(start, stop, step).indices(size)))
    if stride > 0:
        low = 0 if start is None else _clamp(start, size)
        high = size if stop is None else _clamp(stop, size)
        count = high - low
    else:
        low = size if start is None else _clamp(_after(start), size)
        high = 0 if stop is None else _clamp(_after(stop), size)
        count = low - high
        stride = -stride
    if isinstance(start, int) and isinstance(stop, int) and (start < 0) == (stop < 0):
        # Both from the same end: never more than their difference.
        count = minimum(maximum(count, 0), max((stop - start) * (1 if (step or 1) > 0 else -1), 0))
    count = maximum(count, 0)
    return floor_divide(count + stride - 1, stride)


def _after(bound: Size) -> Size | None:
    """A bound of a backward slice as one of a forward slice, exclusive instead of inclusive."""
    if isinstance(bound, int) and bound == -1:
        return None
    return bound + 1


def _clamp(bound: Size | None, size: Size) -> Size:
    """The position that a bound means: negative ones count from the end, none is the end."""
    if bound is None:
        return size
    if isinstance(bound, int) and bound < 0:
        return maximum(size + bound, 0)
    if isinstance(bound, Poly):
        return bound  # checked to lie within the axis
    return minimum(bound, size)
