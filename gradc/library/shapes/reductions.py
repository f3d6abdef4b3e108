"""Types of reductions, scans and orders along axes."""

from __future__ import annotations

from typing import Any

from gradc.ir.operation import Typing
from gradc.ir.sizes import product
from gradc.ir.types import Check, Type, TypeMismatch
from gradc.library.axes import Shape, all_axes, axes_of, normal_axis
from gradc.records import replace


def reduced(x: Type, axis: Any, keepdims: bool) -> Typing:
    """The element type stays; bools and i32 add up in i64."""
    return _reduce(x, axis, keepdims, _summed(x))


def averaged(x: Type, axis: Any, keepdims: bool) -> Typing:
    """`mean`: integers and bools give f64."""
    return _reduce(x, axis, keepdims, x.dtype if x.is_float else "f64")


def kept(x: Type, axis: Any) -> Typing:
    """A reduction with its axes kept."""
    return _reduce(x, axis, True, x.dtype)


def extreme(x: Type, axis: Any, keepdims: bool) -> Typing:
    """`max` and `min`, which need at least one element."""
    typing = _reduce(x, axis, keepdims, x.dtype)
    assert typing.attrs is not None
    checks = []
    for size in dict.fromkeys(x.shape[a] for a in all_axes(typing.attrs["axis"], x.rank)):
        if size == 0:
            raise TypeMismatch(f"{x} has no elements to choose from", (0,), "E0306")
        if not isinstance(size, int):
            checks.append(Check("at_most", 1, size, f"an extreme of no elements needs {size} >= 1"))
    return replace(typing, checks=tuple(checks))


def logical_reduced(x: Type, axis: Any, keepdims: bool) -> Typing:
    return _reduce(x, axis, keepdims, "bool")


def position(x: Type, axis: int | None, keepdims: bool) -> Typing:
    """`argmax` and `argmin`."""
    if axis is not None:
        axis = normal_axis(axis, x.rank)
    if product([x.shape[axis]] if axis is not None else x.shape) == 0:
        raise TypeMismatch(f"{x} has no elements to choose from", (0,), "E0306")
    typing = _reduce(x, axis, keepdims, "i64")
    return Typing((Type("i64", typing.results[0].shape),), attrs={"axis": axis})


def accumulated(x: Type, axis: int | None) -> Typing:
    """`cumsum` and `cumprod`; without an axis, of the flat array."""
    shape = (product(x.shape),) if axis is None else x.shape
    canonical = None if axis is None else normal_axis(axis, x.rank)
    return Typing((Type(_summed(x), shape, x.weak),), attrs={"axis": canonical})


def ordered(x: Type, axis: int) -> Typing:
    """`sort`."""
    return Typing((x,), attrs={"axis": normal_axis(axis, x.rank)})


def running(x: Type, axis: int) -> Typing:
    """`cummax` and `cummin`."""
    return Typing((Type(x.dtype, x.shape),), attrs={"axis": normal_axis(axis, x.rank)})


def along_in_floats(x: Type, axis: int) -> Typing:
    """What goes along an axis in floats."""
    casts = () if x.is_float else ("f64",)
    kind = Type(x.dtype if x.is_float else "f64", x.shape)
    return Typing((kind,), casts, attrs={"axis": normal_axis(axis, x.rank)})


def order(x: Type, axis: int) -> Typing:
    """`argsort`."""
    return Typing((Type("i64", x.shape),), attrs={"axis": normal_axis(axis, x.rank)})


def recurring(a: Type, b: Type, axis: int) -> Typing:
    """`recurrence`: both operands have one shape."""
    if a != b:
        raise TypeMismatch(f"{a} and {b} differ", (0, 1))
    return Typing((b,), attrs={"axis": normal_axis(axis, b.rank)})


def _summed(x: Type) -> str:
    return "i64" if x.dtype in ("bool", "i32") else x.dtype


def _reduce(x: Type, axis: Any, keepdims: bool, dtype: str) -> Typing:
    axes = axes_of(axis, x.rank)
    if keepdims:
        shape: Shape = tuple(1 if a in axes else s for a, s in enumerate(x.shape))
    else:
        shape = tuple(s for a, s in enumerate(x.shape) if a not in axes)
    canonical = None if len(axes) == x.rank else axes[0] if len(axes) == 1 else axes
    return Typing((Type(dtype, shape, x.weak),), attrs={"axis": canonical})
