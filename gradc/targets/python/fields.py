"""The types that a module declares: its TypedDicts, the fields of its NamedTuples."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradc.ir.graph import Output, Param
from gradc.ir.program import Part
from gradc.ir.types import Type
from gradc.records import dataclass
from gradc.targets.python.document import SURE, Choice, Filled, Nest, enclosed, render
from gradc.targets.python.identifiers import string
from gradc.targets.python.view import Field

_TOLD = frozenset({"float", "np.float32", "np.int64", "np.int32", "np.bool_"})  # as their names say
Kind = Callable[[Type], str]
"""What Python calls the type of a value."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """What a module calls the types of values, by where they stand."""

    parameter: Kind
    accepted: Kind  # of an argument
    result: Kind
    saved: Kind


def typed_dict(name: str, entries: Iterable[Param | Output], kind: Kind) -> list[str]:
    """`Params = TypedDict("Params", {"w": float})`."""
    pairs = [f"{string(e.name)}: {kind(e.value.type)}" for e in entries]
    opening = f"{name} = TypedDict("
    inner = f"{string(name)}, {{{', '.join(pairs)}}}"
    if not pairs:
        return [f"{opening}{inner})"]
    within = (opening, Nest((SURE, inner)), SURE, ")")
    many = enclosed(f"{opening}{string(name)}, {{", Filled(pairs), "})")
    return render(Choice((f"{opening}{inner})", within, many)), 0)


def gradients_name(part: Part) -> str:
    """What the type of a loss's gradients is called."""
    return f"Gradients{part.suffix}"


def gradients_type(part: Part, kinds: Kinds) -> list[str]:
    """The gradients' type, which is the parameters' where they are the same."""
    graph, name = part.graph, gradients_name(part)
    params = [(p.name, kinds.parameter(p.value.type)) for p in graph.params]
    if params and params == [(g.name, kinds.result(g.value.type)) for g in graph.gradients]:
        return [f"{name} = Params"]
    return typed_dict(name, graph.gradients, kinds.result)


def fields_of(entries: Iterable[tuple[str, Type]], kind: Kind) -> list[Field]:
    """The fields of a NamedTuple, by their names and types."""
    found = [(name, kind(t), str(t)) for name, t in entries]
    return [Field(name, k, "" if k in _TOLD else t) for name, k, t in found]
