"""Types of what is made from nothing: numbers, filled arrays, counts."""

from __future__ import annotations

import math
from typing import Any

from gradc.ir.operation import Typing
from gradc.ir.sizes import Poly, Size, floor_divide, maximum
from gradc.ir.types import FLOATS, Type, TypeMismatch, broadcast
from gradc.library.axes import Shape, check_sizes
from gradc.records import replace

_COUNTED = 2**53  # steps that a float tells apart


def number(value: Any, text: str) -> Typing:
    kind = "bool" if isinstance(value, bool) else "i64" if isinstance(value, int) else "f64"
    return Typing((Type(kind, (), weak=True),))


def size(_: Poly) -> Typing:
    return Typing((Type("i64", (), weak=True),))


def filled(shape: Shape, dtype: str) -> Typing:
    check_sizes(shape)
    return Typing((Type(dtype, shape),))


def drawn(shape: Shape, dtype: str) -> Typing:
    """Random numbers."""
    if dtype not in FLOATS:
        raise TypeMismatch(f"random numbers are floats, not {dtype}", code="E0305")
    return filled(shape, dtype)


def dropped(shape: Shape, rate: float, dtype: str) -> Typing:
    """The mask of dropout."""
    if not 0 <= rate < 1:
        helps = [f"a rate is a part of 1: `{rate / 100:g}`"] if 1 < rate < 100 else []
        message = f"a rate is at least 0 and below 1, this is {rate}"
        raise TypeMismatch(message, (), "E0305", helps, attribute="rate")
    return filled(shape, dtype)


def filled_with(value: Type, shape: Shape, dtype: str) -> Typing:
    """`full`: a value that broadcasts to the shape."""
    check_sizes(shape)
    if broadcast([value.shape, shape]) != shape:
        raise TypeMismatch(f"{value} does not fill {list(shape)}", (0,))
    return Typing((Type(dtype, shape),))


def like(x: Type, dtype: str | None) -> Typing:
    """An array in the shape of another, of its element type where none is stated."""
    kind = dtype or x.dtype
    return Typing((Type(kind, x.shape),), attrs={"dtype": None if kind == x.dtype else kind})


def filled_like(x: Type, value: Type, dtype: str | None) -> Typing:
    """`full_like`: a value that broadcasts to the shape."""
    if broadcast([value.shape, x.shape]) != x.shape:
        raise TypeMismatch(f"{value} does not fill the shape of {x}", (1,))
    typing = like(x, dtype)
    return replace(typing, casts=(None, None if value.weak else typing.results[0].dtype))


def identity(n: Size, m: Size | None, dtype: str) -> Typing:
    """`eye`."""
    shape = (n, n if m is None else m)
    check_sizes(shape)
    return Typing((Type(dtype, shape),), attrs={"m": None if m == n else m})


def counting(start: Any, stop: Any, step: Any, dtype: str | None, own: str | None) -> Typing:
    """`arange`: one bound counts from 0. Integers give i64, anything else the file's `own` type."""
    low, high = (0, start) if stop is None else (start, stop)
    if step == 0 or isinstance(step, Poly):
        raise TypeMismatch("the step of `arange` is a number other than 0", code="E0306")
    bounds = (low, high, step)
    whole = all(isinstance(v, int | Poly) for v in bounds)
    if not whole and not all(isinstance(v, int | float) and math.isfinite(v) for v in bounds):
        raise TypeMismatch("`arange` takes sizes, or finite numbers", code="E0306")
    if not whole and max(abs(low), abs(high)) / abs(step) > _COUNTED:
        raise TypeMismatch("`arange` does not count that far", code="E0306")
    kind = dtype or ("i64" if whole else own or "f64")
    alone = low == 0 and step == 1
    attrs = {
        "start": high if alone else low,
        "stop": None if alone else high,
        "dtype": None if whole and kind == "i64" else kind,
        "own": None,
    }
    return Typing((Type(kind, (_count(low, high, step, whole),)),), attrs=attrs)


def _count(low: Any, high: Any, step: Any, whole: bool) -> Size:
    if not whole:
        count: int = max(math.ceil((high - low) / step), 0)
        return count
    span = high - low if step > 0 else low - high
    return maximum(floor_divide(span + abs(step) - 1, abs(step)), 0)


def one_hot_of(labels: Type, num_classes: Size, dtype: str) -> Typing:
    """A last axis of classes, 1 at the label."""
    if labels.dtype not in ("i32", "i64"):
        raise TypeMismatch(f"labels are integers, this is {labels}", (0,), "E0305")
    check_sizes((num_classes,))
    return Typing((Type(dtype, (*labels.shape, num_classes)),))
