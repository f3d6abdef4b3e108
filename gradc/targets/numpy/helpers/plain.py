"""Python's floats where Python would raise: what IEEE 754 says comes out instead."""

from __future__ import annotations

import math
from typing import Any


def _float(name: str, value: Any) -> float:
    """The argument as a float of Python's."""
    kind = getattr(getattr(value, "dtype", None), "kind", "f")
    if isinstance(value, (list, tuple)) or getattr(value, "shape", ()) != ():
        raise ValueError(f"{name}: expected f64, got {_described(value)}")
    fits = not isinstance(value, int) or -(2**63) <= value < 2**64
    if not hasattr(value, "__float__") or kind not in "biuf" or not fits:
        raise TypeError(f"{name}: expected f64, got {_described(value)}")
    if not hasattr(value, "dtype") and not isinstance(value, (bool, int, float)):
        raise TypeError(f"{name}: expected f64, got {_described(value)}")
    return float(value)


def _described(value: Any) -> str:
    if hasattr(value, "dtype"):
        return f"{value.dtype}{list(value.shape)}"
    return type(value).__name__


def _of(function: Any, x: float) -> float:
    """A function of `math`: NaN where it has no value, infinite where that is too large."""
    try:
        return float(function(x))
    except ValueError:
        return math.nan
    except OverflowError:
        return math.copysign(math.inf, x)


def _log_of(function: Any, x: float, pole: float = 0.0) -> float:
    """A logarithm of `math`, which goes to -inf at a pole."""
    if x == pole:
        return -math.inf
    return float(function(x)) if x > pole else math.nan


def _divided(x: float, y: float) -> float:
    """x / y."""
    if y != 0:
        return x / y
    return math.nan if x == 0 or x != x else math.copysign(math.inf, x) * math.copysign(1, y)


def _power(x: float, y: float) -> float:
    """x to the power of y."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        if x != 0:
            return math.nan
        return math.copysign(math.inf, x) if y % 2 == 1 else math.inf


def _larger(x: float, y: float) -> float:
    """The larger of two; NaN where one is NaN."""
    return x if x >= y or x != x else y


def _smaller(x: float, y: float) -> float:
    """The smaller of two; NaN where one is NaN."""
    return x if x <= y or x != x else y


def _chosen(condition: bool, x: float, y: float) -> float:
    """x or y."""
    return x if condition else y


def _signed(x: float) -> float:
    """The sign, as a number."""
    return math.copysign(1.0, x) if x == x and x != 0 else x if x != x else 0.0


def _logistic(x: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-x)) if x > -700 else _of(math.exp, x)
