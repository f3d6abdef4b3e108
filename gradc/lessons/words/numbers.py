"""How a lesson prints numbers: as one would write them on paper, never 0.30000000000000004."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

_DIGITS = 10  # that are printed, and decimals of a number that is not tiny
_TINY = 1e-3
_SMALL_ARRAY = 6  # elements that are printed one by one
_LARGEST_DENOMINATOR = 1000
_LARGEST_FRACTION = 1e9
_ROUNDING = 1e-15


def number(x: Any, decimals: int = _DIGITS) -> str:
    """A number to ten digits: `2`, `9.006001`, `1e-9`, `true`."""
    if isinstance(x, bool | np.bool_):
        return "true" if x else "false"
    if isinstance(x, int | np.integer):
        return str(int(x))
    x = float(x)
    if not math.isfinite(x):
        return str(x)
    if abs(x) >= _TINY:
        x = round(x, decimals)
    text = f"{x:.{_DIGITS}g}"
    mantissa, e, exponent = text.partition("e")
    text = f"{mantissa}e{int(exponent)}" if e else text
    return "0" if text == "-0" else text


def quotient(x: float, size: float, step: float) -> str:
    """The slope between two numbers of this size, without the digits that are only rounding."""
    noise = float(np.finfo(np.float64).eps) * abs(size) / abs(step)
    if not (math.isfinite(x) and 0 < noise < 1):
        return number(x)
    return number(x, min(_DIGITS, math.ceil(-math.log10(noise)) + 1))


def apart(x: float, other: float) -> str:
    """A number with as many digits as it takes to see that it is not another one."""
    text = number(x)
    for digits in range(_DIGITS + 1, 18):
        if x == other or text != number(other):
            return text
        text = f"{x:.{digits}g}"
    return text


def exact(x: Any) -> str:
    """A number, and the fraction that it is: `-0.25 = -1/4`."""
    text = number(x)
    found = fraction(x)
    return text if found is None or "/" not in found else f"{text} = {found}"


def fraction(x: Any) -> str | None:
    """A number as a fraction of small integers: `6`, `-1/4`; None where it is none."""
    x = float(x)
    if not abs(x) < _LARGEST_FRACTION:
        return None
    near = Fraction(x).limit_denominator(_LARGEST_DENOMINATOR)
    return str(near) if abs(float(near) - x) <= 4e-16 * abs(x) else None


def array(x: Any) -> str:
    """A number, a small array in full, or what is to be known of a large one."""
    data = np.asarray(x)
    if data.ndim == 0:
        return number(data[()])
    if data.size <= _SMALL_ARRAY:
        return nested(data)
    shape = " × ".join(map(str, data.shape))
    if data.dtype.kind == "b":
        return f"{shape}, {np.count_nonzero(data)} of {data.size} true"
    with np.errstate(all="ignore"):
        low, high = np.min(data), np.max(data)
        norm = "" if data.dtype.kind in "iu" else f", norm {short(np.linalg.norm(data))}"
    if low == high:
        return f"{shape}, all {short(low)}"
    return f"{shape}, {short(low)} to {short(high)}{norm}"


def short(x: Any) -> str:
    """A number to five digits, for a summary."""
    return number(float(f"{float(x):.5g}"))


def nested(data: Any) -> str:
    """A small array as the language writes it; what is only rounding beside the rest is 0."""
    array = np.asarray(data)
    if array.dtype.kind == "f" and np.all(np.isfinite(array)):
        array = np.where(np.abs(array) < _ROUNDING * np.max(np.abs(array), initial=0.0), 0.0, array)
    return _nested(array)


def _nested(data: Any) -> str:
    if np.ndim(data) == 0:
        return number(data)
    return "[" + ", ".join(_nested(part) for part in data) + "]"
