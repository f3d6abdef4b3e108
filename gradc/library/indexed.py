"""The type of basic indexing, with NumPy's clamping of literal bounds on symbolic axes."""

from __future__ import annotations

from typing import Any

from gradc.ir.operation import Typing
from gradc.ir.sizes import Atom, Poly, Size, floor_divide, maximum, minimum, never_negative
from gradc.ir.types import Check, Type, TypeMismatch


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
            sizes.append(_slice_size(x.shape[axis], entry, checks))
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
        checks.append(
            Check("at_most", least, size, f"the index {position} needs {size} >= {least}")
        )


def _slice_size(
    size: Size, entry: tuple[Size | None, Size | None, int | None], checks: list[Check]
) -> Size:
    """How many elements a slice has."""
    start, stop, step = entry
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
        count = _between(0 if start is None else start, stop, size)
    else:
        # The same elements in ascending order; None stands for the end of the axis.
        low = 0 if stop is None else _after(stop)
        count = _between(low, None if start is None else _after(start), size)
        stride = -stride
    return _rounded_up(count, stride)


def _rounded_up(count: Size, stride: int) -> Size:
    """How many steps of a stride there are in a count; `max(…, 0)` is looked into."""
    if isinstance(count, Poly) and len(count.terms) == 1:
        ((monomial, coefficient),) = count.terms
        atom, *others = monomial
        if isinstance(atom, Atom) and atom.op == "max" and atom.right == 0 and not others:
            within = floor_divide(coefficient * atom.left + stride - 1, stride)
            if not isinstance(within, Poly) or within.is_polynomial:
                return maximum(within, 0)
    return floor_divide(count + stride - 1, stride)


def _after(bound: Size) -> Size | None:
    """The position behind a bound; behind the last element is the end of the axis."""
    return None if isinstance(bound, int) and bound == -1 else bound + 1


def _between(low: Size | None, high: Size | None, size: Size) -> Size:
    """How many positions lie in `[low, high)`; None is the end, negative ones count from it."""
    if low is None:
        return 0
    if high is None:
        end = size
    elif isinstance(high, int):
        end = size + high if high < 0 else minimum(high, size)
    else:
        end = high  # checked to lie within the axis
    if not isinstance(low, int) or low >= 0:
        return maximum(end - low, 0)
    if high is None:
        return minimum(size, -low)
    if isinstance(high, int) and high < 0:
        return maximum(minimum(end, high - low), 0)
    return maximum(end - maximum(size + low, 0), 0)
