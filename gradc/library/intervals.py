"""Arithmetic of facts. Sums and products of finite numbers are taken to be finite."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gradc.ir.fact import FINITE, INPUT, LARGE, LEFT_OUT, UNKNOWN, Fact, Relation, between
from gradc.records import replace

_TAME = 8  # powers beyond this overflow for numbers that one may well meet


def clamped(fact: Fact) -> Fact:
    """The same without infinities."""
    if fact.low >= -LARGE and fact.high <= LARGE:
        return fact
    return replace(fact, low=max(fact.low, -LARGE), high=min(fact.high, LARGE))


def opposite(x: Fact) -> Fact:
    """`-x`."""
    return Fact(-x.high, -x.low, x.nan, x.nonzero, x.left_out, x.given)


def total(x: Fact) -> Fact:
    """The sum of any number of them."""
    low = 0.0 if x.low >= 0 else (-LARGE if x.low >= -LARGE else -math.inf)
    high = 0.0 if x.high <= 0 else (LARGE if x.high <= LARGE else math.inf)
    meet = x.low == -math.inf and x.high == math.inf
    return Fact(
        low, high, x.nan or meet, nonzero=x.low > 0 or x.high < 0 or _one_sign(x),
        left_out=x.left_out,
    )  # fmt: skip


def _one_sign(x: Fact) -> bool:
    return x.nonzero and (x.low >= 0 or x.high <= 0)


def add(x: Fact, y: Fact) -> Fact:
    """`x + y`."""
    low, high = _sum(x.low, y.low, -math.inf), _sum(x.high, y.high, math.inf)
    meet = (x.high == math.inf and y.low == -math.inf) or (
        x.low == -math.inf and y.high == math.inf
    )
    signs = (_one_sign(x) or _one_sign(y)) and (
        (x.low >= 0 and y.low >= 0) or (x.high <= 0 and y.high <= 0)
    )
    if not (x.infinite or y.infinite):
        low, high = max(low, -LARGE), min(high, LARGE)
    return Fact(
        low, high, x.nan or y.nan or meet, nonzero=signs,
        left_out=_both_left_out(x, y), given=_given(x, y),
    )  # fmt: skip


def _both_left_out(x: Fact, y: Fact) -> int:
    found = min(x.left_out, y.left_out)
    # A sum of inputs is no mask, as each of them may be.
    return found if found == LEFT_OUT else 0


def _given(x: Fact, y: Fact) -> int:
    most = max(x.given, y.given)
    return most if most == INPUT else min(x.given, y.given)


def _sum(x: float, y: float, otherwise: float) -> float:
    found = x + y
    return otherwise if math.isnan(found) else found


def product(x: Fact, y: Fact, relation: Relation | None = None) -> Fact:
    """`x * y` of numbers that have nothing to do with each other."""
    ends = [a * b if a and b else 0.0 for a in (x.low, x.high) for b in (y.low, y.high)]
    low, high = min(ends), max(ends)
    x_zero, y_zero, infinite = x.has_zero, y.has_zero, x.infinite or y.infinite
    if not infinite:
        low, high = max(low, -LARGE), min(high, LARGE)
    meet = infinite and ((x_zero and y.infinite) or (y_zero and x.infinite))
    return Fact(
        low, high, x.nan or y.nan or meet,
        nonzero=not x_zero and not y_zero,
        left_out=max(x.left_out, y.left_out),
        given=max(x.given, y.given),
        relation=relation,
    )  # fmt: skip


def quotient(x: Fact, y: Fact) -> Fact:
    """`x / y` of numbers that have nothing to do with each other."""
    meet = (x.has_zero and y.has_zero) or (x.infinite and y.infinite)
    nan = x.nan or y.nan or meet
    if not y.has_zero and y.low <= 0 <= y.high:  # never 0, but on both sides or next to it
        same_sign = y.low == 0 or y.high == 0
        low, high = (-math.inf, math.inf) if x.infinite else (-LARGE, LARGE)
        if same_sign and (x.low >= 0 or x.high <= 0):
            positive = (x.low >= 0) == (y.low == 0)
            low, high = (0.0, high) if positive else (low, 0.0)
        return Fact(low, high, nan, nonzero=not x.has_zero and not y.infinite, left_out=x.left_out)
    if y.has_zero:
        low, high = -math.inf, math.inf
        if y.low >= 0 and x.low >= 0:
            low = 0.0  # of a +0; a product that comes to -0 is no quotient's divisor here
        return Fact(low, high, nan, left_out=x.left_out)
    ends = [_over(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    found = Fact(
        min(ends), max(ends), nan, nonzero=not x.has_zero and not y.infinite,
        left_out=x.left_out, given=x.given,
    )  # fmt: skip
    return found if x.infinite else clamped(found)


def _over(x: float, y: float) -> float:
    return 0.0 if math.isinf(y) else x / y


def raised(x: Fact, exponent: float) -> Fact:
    """`x ** exponent` for one exponent."""
    whole = float(exponent).is_integer()
    if exponent == 0:
        return between(1, 1)
    if exponent < 0:
        return quotient(between(1, 1), raised(x, -exponent))
    if not whole and x.low < 0:
        return replace(raised(replace(x, low=0.0, high=max(x.high, 0.0)), exponent), nan=True)
    ends = [_power(end, exponent) for end in (x.low, x.high)]
    low, high = min(ends), max(ends)
    if whole and exponent % 2 == 0 and x.low <= 0 <= x.high:
        low = 0.0
    found = Fact(low, high, x.nan, nonzero=not x.has_zero, left_out=x.left_out)
    return clamped(found) if not x.infinite and exponent <= _TAME else found


def _power(x: float, exponent: float) -> float:
    try:
        return float(x**exponent)
    except OverflowError:
        return math.inf if x > 0 or exponent % 2 == 0 else -math.inf


def any_sums(facts: Iterable[Fact]) -> Fact:
    """Sums of products of any number of them."""
    facts = tuple(facts)
    found = FINITE if all(f.finite for f in facts) else UNKNOWN
    return replace(found, left_out=max((f.left_out for f in facts), default=0))
