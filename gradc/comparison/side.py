"""Sides: the values of a graph, or of a loop's body, as they are compared; what is told of them."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.comparison.identity import Numbers
from gradc.comparison.renamed import NONE, Renaming
from gradc.ir.node import Node, Value
from gradc.records import dataclass, field
from gradc.source import Span


@dataclass(eq=False)
class Side:
    """The values of a graph, or of a loop's body: their numbers, and what makes them."""

    nodes: Sequence[Node]
    numbers: Numbers
    renaming: Renaming = NONE  # by which what nodes say is read
    made: dict[Value, Node] = field(init=False)
    found: set[int] = field(init=False)  # the numbers that are there

    def __post_init__(self) -> None:
        self.made = {r: n for n in self.nodes for r in n.results}
        self.found = set(self.numbers.values())

    def named(self) -> list[Value]:
        """What the user's statements are called, but for what only hands on another value."""
        return [v for v in self.made if v.named]


@dataclass(frozen=True, slots=True)
class Statement:
    """A value that is another one now, new (without an `old`) or gone (without a `new`)."""

    old: Value | None
    new: Value | None
    before: Span | None
    after: Span | None

    @property
    def name(self) -> str:
        """What it is called now, or was."""
        both = [v for v in (self.new, self.old) if v is not None]
        shown = next((v for v in both if v.named), both[0]).shown
        place = self.after or self.before
        if place is not None and place.text.startswith("next "):
            return shown.replace("next_", "next ", 1)
        return shown
