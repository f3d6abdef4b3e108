"""Modules that share weights, or are called in several ways: each weight is one parameter."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.importing.foreign import WEIGHTS, Model, Step, Tensor
from gradc.importing.layer_kinds import Kinds, free
from gradc.importing.nn_layers import cell_members
from gradc.importing.parts import Body, Call, Kind, Path, owner
from gradc.importing.recurrent import LOOPS


def placed(model: Model) -> None:
    """Puts each weight that modules share at the first of them that reads it.

    A source may call it after another, which is called later.
    """
    seen: set[Tensor] = set()
    taken = {t.name for step in model.steps for t in step.tensors()}
    for step in model.steps:
        path = step.frames[-1].path if step.frames else ()
        for tensor in step.tensors():
            if tensor in seen or tensor.role not in WEIGHTS:
                continue
            seen.add(tensor)
            own = owner(tensor)
            if own[: len(path)] != path[: len(own)]:  # neither is within the other
                leaf = tensor.name.rpartition(".")[2]
                tensor.name = free(".".join((*path, leaf)), taken)
                taken.add(tensor.name)


def torn_modules(body: Body, kinds: Kinds) -> set[Path]:
    """The modules that cannot be layers, as weights would then be parameters of several.

    One is called in ways that are no one layer, or weights of it stand in another as well. What
    stands in such modules can stand around them, where an instance is called once more.
    """
    ways: dict[Path, set[Kind]] = {}
    holders: dict[Path | Tensor, set[Path]] = {}
    bodies = [body]
    for call in kinds.calls():
        assert call.body is not None
        assert isinstance(call.layer, Kind)
        ways.setdefault(call.path, set()).add(call.layer)
        bodies.append(call.body)
    for each in bodies:
        for held in _held(each):
            holders.setdefault(held, set()).add(each.path)
    torn = {path for path, layers in ways.items() if len(layers) > 1}
    for around in holders.values():
        if len(around) > 1:
            torn |= around
    return torn - {()}


def _held(body: Body) -> Iterator[Path | Tensor]:
    """What a body holds itself: weights, and instances of layers of the graph by their paths."""
    yield from (own.tensor for own in body.own)
    for item in body.items:
        if isinstance(item, Step) and item.op in LOOPS:
            yield from (cell_members(item) or {}).values()
        elif isinstance(item, Call) and not item.is_again:
            yield from item.members.values()
            if isinstance(item.layer, Kind):
                yield item.path
