"""Numbers as the user wrote them, and lists of numbers: their shape, type and range."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from gradc.diagnostics import error
from gradc.elaborate.bindings import Bound, Numbers, describe, is_number
from gradc.ir.builder import number_type
from gradc.ir.sizes import Poly, Size
from gradc.ir.types import Type, promote
from gradc.source import Span


class SpelledInt(int):
    """An integer that remembers how the user wrote it (`1_000`)."""

    text: str


class SpelledFloat(float):
    """A float that remembers how the user wrote it (`1e-3`)."""

    text: str


def spelled(number: int | float, text: str) -> int | float:
    """The number with its spelling, where that is not the canonical one."""
    if text == repr(number):
        return number
    kept = SpelledInt(number) if isinstance(number, int) else SpelledFloat(number)
    kept.text = text
    return kept


def array_shape(data: object) -> tuple[int, ...] | None:
    """The shape of nested tuples of numbers; None where they are ragged or hold other things."""
    if not isinstance(data, tuple):
        return () if is_number(data) and not isinstance(data, Poly) else None
    shapes = {array_shape(item) for item in data}
    if len(shapes) > 1 or None in shapes:
        return None
    inner = shapes.pop() if shapes else ()
    return None if inner is None else (len(data), *inner)


def ragged(data: Bound) -> list[str]:
    """What to say of a list whose rows are of different lengths."""
    if not isinstance(data, tuple):
        return []
    lengths = [len(item) if isinstance(item, tuple) else 0 for item in data]
    if len(set(lengths)) > 1 and all(isinstance(item, tuple) for item in data):
        counts = f"{', '.join(map(str, lengths[:-1]))} and {lengths[-1]}"
        return [f"its rows have {counts} elements"]
    return next((found for item in data if (found := ragged(item))), [])


def is_array(data: Bound) -> TypeGuard[Numbers]:
    """Whether it is a number or a list of numbers that has a shape."""
    return array_shape(data) is not None


def literal_shape(data: Numbers) -> tuple[int, ...]:
    """The shape of what `is_array`."""
    return array_shape(data) or ()


def array_type(data: Bound) -> Type | None:
    """The weak type of a list of numbers."""
    shape = array_shape(data)
    if shape is None:
        return None
    kinds = [number_type(item) for item in flatten(data)] or [Type("f64", weak=True)]
    return Type(promote(kinds)[0], shape, weak=True)


def flatten(data: Bound) -> Iterator[Bound]:
    """What nested lists hold, in order."""
    if isinstance(data, tuple):
        for item in data:
            yield from flatten(item)
    else:
        yield data


_RANGES = {"i32": (-(2**31), 2**31), "i64": (-(2**63), 2**63)}
_LARGEST_F32 = 3.4028235677973366e38  # from here on a number rounds to infinity


def check_fits(dtype: str, data: Bound, span: Span | None, helps: Iterable[str] = ()) -> None:
    """E0305 where an element type cannot hold numbers."""
    for item in flatten(data):
        if dtype == "f64" or not isinstance(item, int | float):
            continue
        if dtype == "f32":
            fits = abs(item) < _LARGEST_F32 or not math.isfinite(item)
        elif dtype == "bool":
            fits = isinstance(item, bool)
        else:
            low, high = _RANGES[dtype]
            fits = isinstance(item, int) and low <= item < high
        if not fits:
            item = _broken(data) if isinstance(item, float) and dtype[0] == "i" else item
            from gradc.elaborate.habits.numbers import unfit

            helps = tuple(helps) or unfit(dtype, item, span)
            raise error("E0305", f"{dtype} cannot hold {describe(item)}", span, helps=helps)


def _broken(data: Bound) -> float:
    """The first number that is not whole, or else the first one with a point."""
    floats = [item for item in flatten(data) if isinstance(item, float)]
    return next((item for item in floats if not item.is_integer()), floats[0])


def filled(data: Numbers, shape: tuple[int, ...]) -> Numbers:
    """A list of numbers repeated to a shape that it broadcasts to."""
    if not shape:
        return data
    size, *rest = shape
    if not isinstance(data, tuple) or len(literal_shape(data)) < len(shape):
        return (filled(data, tuple(rest)),) * size
    items = data * size if len(data) == 1 else data
    return tuple(filled(item, tuple(rest)) for item in items)


def could_fill(found: tuple[int, ...], shape: tuple[Size, ...]) -> bool:
    """Whether a literal of a shape broadcasts to another, whatever its dimensions are."""
    return len(found) <= len(shape) and all(
        f in (1, s) or isinstance(s, Poly)
        for f, s in zip(reversed(found), reversed(shape), strict=False)
    )


def fills(found: tuple[int, ...], shape: tuple[Size, ...]) -> bool:
    """Whether a literal of a shape broadcasts to another."""
    return len(found) <= len(shape) and all(
        f in (1, s) for f, s in zip(reversed(found), reversed(shape), strict=False)
    )
