"""Arithmetic on knowns: numbers and sizes at compile time, with IEEE's results and a bound.

Division by zero is inf or nan, never an exception. An integer that does not fit 64 bits is a
TypeMismatch, so a hostile `9**9**9` costs nothing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from gradc.elaborate.bindings import Scalar
from gradc.ir.sizes import Poly, Size, never_negative
from gradc.ir.types import TypeMismatch

_LIMIT = 2**63


def negate(x: Scalar) -> Scalar:
    return _checked(-x)


def compute(op: str, x: Scalar, y: Scalar) -> Scalar | None:
    """`x op y` for numbers and sizes; None where it must be left to run time."""
    if isinstance(x, Poly) or isinstance(y, Poly):
        return _compute_size(op, x, y)
    if isinstance(x, bool):
        x = int(x) if op not in ("==", "!=") else x
    if isinstance(y, bool):
        y = int(y) if op not in ("==", "!=") else y
    return _checked(_NUMBERS[op](x, y))


def _checked(x: Scalar) -> Scalar:
    if isinstance(x, int) and not isinstance(x, bool) and not -_LIMIT <= x < _LIMIT:
        raise TypeMismatch("this integer does not fit 64 bits", code="E0309")
    return x


def _divide(x: float, y: float) -> float:
    try:
        from gradc.ir import elementary

        return elementary.divide(x, y)
    except OverflowError:
        raise TypeMismatch("this integer does not fit 64 bits", code="E0309") from None


def _floor_divide(x: Any, y: Any) -> Any:
    try:
        return x // y
    except ZeroDivisionError:
        if not isinstance(x, float) and not isinstance(y, float):
            raise TypeMismatch("an integer divided by zero has no value", code="E0309") from None
        return _divide(x, y)


def _remainder(x: Any, y: Any) -> Any:
    try:
        return x % y
    except ZeroDivisionError:
        if not isinstance(x, float) and not isinstance(y, float):
            raise TypeMismatch("an integer divided by zero has no value", code="E0309") from None
        return math.nan


def _power(x: Any, y: Any) -> Any:
    if isinstance(x, int) and isinstance(y, int) and y >= 0:
        if abs(x) > 1 and y * (abs(x).bit_length() - 1) > 64:
            raise TypeMismatch("this integer does not fit 64 bits", code="E0309")
        return x**y
    from gradc.ir import elementary

    return elementary.power(float(x), float(y))


_NUMBERS: dict[str, Callable[[Any, Any], Scalar]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "//": _floor_divide,
    "%": _remainder,
    "**": _power,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def _compute_size(op: str, x: Scalar, y: Scalar) -> Scalar | None:
    if isinstance(x, float) or isinstance(y, float):
        return None
    x, y = (int(v) if isinstance(v, bool) else v for v in (x, y))
    match op:
        case "+" | "-" | "*" | "//":
            return _NUMBERS[op](x, y)
        case "/":
            return 1.0 if x == y else None
        case "==":
            return x == y
        case "!=":
            return x != y
        case "<" | "<=" | ">" | ">=":
            return _compare_sizes(op, x, y)
    return None


def _compare_sizes(op: str, x: Size, y: Size) -> bool:
    if op in (">", ">="):
        return _compare_sizes({">": "<", ">=": "<="}[op], y, x)
    slack = 1 if op == "<" else 0
    if never_negative(y - x - slack):
        return True
    if never_negative(x - y - (1 - slack)):
        return False
    raise TypeMismatch(f"whether {x} {op} {y} is not known at compile time", code="E0308")
