"""What goes in and out of two graphs: dimensions, inputs, parameters, states and outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gradc.comparison.change import Change
from gradc.comparison.quoted import brief
from gradc.comparison.renamed import NONE, Renaming
from gradc.ir.graph import Dim, Graph, Initialiser, Input, Output, Param
from gradc.ir.sizes import size_text
from gradc.source import Span


def interface(old: Graph, new: Graph, renaming: Renaming = NONE) -> Iterator[Change]:
    """What a caller has to give, and gets, that is another one. Names count, order does not.

    `old` has the names of `new` already; its types are read by the renaming.
    """
    yield from _renamed(new, renaming)
    yield from _dimensions(old.dims, new.dims)
    yield from _given("input", old.inputs, new.inputs, renaming)
    yield from _given("parameter", old.params, new.params, renaming)
    yield from _given("state", old.states, new.states, renaming)
    yield from _outputs(old, new, renaming)


def _renamed(new: Graph, renaming: Renaming) -> Iterator[Change]:
    """What has another name and is what it was; of a layer's parameters the layer."""
    for old, now in renaming.dtypes.items():
        message = f"was {old}: the element type of all that is given, made and differentiated"
        yield Change("dtype", now, "changed", message, None, None)
    for old, now in renaming.dims.items():
        yield Change("dimension", now, "renamed", f"was called {old}", None, None)
    kinds: dict[str, Sequence[Input | Param | Output]] = {
        "input": new.inputs, "parameter": new.params, "state": new.states, "output": new.outputs,
    }  # fmt: skip
    for kind, given in kinds.items():
        names = renaming.outputs if kind == "output" else renaming.arguments
        places = {g.name: g.span if isinstance(g, Output) else _place(g) for g in given}
        layers: dict[tuple[str, str], list[str]] = {}
        for old, now in names.items():
            if now not in places:
                continue
            before, after = old.rpartition("."), now.rpartition(".")
            if before[1] and before[2] == after[2]:
                layers.setdefault((before[0], after[0]), []).append(now)
            else:
                yield Change(kind, now, "renamed", f"was called {old}", None, places[now])
        for (was, is_), members in layers.items():
            message = f"was called {was}, with {count_of(members, 'parameter')}"
            yield Change(kind, is_, "renamed", message, None, places[members[0]])


def count_of(things: Sequence[object], name: str) -> str:
    """How many there are, in words: `1 parameter`, `2 parameters`."""
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"


def _dimensions(old: Iterable[Dim], new: Iterable[Dim]) -> Iterator[Change]:
    before, after = ({d.name: _sized(d) for d in dims} for dims in (old, new))
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        if one is None:
            yield Change("dimension", name, "new", f"is new: {other}", None, None)
        elif other is None:
            yield Change("dimension", name, "gone", f"is gone: {one}", None, None)
        elif one != other:
            yield Change("dimension", name, "changed", f"is {other}, and was {one}", None, None)


def _sized(dim: Dim) -> str:
    return "free" if dim.size is None else size_text(dim.size)


def _given(
    kind: str, old: Iterable[Input | Param], new: Iterable[Input | Param], renaming: Renaming
) -> Iterator[Change]:
    before, after = ({a.name: a for a in given} for given in (old, new))
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        if one is None and other is not None:
            yield Change(kind, name, "new", f"is new: {other.value.type}", None, _place(other))
        elif other is None and one is not None:
            yield Change(kind, name, "gone", f"is gone: {one.value.type}", _place(one), None)
        elif one is not None and other is not None:
            places = _place(one), _place(other)
            if renaming.type(one.value.type) != other.value.type:
                message = f"is {other.value.type}, and was {one.value.type}"
                yield Change(kind, name, "changed", message, *places)
            if starts_with(one) != starts_with(other):
                verb = "has the example" if kind == "input" else "starts with"
                message = f"{verb} {starts_with(other)}, and {_verb(verb)} {starts_with(one)}"
                yield Change(kind, name, "changed", message, *places)


def _verb(verb: str) -> str:
    return "had" if verb.startswith("has") else "started with"


def starts_with(given: Input | Param) -> str:
    """What a parameter starts with, or the example of an input, as text."""
    if isinstance(given, Input):
        return "none" if given.example is None else brief(_literal(given.example))
    start: Initialiser = given.initialiser
    if start.kind in _NUMBERS:
        return _NUMBERS[start.kind]
    if start.kind == "value":
        return brief(_literal(start.data))
    numbers = ", ".join(f"{x:g}" for x in start.args)
    return f"{start.kind}({numbers})" if numbers else start.kind


_NUMBERS = {"zeros": "0", "ones": "1"}


def _literal(data: Any) -> str:
    if isinstance(data, int | float):
        return f"{data:.17g}"
    return repr(data).replace("(", "[").replace(",)", "]").replace(")", "]")


def _place(given: Input | Param) -> Span | None:
    return given.place if isinstance(given, Param) else given.span


def _outputs(old: Graph, new: Graph, renaming: Renaming) -> Iterator[Change]:
    """What is returned, and what of it is a loss."""
    before, after = ({o.name: o for o in graph.outputs} for graph in (old, new))
    losses = [{loss.name for loss in graph.losses} for graph in (old, new)]
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        was, is_ = (name in names for names in losses)
        if one is None and other is not None:
            message = f"is returned now{', as a loss' * is_}: {other.value.type}"
            yield Change("output", name, "new", message, None, other.span)
        elif other is None and one is not None:
            message = f"is no longer returned{', which was a loss' * was}: {one.value.type}"
            yield Change("output", name, "gone", message, one.span, None)
        elif one is not None and other is not None:
            places = one.span, other.span
            if renaming.type(one.value.type) != other.value.type:
                message = f"is {other.value.type}, and was {one.value.type}"
                yield Change("output", name, "changed", message, *places)
            if was != is_:
                message = "is a loss now" if is_ else "is no longer a loss"
                yield Change("output", name, "changed", message, *places)
