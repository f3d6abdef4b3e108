"""Numbers that are moved, written down or drawn."""

from __future__ import annotations

from gradc.ir.fact import (
    FINITE,
    LARGE,
    LEFT_OUT,
    UNKNOWN,
    Attrs,
    Fact,
    Most,
    Operands,
    between,
    exactly,
    hull,
    written,
)
from gradc.ir.sizes import Poly
from gradc.ir.traits import RangeRule
from gradc.library import intervals
from gradc.records import replace


def same(facts: Operands, attrs: Attrs) -> Fact:
    """The operand's own numbers, where they were."""
    return facts[0]


def reshaped(facts: Operands, attrs: Attrs) -> Fact:
    """The operand's own numbers, in their order."""
    (x,) = facts
    return replace(x, anchored=False, relation=x.relation if isinstance(x.relation, Most) else None)


def moved(facts: Operands, attrs: Attrs) -> Fact:
    """The first operand's own numbers, in other places."""
    return hull(facts[0])


def looked_up(facts: Operands, attrs: Attrs) -> Fact:
    """The second operand's own numbers, in other places."""
    return hull(facts[1])


def replaced(facts: Operands, attrs: Attrs) -> Fact:
    """The first operand's own numbers, and those of the third in the place of some."""
    return hull(facts[0], facts[2])


def joined(facts: Operands, attrs: Attrs) -> Fact:
    """The operands' own numbers, side by side."""
    return hull(*facts)


def placed(facts: Operands, attrs: Attrs) -> Fact:
    """The first operand's numbers among zeros, added up where they meet."""
    return hull(intervals.total(facts[0]), exactly(0))


def number(facts: Operands, attrs: Attrs) -> Fact:
    """A number of the text; a size is taken to be at least 1."""
    return between(1, LARGE) if isinstance(attrs[0], Poly) else exactly(float(attrs[0]))


def numbers(facts: Operands, attrs: Attrs) -> Fact:
    """An array of the text."""
    return written(attrs[0])


def zeros(facts: Operands, attrs: Attrs) -> Fact:
    return exactly(0)


def ones(facts: Operands, attrs: Attrs) -> Fact:
    return exactly(1)


def triangle(facts: Operands, attrs: Attrs) -> Fact:
    """Ones on and below a diagonal; from the main one on each row has one."""
    below = attrs[2]
    return replace(hull(exactly(0), exactly(1)), anchored=isinstance(below, int) and below >= 0)


def counted(facts: Operands, attrs: Attrs) -> Fact:
    """Positions, numbers of steps."""
    return between(0, LARGE)


def finite(facts: Operands, attrs: Attrs) -> Fact:
    return FINITE


def unit(facts: Operands, attrs: Attrs) -> Fact:
    """Draws from 0 to 1."""
    return between(0, 1)


def kept(facts: Operands, attrs: Attrs) -> Fact:
    """The mask of dropout."""
    rate = attrs[1]
    most = 1 / (1 - rate) if isinstance(rate, int | float) and rate < 1 else LARGE
    return replace(between(0, most), left_out=LEFT_OUT)


def filled(facts: Operands, attrs: Attrs) -> Fact:
    """The operand's numbers, and those of the attribute that fills the rest."""
    rest = attrs[-1]
    return hull(facts[0], exactly(rest) if isinstance(rest, int | float) else UNKNOWN)


RULES: dict[str, RangeRule] = {
    f.__name__: f
    for f in (
        same,
        reshaped,
        moved,
        looked_up,
        replaced,
        joined,
        replaced,
        placed,
        number,
        numbers,
        zeros,
        ones,
        triangle,
        counted,
        finite,
        unit,
        kept,
        filled,
    )
}
