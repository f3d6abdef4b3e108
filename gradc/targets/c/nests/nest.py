"""What a nest of loops runs over, and what it does at each position."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gradc.ir.sizes import Size
from gradc.records import dataclass
from gradc.targets.c.expression import Expr
from gradc.targets.c.reading import Reader
from gradc.targets.c.sizes import Index

Shape: TypeAlias = tuple[Size, ...]
ElementAt: TypeAlias = Callable[[Reader, Index], Expr]


@dataclass(frozen=True, slots=True)
class Pointwise:
    """Each element of the result by itself; or those of a part of it, which begins somewhere along
    an axis."""

    domain: Shape
    axis: int | None = None
    start: Size = 0

    def place(self, index: Index) -> Index:
        """The position of the result at a position of the loops."""
        if self.axis is None:
            return index
        axis = self.axis
        return (*index[:axis], index[axis] + self.start, *index[axis + 1 :])


@dataclass(frozen=True, slots=True)
class Total:
    """What is made of all elements along some axes: a sum, the largest of them, where that is."""

    domain: Shape
    axes: frozenset[int]
    kind: str
    element: ElementAt
    keeps: bool = False  # the axes stay, with one element each

    def place(self, index: Index) -> Index:
        """The position of the result that an element goes into."""
        if self.keeps:
            return tuple([0 if a in self.axes else i for a, i in enumerate(index)])
        return tuple([i for a, i in enumerate(index) if a not in self.axes])


@dataclass(frozen=True, slots=True)
class Running:
    """Each element made of the one before along an axis, from the first on."""

    domain: Shape
    axis: int
    first: ElementAt
    following: Callable[[Reader, Index, Expr], Expr]


@dataclass(frozen=True, slots=True)
class Scatter:
    """Elements that go into, or are added to, places of an array that begins as zeros or a copy."""

    domain: Shape
    copied: int | None  # the operand that it begins as
    place: Callable[[Reader, Index], Index]
    element: ElementAt
    adds: bool
    condition: Callable[[Reader, Index], Expr | None] | None = None  # for what goes anywhere
    once: int | None = None  # from this axis on, only what fulfils the condition first goes there


Nest: TypeAlias = Pointwise | Total | Running | Scatter
