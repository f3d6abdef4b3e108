"""The types that a module declares: its TypedDicts, the fields of its NamedTuples."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradc.ir.graph import Graph, Output, Param
from gradc.ir.types import Type
from gradc.targets.python.expression import Atom, Call, Items, fill, statement
from gradc.targets.python.identifiers import string
from gradc.targets.python.view import Field

Kind = Callable[[Type], str]
"""What Python calls the type of a value."""


def typed_dict(name: str, entries: Iterable[Param | Output], kind: Kind) -> list[str]:
    """`Params = TypedDict("Params", {"w": float})`."""
    entries_text = [f"{string(e.name)}: {kind(e.value.type)}" for e in entries]
    items = Items([Atom(t) for t in entries_text], "{}")
    call = Call(Atom("TypedDict"), [Atom(string(name)), items])
    lines = statement(f"{name} = ", call, indent=0)
    if len(lines) <= 3:
        return lines
    head = f"{name} = TypedDict({string(name)}, {{"
    return [head, *fill(entries_text, 4), "})"]


def gradients_type(graph: Graph, kind: Kind) -> list[str]:
    """The gradients' type, which is the parameters' where they are the same."""
    same = [p.name for p in graph.params] == [g.name for g in graph.gradients]
    if same and graph.params:
        return ["Gradients = Params"]
    return typed_dict("Gradients", graph.gradients, kind)


def fields_of(entries: Iterable[tuple[str, Type]], kind: Kind) -> list[Field]:
    """The fields of a NamedTuple, by their names and types."""
    return [Field(name, kind(t), str(t) if t.shape else "") for name, t in entries]
