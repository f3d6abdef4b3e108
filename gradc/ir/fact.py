"""Facts: what is known of a value's numbers before there are any.

An interval, whether NaN may come, and whether a number may be exactly 0 because something was left
out or not chosen. What arguments hold is taken to be finite and not NaN, and sums and products of
finite numbers to be finite: a fact tells where infinities are *made*, by a quotient, a logarithm or
an exponential.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

from gradc.ir.types import Type
from gradc.records import dataclass, replace

LARGE = 1e300
"""The size of finite numbers of which no size is known."""

SMALL = 5e-324

MASKED, LEFT_OUT = 1, 2
"""A zero comes of an input that may be a mask, or of something being left out or not chosen."""

GIVEN, INPUT = 1, 2
"""Where numbers are the caller's. What is added to an input stays one, as scores with a mask do."""

NUMBERS = Type("f64")


@dataclass(frozen=True, slots=True)
class Tested:
    """A truth value that compares: `test` is the operation, `facts` what it compares."""

    test: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Most:
    """The largest of the numbers of another value, over these axes."""

    whole: Fact
    axes: Any


@dataclass(frozen=True, slots=True)
class Peaked:
    """Numbers of which the largest over these axes is the upper bound itself."""

    axes: Any


@dataclass(frozen=True, slots=True)
class Scaled:
    """The numbers of another value, times a constant."""

    whole: Fact
    factor: float


Relation: TypeAlias = Tested | Most | Peaked | Scaled


@dataclass(slots=True, eq=False)
class Fact:
    """What is known of a value's numbers; it is not changed once it is made.

    An end of the interval is infinite only where an infinity may really come.
    """

    low: float = -math.inf
    high: float = math.inf
    nan: bool = True
    nonzero: bool = False  # never 0, although 0 lies between the ends
    left_out: int = 0  # how it may come to be exactly 0: MASKED, LEFT_OUT, or not to speak of
    given: int = 0  # the caller's own, GIVEN or an INPUT: an infinity there may be meant
    anchored: bool = False  # along the last axis one number at least is finite
    relation: Relation | None = None
    about: object = None  # the value
    type: Type = NUMBERS

    @property
    def finite(self) -> bool:
        """Whether neither infinities nor NaN come."""
        return not self.nan and self.low > -math.inf and self.high < math.inf

    @property
    def has_zero(self) -> bool:
        """Whether 0 may come."""
        return self.low <= 0 <= self.high and not self.nonzero

    @property
    def infinite(self) -> bool:
        """Whether an infinity may come."""
        return self.low == -math.inf or self.high == math.inf

    def within(self, other: Fact) -> bool:
        """Whether it tells at least what the other one does."""
        return (
            self.low >= other.low
            and self.high <= other.high
            and self.nan <= other.nan
            and self.left_out <= other.left_out
            and self.given <= other.given
            and (self.nonzero or not self.has_zero or not other.nonzero)
        )


Operands: TypeAlias = Sequence[Fact]
Attrs: TypeAlias = Sequence[Any]

UNKNOWN = Fact()

ANYTHING = Fact(left_out=LEFT_OUT, given=INPUT)
"""What holds of all numbers, wherever they come from: each other fact is within it."""

FINITE = Fact(-LARGE, LARGE, nan=False)
"""Any finite numbers."""


def exactly(number: float) -> Fact:
    """One number. A 0 that is written down is one that something is left out by."""
    if math.isnan(number):
        return Fact(0, 0)
    return Fact(number, number, nan=False, left_out=LEFT_OUT * (number == 0))


def written(data: Any) -> Fact:
    """The numbers of an array that is written down, as nested tuples."""
    found: list[Fact] = []
    pending = [data]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            pending.extend(item)
        else:
            found.append(exactly(float(item)))
    return hull(*found) if found else FINITE


def between(low: float, high: float, *, nan: bool = False) -> Fact:
    return Fact(low, high, nan)


def hull(*facts: Fact) -> Fact:
    """What holds of numbers that may be of any of these."""
    return Fact(
        min(f.low for f in facts),
        max(f.high for f in facts),
        nan=any(f.nan for f in facts),
        nonzero=all(not f.has_zero for f in facts),
        left_out=max(f.left_out for f in facts),
        given=max(f.given for f in facts),
    )


def widened(before: Fact, after: Fact) -> Fact:
    """What holds of both, with ends that moved put at 0 or as far as they go.

    So a fact about what a loop carries is settled after a few steps.
    """
    both = hull(before, after)
    low, high = both.low, both.high
    if low < before.low:
        low = 0 if low >= 0 else -LARGE if low >= -LARGE else -math.inf
    if high > before.high:
        high = 0 if high <= 0 else LARGE if high <= LARGE else math.inf
    return replace(both, low=low, high=high)
