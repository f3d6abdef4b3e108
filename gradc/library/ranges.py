"""What numbers operations make of numbers in given ranges. Stanzas call these by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gradc.ir.fact import (
    FINITE,
    LARGE,
    SMALL,
    UNKNOWN,
    Fact,
    Most,
    Peaked,
    Tested,
    between,
    exactly,
    hull,
    written,
)
from gradc.ir.sizes import Poly
from gradc.ir.traits import RangeRule
from gradc.library import intervals

Facts = Sequence[Fact]
Attrs = Sequence[Any]

# --- numbers that are moved, or are written down ------------------------------------------------


def same(facts: Facts, attrs: Attrs) -> Fact:
    """The operand's own numbers, where they were."""
    return facts[0]


def reshaped(facts: Facts, attrs: Attrs) -> Fact:
    """The operand's own numbers, in their order."""
    (x,) = facts
    return replace(
        x, anchored=False, relation=x.relation if isinstance(x.relation, Most) else None
    )


def moved(facts: Facts, attrs: Attrs) -> Fact:
    """The first operand's own numbers, in other places."""
    return hull(facts[0])


def joined(facts: Facts, attrs: Attrs) -> Fact:
    """The operands' own numbers, side by side."""
    return hull(*facts)


def placed(facts: Facts, attrs: Attrs) -> Fact:
    """The first operand's numbers among zeros, added up where they meet."""
    return hull(intervals.total(facts[0]), exactly(0))


def converted(facts: Facts, attrs: Attrs) -> Fact:
    """As another element type."""
    return truth(facts, attrs) if attrs[0] == "bool" else facts[0]


def number(facts: Facts, attrs: Attrs) -> Fact:
    """A number of the text; a size is taken to be at least 1."""
    return between(1, LARGE) if isinstance(attrs[0], Poly) else exactly(float(attrs[0]))


def numbers(facts: Facts, attrs: Attrs) -> Fact:
    """An array of the text."""
    return written(attrs[0])


def zeros(facts: Facts, attrs: Attrs) -> Fact:
    return exactly(0)


def ones(facts: Facts, attrs: Attrs) -> Fact:
    return exactly(1)


def triangle(facts: Facts, attrs: Attrs) -> Fact:
    """Ones on and below a diagonal; from the main one on each row has one."""
    below = attrs[2]
    return replace(hull(exactly(0), exactly(1)), anchored=isinstance(below, int) and below >= 0)


def counted(facts: Facts, attrs: Attrs) -> Fact:
    """Positions, numbers of steps."""
    return between(0, LARGE)


def finite(facts: Facts, attrs: Attrs) -> Fact:
    return FINITE


def unit(facts: Facts, attrs: Attrs) -> Fact:
    """Draws from 0 to 1."""
    return between(0, 1)


def kept(facts: Facts, attrs: Attrs) -> Fact:
    """The mask of dropout."""
    rate = attrs[1]
    most = 1 / (1 - rate) if isinstance(rate, int | float) and rate < 1 else LARGE
    return replace(between(0, most), left_out=True)


def filled(facts: Facts, attrs: Attrs) -> Fact:
    """The operand's numbers, and those of the attribute that fills the rest."""
    rest = attrs[-1]
    return hull(facts[0], exactly(rest) if isinstance(rest, int | float) else UNKNOWN)


# --- truth --------------------------------------------------------------------------------------


def truth(facts: Facts, attrs: Attrs) -> Fact:
    """0 or 1."""
    return hull(exactly(0), exactly(1))


def tested(test: str) -> RangeRule:
    """A comparison, or what logic makes of some; `where` reads what it says of its branches."""

    def rule(facts: Facts, attrs: Attrs) -> Fact:
        found = truth(facts, attrs)
        if test == "equal":
            for x, y in (facts, facts[::-1]):
                if (most := _most_of(y, x)) is not None and not x.nan:
                    return replace(found, relation=Peaked(most.axes))
        return replace(found, relation=Tested(test, tuple(facts)))

    return rule


def where(facts: Facts, attrs: Attrs) -> Fact:
    """A choice: in each branch the condition is known to hold, or not to."""
    condition, x, y = facts
    tested = condition.relation
    if isinstance(tested, Tested) and tested.test == "isfinite" and tested.facts[0].finite:
        return x
    found = hull(_refined(x, condition, True), _refined(y, condition, False))
    return replace(found, anchored=condition.anchored and x.finite and not y.nan)


def _refined(fact: Fact, condition: Fact, holds: bool) -> Fact:
    """What is known where a condition holds, or does not."""
    tested = condition.relation
    if not isinstance(tested, Tested):
        return fact
    match tested.test:
        case "not":
            return _refined(fact, tested.facts[0], not holds)
        case "and" | "or" if holds == (tested.test == "and"):
            for part in tested.facts:
                fact = _refined(fact, part, holds)
            return fact
        case "isfinite" if holds and tested.facts[0].about is fact.about:
            return replace(intervals.clamped(fact), nan=False)
        case "isnan" if not holds and tested.facts[0].about is fact.about:
            return replace(fact, nan=False)
        case "less" | "less_equal" | "greater" | "greater_equal" | "equal" | "not_equal":
            return _compared(fact, tested, holds)
    return fact


_TURNED = {"less": "greater", "less_equal": "greater_equal"}
_TURNED |= {turned: test for test, turned in _TURNED.items()}
_DENIED = {"less": "greater_equal", "greater_equal": "less"}
_DENIED |= {"less_equal": "greater", "greater": "less_equal", "equal": "not_equal"}
_DENIED |= {"not_equal": "equal"}


def _compared(fact: Fact, tested: Tested, holds: bool) -> Fact:
    x, bound = tested.facts
    test = tested.test
    if bound.about is fact.about:
        x, bound, test = bound, x, _TURNED.get(test, test)
    if x.about is not fact.about or bound.nan:
        return fact
    if holds and test != "not_equal":
        fact = replace(fact, nan=False)
    if not holds:
        test = _DENIED[test]
    nonzero = fact.nonzero
    low, high = fact.low, fact.high
    if test in ("greater", "greater_equal", "equal"):
        low = max(low, bound.low)
    if test in ("less", "less_equal", "equal"):
        high = min(high, bound.high)
    if test in ("greater", "less", "not_equal") and bound.low == bound.high == 0:
        nonzero = True
    if low > high:  # the branch is never taken
        return fact
    return replace(fact, low=low, high=high, nonzero=nonzero)


# --- order --------------------------------------------------------------------------------------


def largest(facts: Facts, attrs: Attrs) -> Fact:
    """The largest over axes."""
    (x,) = facts
    last = x.type.rank - 1
    axes = range(x.type.rank) if attrs[0] is None else attrs[0]
    anchored = x.anchored and (last in axes if not isinstance(axes, int) else axes == last)
    low = max(x.low, -LARGE) if anchored else x.low
    return replace(x, low=low, anchored=False, relation=Most(x, attrs[0]))


def smallest(facts: Facts, attrs: Attrs) -> Fact:
    """The smallest over axes."""
    return hull(facts[0])


def _most_of(most: Fact, x: Fact) -> Most | None:
    """What it is the largest of, where that is these numbers and it stands where they do."""
    found = most.relation
    if not isinstance(found, Most) or found.whole.about is not x.about:
        return None
    if found.axes is None:
        return found if all(size == 1 for size in most.type.shape) else None
    axes = found.axes if isinstance(found.axes, tuple) else (found.axes,)
    reduced = {a % x.type.rank for a in axes}
    kept = tuple(1 if i in reduced else size for i, size in enumerate(x.type.shape))
    return found if most.type.shape == kept else None


def larger(facts: Facts, attrs: Attrs) -> Fact:
    """The larger of two."""
    x, y = facts
    found = hull(x, y)
    return replace(
        found,
        low=max(x.low, y.low),
        high=max(x.high, y.high),
        nonzero=found.nonzero or x.low > 0 or y.low > 0,
    )


def smaller(facts: Facts, attrs: Attrs) -> Fact:
    """The smaller of two."""
    x, y = facts
    found = hull(x, y)
    return replace(found, low=min(x.low, y.low), high=min(x.high, y.high))


def bounded(facts: Facts, attrs: Attrs) -> Fact:
    """Between two bounds."""
    x, low, high = facts
    return smaller((larger((x, low), attrs), high), attrs)


def rectified(facts: Facts, attrs: Attrs) -> Fact:
    """The larger of it and 0."""
    return larger((facts[0], exactly(0)), attrs)


# --- arithmetic ---------------------------------------------------------------------------------


def add(facts: Facts, attrs: Attrs) -> Fact:
    x, y = facts
    return intervals.add(x, y)


def less_in_places(facts: Facts, attrs: Attrs) -> Fact:
    """`x - y` in some places, `x` in the others."""
    x, y = facts[0], facts[-1]
    return hull(x, intervals.add(x, intervals.opposite(y)))


def subtract(facts: Facts, attrs: Attrs) -> Fact:
    x, y = facts
    most = _most_of(y, x)
    if most is not None and not x.nan and not x.given and y.finite:
        low = -LARGE if x.low > -math.inf else -math.inf
        return replace(between(low, 0), relation=Peaked(most.axes))
    return intervals.add(x, intervals.opposite(y))


def negative(facts: Facts, attrs: Attrs) -> Fact:
    return intervals.opposite(facts[0])


def absolute(facts: Facts, attrs: Attrs) -> Fact:
    (x,) = facts
    high = max(abs(x.low), abs(x.high))
    low = 0.0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))
    return Fact(low, high, x.nan, x.nonzero, x.left_out, x.given)


def multiply(facts: Facts, attrs: Attrs) -> Fact:
    x, y = facts
    if x.about is not None and x.about is y.about:
        return intervals.raised(x, 2)
    return intervals.product(x, y)


def divide(facts: Facts, attrs: Attrs) -> Fact:
    x, y = facts
    return intervals.quotient(x, y)


def power(facts: Facts, attrs: Attrs) -> Fact:
    x, y = facts
    if y.low == y.high:
        return intervals.raised(x, y.low)
    if x.low < 0:
        return UNKNOWN
    return between(0, math.inf, nan=x.nan or y.nan)


def distance(facts: Facts, attrs: Attrs) -> Fact:
    """`hypot`: at least 0."""
    x, y = facts
    high = LARGE if x.finite and y.finite else math.inf
    return Fact(0, high, x.nan or y.nan, nonzero=not x.has_zero or not y.has_zero)


def remainder(facts: Facts, attrs: Attrs) -> Fact:
    x, y = facts
    return FINITE if x.finite and y.finite and not y.has_zero else UNKNOWN


def reduced(facts: Facts, attrs: Attrs) -> Fact:
    """A sum: of what is at least 0 and reaches its upper bound, it is at least that."""
    (x,) = facts
    found = intervals.total(x)
    if isinstance(x.relation, Peaked) and x.relation.axes == attrs[0] and x.low >= 0:
        found = replace(found, low=max(found.low, x.high))
    return found


def averaged(facts: Facts, attrs: Attrs) -> Fact:
    (x,) = facts
    return Fact(x.low, x.high, x.nan, x.nonzero and x.low * x.high >= 0, x.left_out)


def contraction(facts: Facts, attrs: Attrs) -> Fact:
    """Sums of products."""
    return intervals.any_sums(facts)


def spread_out(facts: Facts, attrs: Attrs) -> Fact:
    """Sums of products, with zeros between where windows have a stride (the second attribute)."""
    found = intervals.any_sums(facts)
    return found if attrs[1] == (1, 1) else hull(found, exactly(0))


# --- functions ----------------------------------------------------------------------------------


def rising(
    function: Callable[[float], float], low: float = -math.inf, high: float = math.inf
) -> RangeRule:
    """A function that grows, between the ends of where it is defined."""

    def rule(facts: Facts, attrs: Attrs) -> Fact:
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

    def rule(facts: Facts, attrs: Attrs) -> Fact:
        return between(low, high, nan=any(f.nan or f.infinite for f in facts))

    return rule


def always_within(low: float, high: float) -> RangeRule:
    """Whatever comes in."""
    return lambda facts, attrs: between(low, high, nan=any(f.nan for f in facts))


def sensible(facts: Facts, attrs: Attrs) -> Fact:
    """Finite for what is finite."""
    return FINITE if all(f.finite for f in facts) else UNKNOWN


def above_zero(facts: Facts, attrs: Attrs) -> Fact:
    """Finite for what is finite and above 0; elsewhere there are poles."""
    fine = all(f.finite and f.low >= 0 and not f.has_zero for f in facts)
    return FINITE if fine else UNKNOWN


def cosh(facts: Facts, attrs: Attrs) -> Fact:
    size = absolute(facts, attrs)
    return rising(math.cosh)((size,), attrs)


def softly_larger(facts: Facts, attrs: Attrs) -> Fact:
    """`logaddexp`: at least the larger of two."""
    x, y = facts
    high = LARGE if x.high < math.inf and y.high < math.inf else math.inf
    return Fact(max(x.low, y.low), high, x.nan or y.nan)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


FUNCTIONS: dict[str, RangeRule] = {
    **{
        f.__name__: f
        for f in (
            same, reshaped, moved, joined, placed, converted, number, numbers, zeros, ones, triangle,
            counted, finite, unit, kept, filled, truth, where, largest, smallest, larger, smaller,
            bounded, rectified, add, subtract, less_in_places, negative, absolute, multiply, divide, power,
            distance, remainder, reduced, averaged, contraction, spread_out, sensible, above_zero, cosh,
            softly_larger,
        )
    },
    **{f"tested {test}": tested(test) for test in (*_DENIED, "and", "or", "not")},
    "tested isfinite": tested("isfinite"),
    "tested isnan": tested("isnan"),
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
    "wave": within(-1, 1),
    "sign": always_within(-1, 1),
    "angle": always_within(-math.pi, math.pi),
}  # fmt: skip
"""By the word that a stanza says."""
