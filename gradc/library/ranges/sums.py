"""Sums, products, reductions."""

from __future__ import annotations

import math

from gradc.ir.fact import (
    FINITE,
    LARGE,
    UNKNOWN,
    Attrs,
    Fact,
    Operands,
    Peaked,
    Scaled,
    between,
    exactly,
    hull,
)
from gradc.ir.traits import RangeRule
from gradc.library import intervals
from gradc.library.ranges.chosen import most_of
from gradc.records import replace


def add(facts: Operands, attrs: Attrs) -> Fact:
    x, y = facts
    return intervals.add(x, y)


def less_in_places(facts: Operands, attrs: Attrs) -> Fact:
    """`x - y` in some places, `x` in the others."""
    x, y = facts[0], facts[-1]
    return hull(x, intervals.add(x, intervals.opposite(y)))


def subtract(facts: Operands, attrs: Attrs) -> Fact:
    x, y = facts
    most = most_of(y, x)
    if most is not None and not x.nan and not x.given and y.finite:
        low = -LARGE if x.low > -math.inf else -math.inf
        return replace(between(low, 0), relation=Peaked(most.axes))
    return intervals.add(x, intervals.opposite(y))


def negative(facts: Operands, attrs: Attrs) -> Fact:
    (x,) = facts
    return replace(intervals.opposite(x), relation=Scaled(x, -1))


def absolute(facts: Operands, attrs: Attrs) -> Fact:
    (x,) = facts
    high = max(abs(x.low), abs(x.high))
    low = 0.0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))
    return Fact(low, high, x.nan, x.nonzero, x.left_out, x.given)


def multiply(facts: Operands, attrs: Attrs) -> Fact:
    for x, y in (facts, facts[::-1]):
        if x.about is not None and x.about is y.about:
            return intervals.raised(x, 2)
        if isinstance(x.relation, Scaled) and x.relation.whole.about is y.about:
            factor = exactly(x.relation.factor)
            return intervals.product(factor, intervals.raised(y, 2))
        if x.low == x.high:
            return intervals.product(x, y, Scaled(y, x.low))
    x, y = facts
    return intervals.product(x, y)


def divide(facts: Operands, attrs: Attrs) -> Fact:
    x, y = facts
    return intervals.quotient(x, y)


def power(facts: Operands, attrs: Attrs) -> Fact:
    x, y = facts
    if y.low == y.high:
        return intervals.raised(x, y.low)
    if x.low < 0:
        return UNKNOWN
    return between(0, math.inf, nan=x.nan or y.nan)


def distance(facts: Operands, attrs: Attrs) -> Fact:
    """`hypot`: at least 0."""
    x, y = facts
    high = LARGE if x.finite and y.finite else math.inf
    return Fact(0, high, x.nan or y.nan, nonzero=not x.has_zero or not y.has_zero)


def remainder(facts: Operands, attrs: Attrs) -> Fact:
    x, y = facts
    return FINITE if x.finite and y.finite and not y.has_zero else UNKNOWN


def reduced(facts: Operands, attrs: Attrs) -> Fact:
    """A sum: of what is at least 0 and reaches its upper bound, it is at least that."""
    (x,) = facts
    found = intervals.total(x)
    if isinstance(x.relation, Peaked) and x.relation.axes == attrs[0] and x.low >= 0:
        found = replace(found, low=max(found.low, x.high))
    return found


def averaged(facts: Operands, attrs: Attrs) -> Fact:
    (x,) = facts
    return Fact(x.low, x.high, x.nan, x.nonzero and x.low * x.high >= 0, x.left_out)


def contraction(facts: Operands, attrs: Attrs) -> Fact:
    """Sums of products."""
    return intervals.any_sums(facts)


def spread_out(facts: Operands, attrs: Attrs) -> Fact:
    """Sums of products, with zeros between where windows have a stride (the second attribute)."""
    found = intervals.any_sums(facts)
    return found if attrs[1] == (1, 1) else hull(found, exactly(0))


RULES: dict[str, RangeRule] = {
    f.__name__: f
    for f in (
        add,
        subtract,
        less_in_places,
        negative,
        absolute,
        multiply,
        divide,
        power,
        distance,
        remainder,
        reduced,
        averaged,
        contraction,
        spread_out,
    )
}
