"""Truth values, choices, and the order of numbers."""

from __future__ import annotations

from gradc.ir.fact import LARGE, Attrs, Fact, Most, Operands, Peaked, Tested, exactly, hull
from gradc.ir.traits import RangeRule
from gradc.library import intervals
from gradc.records import replace


def truth(facts: Operands, attrs: Attrs) -> Fact:
    """0 or 1."""
    return hull(exactly(0), exactly(1))


def converted(facts: Operands, attrs: Attrs) -> Fact:
    """As another element type."""
    return truth(facts, attrs) if attrs[0] == "bool" else facts[0]


def tested(test: str) -> RangeRule:
    """A comparison, or what logic makes of some; `where` reads what it says of its branches."""

    def rule(facts: Operands, attrs: Attrs) -> Fact:
        found = truth(facts, attrs)
        if test == "equal":
            for x, y in (facts, facts[::-1]):
                if (most := most_of(y, x)) is not None and not x.nan:
                    return replace(found, relation=Peaked(most.axes))
        return replace(found, relation=Tested(test, tuple(facts)))

    return rule


def where(facts: Operands, attrs: Attrs) -> Fact:
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


def largest(facts: Operands, attrs: Attrs) -> Fact:
    """The largest over axes."""
    (x,) = facts
    last = x.type.rank - 1
    axes = range(x.type.rank) if attrs[0] is None else attrs[0]
    anchored = x.anchored and (last in axes if not isinstance(axes, int) else axes == last)
    low = max(x.low, -LARGE) if anchored else x.low
    return replace(x, low=low, anchored=False, relation=Most(x, attrs[0]))


def smallest(facts: Operands, attrs: Attrs) -> Fact:
    """The smallest over axes."""
    return hull(facts[0])


def most_of(most: Fact, x: Fact) -> Most | None:
    """What it is the largest of, where that is these numbers and it stands where they do."""
    found = most.relation
    if not isinstance(found, Most) or x.about is None or found.whole.about is not x.about:
        return None
    if found.axes is None:
        return found if all(size == 1 for size in most.type.shape) else None
    axes = found.axes if isinstance(found.axes, tuple) else (found.axes,)
    reduced = {a % x.type.rank for a in axes}
    kept = tuple(1 if i in reduced else size for i, size in enumerate(x.type.shape))
    return found if most.type.shape == kept else None


def larger(facts: Operands, attrs: Attrs) -> Fact:
    """The larger of two."""
    x, y = facts
    found = hull(x, y)
    return replace(
        found,
        low=max(x.low, y.low),
        high=max(x.high, y.high),
        nonzero=found.nonzero or x.low > 0 or y.low > 0,
    )


def smaller(facts: Operands, attrs: Attrs) -> Fact:
    """The smaller of two."""
    x, y = facts
    found = hull(x, y)
    return replace(found, low=min(x.low, y.low), high=min(x.high, y.high))


def bounded(facts: Operands, attrs: Attrs) -> Fact:
    """Between two bounds."""
    x, low, high = facts
    return smaller((larger((x, low), attrs), high), attrs)


def rectified(facts: Operands, attrs: Attrs) -> Fact:
    """The larger of it and 0."""
    return larger((facts[0], exactly(0)), attrs)


RULES: dict[str, RangeRule] = {
    f.__name__: f
    for f in (truth, converted, where, largest, smallest, larger, smaller, bounded, rectified)
}
RULES |= {
    f"tested {test}": tested(test) for test in (*_DENIED, "and", "or", "not", "isfinite", "isnan")
}
