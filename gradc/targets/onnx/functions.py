"""Functions of one number, or of two, that take several operators."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from gradc.targets.onnx.logic import applied
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.writer import Writer


def _expm1(w: Writer, x: Tensor) -> Tensor:
    """`(e**x - 1) * x / log(e**x)`, in which what rounding took off e**x cancels (W. Kahan)."""
    one, most = w.number(1, x.dtype), w.number(math.inf, x.dtype)
    power = w.op("Exp", x)
    less = w.op("Sub", power, one)
    exact = w.op("Div", w.op("Mul", less, x), w.op("Log", power))
    # Where e**x is 1 it is x; at the ends the quotient is none.
    far = w.op("Or", _same(w, power, most), _same(w, power, w.number(0, x.dtype)))
    return _chosen(w, _same(w, power, one), x, _chosen(w, far, less, exact))


def _log1p(w: Writer, x: Tensor) -> Tensor:
    """`log(1 + x) * x / ((1 + x) - 1)`: what rounding took off 1 + x cancels (W. Kahan)."""
    one, most = w.number(1, x.dtype), w.number(math.inf, x.dtype)
    more = w.op("Add", x, one)
    log = w.op("Log", more)
    exact = w.op("Mul", log, w.op("Div", x, w.op("Sub", more, one)))
    return _chosen(w, _same(w, more, one), x, _chosen(w, _same(w, more, most), log, exact))


def _hypot(w: Writer, x: Tensor, y: Tensor) -> Tensor:
    """The larger times the root of 1 and the square of their ratio, which cannot overflow."""
    one, most = w.number(1, x.dtype), w.number(math.inf, x.dtype)
    a, b = w.op("Abs", x), w.op("Abs", y)
    large, small = w.op("Max", a, b), w.op("Min", a, b)
    ratio = w.op("Div", small, large)
    found = w.op("Mul", large, w.op("Sqrt", w.op("Add", one, w.op("Mul", ratio, ratio))))
    is_plain = w.op("Or", _same(w, large, w.number(0, x.dtype)), _same(w, large, small))
    root = w.op("Mul", large, w.number(math.sqrt(2), x.dtype))
    found = _chosen(w, is_plain, root, found)
    is_far = w.op("Or", _same(w, a, most), _same(w, b, most))
    return _chosen(w, is_far, most, found)


def _logaddexp(w: Writer, x: Tensor, y: Tensor) -> Tensor:
    """The larger, and `log1p` of what the other adds to it."""
    large = w.op("Max", x, y)
    added = _log1p(w, w.op("Exp", w.op("Neg", w.op("Abs", w.op("Sub", x, y)))))
    both = w.op("Add", x, w.number(math.log(2), x.dtype))
    return _chosen(w, _same(w, x, y), both, w.op("Add", large, added))


def _arctan2(w: Writer, y: Tensor, x: Tensor) -> Tensor:
    """The angle of a point: its tangent's, moved by half a turn where x is negative."""
    zero = w.number(0, x.dtype)
    below = w.op("Less", _copysign(w, w.number(1, x.dtype), y), zero, dtype="bool")
    half, quarter = (
        _chosen(w, below, w.number(-turn, x.dtype), w.number(turn, x.dtype))
        for turn in (math.pi, math.pi / 2)
    )
    left = w.op("Less", _copysign(w, w.number(1, x.dtype), x), zero, dtype="bool")
    both = w.op("And", _same(w, x, zero), _same(w, y, zero))
    flat = _chosen(w, left, half, w.op("Mul", y, w.number(0, x.dtype)))
    infinite = w.op("And", _infinite(w, x), _infinite(w, y))
    eighth = w.op("Mul", half, _chosen(w, left, w.number(0.75, x.dtype), w.number(0.25, x.dtype)))
    angle = w.op("Atan", w.op("Div", y, x))
    moved = _chosen(w, left, w.op("Add", angle, half), angle)
    upright = w.op("And", _same(w, x, zero), w.op("Not", w.op("IsNaN", y, dtype="bool")))
    found = _chosen(w, upright, quarter, moved)
    return _chosen(w, both, flat, _chosen(w, infinite, eighth, found))


def _copysign(w: Writer, x: Tensor, y: Tensor) -> Tensor:
    """The magnitude of x with the sign of y; that of a zero is the sign of 1 / y."""
    zero = w.number(0, y.dtype)
    over = w.op("Div", w.number(1, y.dtype), y)
    sign = _chosen(w, _same(w, y, zero), over, y)
    size = w.op("Abs", x)
    return _chosen(w, w.op("Less", sign, zero, dtype="bool"), w.op("Neg", size), size)


def _remainder(w: Writer, x: Tensor, y: Tensor) -> Tensor:
    """What is left of x, with the sign of y; of an integer by 0 nothing is."""
    if x.dtype in ("i32", "i64"):
        return w.op("Mod", x, _divisor(w, y)[0], fmod=0)
    zero = w.number(0, x.dtype)
    rest = w.op("Mod", x, y, fmod=1)
    signs = w.op("Mul", w.op("Sign", rest), w.op("Sign", y))
    is_across = w.op("Less", signs, zero, dtype="bool")
    return _chosen(w, is_across, w.op("Add", rest, y), rest)


def _floor_divide(w: Writer, x: Tensor, y: Tensor) -> Tensor:
    """How often y goes into x: what is left is taken off first, so that the quotient is whole."""
    if x.dtype in ("i32", "i64"):
        by, is_zero = _divisor(w, y)
        quotient = w.op("Div", w.op("Sub", x, w.op("Mod", x, by, fmod=0)), by)
        return quotient if is_zero is None else _chosen(w, is_zero, w.number(0, x.dtype), quotient)
    quotient = w.op("Div", w.op("Sub", x, _remainder(w, x, y)), y)
    plain = w.op("Floor", w.op("Div", x, y))
    odd = w.op("Or", w.op("IsNaN", quotient, dtype="bool"), _infinite(w, quotient))
    return _chosen(w, odd, plain, w.op("Round", quotient))


def _divisor(w: Writer, y: Tensor) -> tuple[Tensor, Tensor | None]:
    """An integer to divide by, which runtimes refuse to be 0: 1 there, and where that is."""
    if y in w.constants and np.all(w.constants[y]):
        return y, None
    is_zero = _same(w, y, w.number(0, y.dtype))
    return _chosen(w, is_zero, w.number(1, y.dtype), y), is_zero


def _same(w: Writer, x: Tensor, y: Tensor) -> Tensor:
    return w.op("Equal", x, y, dtype="bool")


def _infinite(w: Writer, x: Tensor) -> Tensor:
    return w.op("IsInf", x, dtype="bool")


def _chosen(w: Writer, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return applied(w, "Where", [condition, x, y])


FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "expm1": _expm1,
    "log1p": _log1p,
    "hypot": _hypot,
    "logaddexp": _logaddexp,
    "arctan2": _arctan2,
    "copysign": _copysign,
    "remainder": _remainder,
    "floor_divide": _floor_divide,
}
