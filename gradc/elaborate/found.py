"""What elaborating a file gathers beside the nodes, and the order that it comes out in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from gradc.diagnostics import Diagnostic, Label, Note
from gradc.ir.graph import Dim, Input, Output, Param
from gradc.ir.node import Node, Scan, Value
from gradc.ir.sizes import Size
from gradc.records import dataclass, field, replace
from gradc.syntax import tree

T = TypeVar("T")

NEW_AXIS = "a new axis is `newaxis`"
_OF_NAMES = ("E0201", "E0203")
_OTHER_PLACES = 5

MAX_FOUND = 100
"""How many diagnostics are enough: who reads them starts with the first."""


@dataclass(slots=True)
class FoundLoss:
    """A loss, and what it alone is differentiated by."""

    name: tree.Identifier
    by: tree.WrtDecl | None
    is_repeated: bool = False  # it is marked as an output as well


@dataclass(slots=True)
class Found:
    """What elaboration gathers beside the nodes, in the order of the file at the end."""

    dims: list[Dim] = field(default_factory=list)
    inputs: list[tuple[int, Input]] = field(default_factory=list)
    params: list[tuple[int, Param]] = field(default_factory=list)
    outputs: list[tuple[int, Output]] = field(default_factory=list)
    states: list[tuple[int, Param]] = field(default_factory=list)
    updates: dict[str, Output] = field(default_factory=dict)
    steps: dict[Value, int] = field(default_factory=dict)
    """Parameters and states, and the unshared scans whose steps have a slice of them each."""
    training: Value | None = None
    asked: list[Value] = field(default_factory=list)  # what derivatives are taken of, and by
    kinked: dict[Value, Node] = field(default_factory=dict)  # derivatives of what has a kink
    differentiated: dict[str, None] = field(default_factory=dict)  # what those are called after
    losses: list[tuple[int, FoundLoss]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def declared_sizes(self) -> set[Size]:
        """The sizes of what goes in. They are at least 0, as sizes of arrays are."""
        values = [d.value for _, d in self.inputs]
        values += [d.value for _, d in (*self.params, *self.states)]
        return {size for value in values for size in value.type.shape}


def in_file_order(nodes: list[Node]) -> tuple[Node, ...]:
    """The nodes with draws of random numbers in the order of the file, whoever needs them."""
    drawn = [n for n in nodes if n.traits.impure and not isinstance(n, Scan)]
    sorted_draws = sorted(drawn, key=lambda n: n.origin.span.start if n.origin.span else 0)
    if drawn == sorted_draws:
        return tuple(nodes)
    rest = [n for n in nodes if n not in set(drawn)]
    return (*sorted_draws, *rest)


def in_order(items: list[tuple[int, T]]) -> tuple[T, ...]:
    """The items by their place in the file."""
    return tuple(item for _, item in sorted(items, key=lambda pair: pair[0]))


def enough(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What was found until it was enough; the last one says that there may be more."""
    *first, last = once_a_name(diagnostics)
    note = Note("this is enough for one run: what is wrong further on is not told")
    return [*first, replace(last, notes=(*last.notes, note))]


def once_a_name(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics, where a name that means nothing is told once, with its other places."""
    first: dict[tuple[object, ...], int] = {}
    told: list[Diagnostic] = []
    for found in diagnostics:
        is_name = found.code in _OF_NAMES or found.helps == (NEW_AXIS,)
        named = is_name and found.span is not None
        key = (found.code, found.message, found.helps) if named else (found,)
        position = first.setdefault(key, len(told))
        if position == len(told):
            told.append(found)
        elif _start(found) == _start(told[position]):
            continue
        elif found.span is not None and len(told[position].labels) < _OTHER_PLACES:
            labels = (*told[position].labels, Label(found.span, "and here"))
            told[position] = replace(told[position], labels=labels)
    return told


def _start(found: Diagnostic) -> tuple[object, int]:
    return (found.span.source, found.span.start) if found.span is not None else (None, 0)


def updates_of(found: Found) -> tuple[Output, ...]:
    """What each state is in the next call; itself where nothing updates it."""
    return tuple(
        found.updates.get(s.name) or Output(s.name, s.value, s.span) for s in in_order(found.states)
    )
