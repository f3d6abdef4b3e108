"""Functions of numbers one by one."""

from __future__ import annotations

import math
from collections.abc import Callable

from gradc.ir.fact import FINITE, LARGE, SMALL, UNKNOWN, Attrs, Fact, Operands, Peaked, between
from gradc.ir.traits import RangeRule
from gradc.library import intervals
from gradc.library.ranges.sums import absolute


def rising(
    function: Callable[[float], float], low: float = -math.inf, high: float = math.inf
) -> RangeRule:
    """A function that grows, between the ends of where it is defined."""

    def rule(facts: Operands, attrs: Attrs) -> Fact:
        (x,) = facts
        first = max(x.low, SMALL if x.nonzero and x.low == 0 else x.low, low)
        last = max(min(x.high, high), first)
        ends = [_at(function, first), _at(function, last)]
        outside = x.low < low or x.high > high
        peak = x.relation if isinstance(x.relation, Peaked) else None
        return Fact(
            min(ends),
            max(ends),
            nan=x.nan or outside or any(map(math.isnan, ends)),
            relation=peak,
        )

    return rule


def _at(function: Callable[[float], float], x: float) -> float:
    try:
        return function(x)
    except OverflowError:
        return math.inf
    except ValueError:  # a pole
        return -math.inf


def falling(function: Callable[[float], float], low: float, high: float) -> RangeRule:
    """A function that falls, between the ends of where it is defined."""
    grows = rising(lambda x: -function(x), low, high)
    return lambda facts, attrs: intervals.opposite(grows(facts, attrs))


def within(low: float, high: float) -> RangeRule:
    """Whatever comes in, but for infinities."""

    def rule(facts: Operands, attrs: Attrs) -> Fact:
        return between(low, high, nan=any(f.nan or f.infinite for f in facts))

    return rule


def always_within(low: float, high: float) -> RangeRule:
    """Whatever comes in."""
    return lambda facts, attrs: between(low, high, nan=any(f.nan for f in facts))


def sensible(facts: Operands, attrs: Attrs) -> Fact:
    """Finite for what is finite."""
    return FINITE if all(f.finite for f in facts) else UNKNOWN


def above_zero(facts: Operands, attrs: Attrs) -> Fact:
    """Finite for what is finite and above 0; elsewhere there are poles."""
    fine = all(f.finite and f.low >= 0 and not f.has_zero for f in facts)
    return FINITE if fine else UNKNOWN


def cosh(facts: Operands, attrs: Attrs) -> Fact:
    size = absolute(facts, attrs)
    return rising(math.cosh)((size,), attrs)


def softly_larger(facts: Operands, attrs: Attrs) -> Fact:
    """`logaddexp`: at least the larger of two."""
    x, y = facts
    high = LARGE if x.high < math.inf and y.high < math.inf else math.inf
    return Fact(max(x.low, y.low), high, x.nan or y.nan)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


RULES: dict[str, RangeRule] = {f.__name__: f for f in (sensible, above_zero, cosh, softly_larger)}
RULES |= {
    "exp": rising(math.exp),
    "exp2": rising(lambda x: 2.0**x),
    "expm1": rising(math.expm1),
    "log": rising(math.log, 0),
    "log2": rising(math.log2, 0),
    "log10": rising(math.log10, 0),
    "log1p": rising(math.log1p, -1),
    "sqrt": rising(math.sqrt, 0),
    "cbrt": rising(math.cbrt),
    "sinh": rising(math.sinh),
    "tanh": rising(math.tanh),
    "arcsinh": rising(math.asinh),
    "arccosh": rising(math.acosh, 1),
    "arctanh": rising(math.atanh, -1, 1),
    "arctan": rising(math.atan),
    "arcsin": rising(math.asin, -1, 1),
    "arccos": falling(math.acos, -1, 1),
    "sigmoid": rising(_sigmoid),
    "erf": rising(math.erf),
    "erfc": falling(math.erfc, -math.inf, math.inf),
    "wave": within(-1, 1),
    "sign": always_within(-1, 1),
    "angle": always_within(-math.pi, math.pi),
}
