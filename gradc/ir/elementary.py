"""Elementary functions of floats, rounded correctly: the same bits on every machine.

The functions of `math` are those of the system, which differ in their last bits. Here values are
worked out to 60 digits and rounded once; edges are IEEE's, and nothing is raised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from functools import cache, wraps

_DIGITS = 60
_CONTEXT = Context(prec=_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_LONG = Context(prec=2000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])  # any float in full, and more
_ODD = 2.0**-28  # below, an odd function of slope 1 rounds to its argument
_ANY = 2.0**-54  # below, any function of slope 1 through 0 does
_FAR = 1e4  # beyond, an exponential overflows or vanishes

Elementary = Callable[[float], float]
Exact = Callable[[Decimal], Decimal]


def _elementary(
    at_minus_inf: float, at_inf: float, low: float = -math.inf, high: float = math.inf
) -> Callable[[Exact], Elementary]:
    """A function of exact numbers as one of floats: nan outside `[low, high]`."""

    def rounded(exact: Exact) -> Elementary:
        @wraps(exact)
        def function(x: float) -> float:
            if math.isnan(x) or not low <= x <= high:
                return math.nan
            if math.isinf(x):
                return at_inf if x > 0 else at_minus_inf
            with localcontext(_CONTEXT):
                return float(exact(Decimal(x)))

        return function

    return rounded


def _identity_below(bound: float) -> Callable[[Elementary], Elementary]:
    """A function that near 0 is its argument, signed zeros included."""

    def rounded(function: Elementary) -> Elementary:
        @wraps(function)
        def nearby(x: float) -> float:
            return x if abs(x) < bound else function(x)

        return nearby

    return rounded


# --- exponentials and logarithms ---


def _e(x: Decimal) -> Decimal:
    return min(max(x, Decimal(-_FAR)), Decimal(_FAR)).exp()


@_elementary(0.0, math.inf)
def exp(x: Decimal) -> Decimal:
    return _e(x)


@_elementary(0.0, math.inf)
def exp2(x: Decimal) -> Decimal:
    return Decimal(2) ** min(max(x, Decimal(-_FAR)), Decimal(_FAR))


@_identity_below(_ANY)
@_elementary(-1.0, math.inf)
def expm1(x: Decimal) -> Decimal:
    return _e(x) - 1


@_elementary(math.nan, math.inf, 0)
def log(x: Decimal) -> Decimal:
    return x.ln()


@_elementary(math.nan, math.inf, 0)
def log2(x: Decimal) -> Decimal:
    return x.ln() / Decimal(2).ln()


@_elementary(math.nan, math.inf, 0)
def log10(x: Decimal) -> Decimal:
    return x.log10()


@_identity_below(_ANY)
@_elementary(math.nan, math.inf, -1)
def log1p(x: Decimal) -> Decimal:
    return (1 + x).ln()


def logaddexp(x: float, y: float) -> float:
    """`log(exp(x) + exp(y))`."""
    high, low = max(x, y), min(x, y)
    if math.isnan(x) or math.isnan(y):
        return math.nan
    if high - low > _FAR or math.isinf(high):
        return high
    with localcontext(_CONTEXT):
        return float(Decimal(high) + (1 + (Decimal(low) - Decimal(high)).exp()).ln())


# --- quotients, powers and roots ---


def divide(x: float, y: float) -> float:
    if y:
        return x / y
    if x == 0 or math.isnan(x) or math.isnan(y):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


@_elementary(-math.inf, math.inf)
def cbrt(x: Decimal) -> Decimal:
    return (abs(x) ** (Decimal(1) / 3)).copy_sign(x)


def hypot(x: float, y: float) -> float:
    if math.isinf(x) or math.isinf(y):
        return math.inf
    if math.isnan(x) or math.isnan(y):
        return math.nan
    with localcontext(_CONTEXT):
        return float((Decimal(x) ** 2 + Decimal(y) ** 2).sqrt())


_EXACT = 64  # the exponents up to which a power may lie half-way between two floats


def power(x: float, y: float) -> float:
    """`x ** y`, where a negative number has no power that is no integer."""
    if y == 0 or x == 1:
        return 1.0
    if math.isnan(x) or math.isnan(y):
        return math.nan
    if x == 0 or math.isinf(x) or math.isinf(y):
        return _power_at_edges(x, y)
    if x < 0 and not y.is_integer():
        return math.nan
    sign = -1.0 if x < 0 and y % 2 == 1 else 1.0
    if y.is_integer() and abs(y) <= _EXACT:
        top, bottom = (n ** int(abs(y)) for n in abs(x).as_integer_ratio())
        return sign * (_nearest(top, bottom) if y > 0 else _nearest(bottom, top))
    with localcontext(_CONTEXT):
        exponent = Decimal(y) * abs(Decimal(x)).ln()
        if abs(exponent) > _FAR:
            return sign * (math.inf if exponent > 0 else 0.0)
        return sign * float(abs(Decimal(x)) ** Decimal(y))


def _power_at_edges(x: float, y: float) -> float:
    """A power of 0 or of an infinity, or one whose exponent is infinite."""
    if math.isinf(y):
        grows = (abs(x) > 1) == (y > 0)
        return 1.0 if abs(x) == 1 else math.inf if grows else 0.0
    magnitude = math.inf if (x == 0) == (y < 0) else 0.0
    return math.copysign(magnitude, x) if y % 2 == 1 else magnitude


def _nearest(top: int, bottom: int) -> float:
    """The float that is nearest to a quotient of positive integers."""
    try:
        return top / bottom
    except OverflowError:
        return math.inf


# --- circular functions ---


@cache
def _pi(digits: int) -> Decimal:
    """Pi, by Machin's formula."""
    one = 10 ** (digits + 10)

    def arctan_of_one_over(n: int) -> int:
        power, total, divisor = one // n, 0, 1
        while power:
            total += power // divisor if divisor % 4 == 1 else -(power // divisor)
            power, divisor = power // (n * n), divisor + 2
        return total

    scaled = 4 * (4 * arctan_of_one_over(5) - arctan_of_one_over(239))
    return Decimal(scaled).scaleb(-(digits + 10), _LONG)


def _reduced(x: Decimal) -> tuple[int, Decimal]:
    """The quadrant of an angle, and what is left of it, at most a quarter turn over two."""
    digits = _DIGITS + 30 + max(0, x.adjusted())
    with localcontext(_LONG):
        quarter = _pi(digits) / 2
        turns = (x / quarter).to_integral_value()
        quadrant, left = int(turns % 4), x - turns * quarter
    return quadrant, +left


def _series(x: Decimal, first: Decimal, start: int) -> Decimal:
    """The Taylor series of sine (from 1) or cosine (from 0)."""
    total, term, n = first, first, start
    while term and abs(term) > abs(total).scaleb(-_DIGITS - 5):
        term = -term * x * x / ((n + 1) * (n + 2))
        total, n = total + term, n + 2
    return total


def _sine(x: Decimal) -> Decimal:
    return _series(x, x, 1)


def _cosine(x: Decimal) -> Decimal:
    return _series(x, Decimal(1), 0)


@_identity_below(_ODD)
@_elementary(math.nan, math.nan)
def sin(x: Decimal) -> Decimal:
    quadrant, left = _reduced(x)
    value = _cosine(left) if quadrant % 2 else _sine(left)
    return -value if quadrant in (2, 3, -1, -2) else value


@_elementary(math.nan, math.nan)
def cos(x: Decimal) -> Decimal:
    quadrant, left = _reduced(x)
    value = _sine(left) if quadrant % 2 else _cosine(left)
    return -value if quadrant in (1, 2, -2, -3) else value


@_identity_below(_ODD)
@_elementary(math.nan, math.nan)
def tan(x: Decimal) -> Decimal:
    quadrant, left = _reduced(x)
    slope = _sine(left) / _cosine(left)
    return -1 / slope if quadrant % 2 else slope


def _arctangent(x: Decimal) -> Decimal:
    if abs(x) > 1:
        return (_pi(_DIGITS) / 2 - _arctangent(1 / abs(x))).copy_sign(x)
    for _ in range(3):
        x = x / (1 + (1 + x * x).sqrt())
    total, power, n = x, x, 1
    while power and abs(power) > abs(total).scaleb(-_DIGITS - 5):
        power, n = -power * x * x, n + 2
        total += power / n
    return 8 * total


@_identity_below(_ODD)
@_elementary(-math.pi / 2, math.pi / 2)
def arctan(x: Decimal) -> Decimal:
    return _arctangent(x)


@_identity_below(_ODD)
@_elementary(math.nan, math.nan, -1, 1)
def arcsin(x: Decimal) -> Decimal:
    if abs(x) == 1:
        return (_pi(_DIGITS) / 2).copy_sign(x)
    return _arctangent(x / ((1 - x) * (1 + x)).sqrt())


@_elementary(math.nan, math.nan, -1, 1)
def arccos(x: Decimal) -> Decimal:
    if x == -1:
        return _pi(_DIGITS)
    return 2 * _arctangent(((1 - x) / (1 + x)).sqrt())


def arctan2(y: float, x: float) -> float:
    """The angle of a point, from -pi to pi."""
    if math.isnan(x) or math.isnan(y) or math.isinf(x) or math.isinf(y) or x == 0 or y == 0:
        return math.atan2(y, x)  # multiples of a quarter of pi
    with localcontext(_CONTEXT):
        angle = _arctangent(abs(Decimal(y) / Decimal(x)))
        return math.copysign(float(_pi(_DIGITS) - angle if x < 0 else angle), y)


# --- hyperbolic functions ---


@_identity_below(_ODD)
@_elementary(-math.inf, math.inf)
def sinh(x: Decimal) -> Decimal:
    return (_e(x) - _e(-x)) / 2


@_elementary(math.inf, math.inf)
def cosh(x: Decimal) -> Decimal:
    return (_e(x) + _e(-x)) / 2


@_identity_below(_ODD)
@_elementary(-1.0, 1.0)
def tanh(x: Decimal) -> Decimal:
    return 1 - 2 / (_e(2 * x) + 1)


@_identity_below(_ODD)
@_elementary(-math.inf, math.inf)
def arcsinh(x: Decimal) -> Decimal:
    return (abs(x) + (x * x + 1).sqrt()).ln().copy_sign(x)


@_elementary(math.nan, math.inf, 1)
def arccosh(x: Decimal) -> Decimal:
    return (x + (x * x - 1).sqrt()).ln()


@_identity_below(_ODD)
@_elementary(math.nan, math.nan, -1, 1)
def arctanh(x: Decimal) -> Decimal:
    return ((1 + x) / (1 - x)).ln() / 2
