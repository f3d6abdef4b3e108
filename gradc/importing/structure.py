"""Structure: from steps to layers, one for each kind of module, and loops over equal blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gradc.importing.foreign import WEIGHTS, Frame, Model, Step, Tensor
from gradc.importing.layer_kinds import Kinds
from gradc.importing.module_tree import Group, Tree, grouped
from gradc.importing.nn_layers import as_layer, cell_members
from gradc.importing.parts import Body, Call, Item, Own, Path, held_by, owner, read_by
from gradc.importing.recurrent import LOOPS
from gradc.importing.repeated import repeated
from gradc.importing.sharing import torn_modules

CONTAINERS = frozenset(["Sequential", "ModuleList", "ModuleDict"])
"""Modules that only hold others: what stands in them stands in what is around."""

_LEAST = 2  # calls of layers that are worth a layer of their own
_LEAST_STEPS = 5  # statements that are


def structure(model: Model, *, loops: bool = True) -> tuple[Body, Kinds]:
    """The model as a body of statements, and the kinds of layers in it; `loops` allows any.

    A module is no layer where weights would then be parameters of several.
    """
    tree, readers = grouped(model.steps), _Readers(model)
    apart: set[Path] = set()
    while True:
        kinds, known = Kinds(), len(apart)
        items = _kept(_items(tree, (), kinds, readers, apart), (), apart)
        body = _body((), items, list(model.inputs), list(model.outputs.values()))
        apart |= torn_modules(body, kinds)
        if len(apart) == known:
            break
    kinds.settle()
    for each in (body, *(kind.body for kind in kinds.all())) if loops else ():
        each.items = repeated(each)
    return body, kinds


class _Readers:
    """Which steps read a tensor."""

    def __init__(self, model: Model):
        self.of: dict[Tensor, list[Step]] = {}
        self.outputs = set(model.outputs.values())
        for step in model.steps:
            for tensor in step.tensors():
                self.of.setdefault(tensor, []).append(step)

    def outside(self, tensor: Tensor, inside: set[Step]) -> bool:
        """Whether something but these steps reads the tensor."""
        return tensor in self.outputs or any(s not in inside for s in self.of.get(tensor, ()))


def _items(tree: Tree, path: Path, kinds: Kinds, readers: _Readers, apart: set[Path]) -> list[Item]:
    found: list[Item] = []
    for item in tree:
        if isinstance(item, Group):
            found += _of_group(item, kinds, readers, apart)
        else:
            found.append(as_layer(item) or item)
    return found


def _of_group(group: Group, kinds: Kinds, readers: _Readers, apart: set[Path]) -> list[Item]:
    """A call of a layer for the group; or what stands in it, where it is too little for one."""
    path = group.frame.path
    items = _items(group.items, path, kinds, readers, apart)
    if group.frame.kind in CONTAINERS or path in apart or not _is_worth_a_layer(items, path):
        return items
    whole, items = items, _kept(items, path, apart)
    inside = set(_steps(group.items))
    made = [t for item in items for t in item.results]
    outputs = [t for t in made if readers.outside(t, inside)]
    own = {t for item in items for t in item.results}
    inputs = [
        t
        for t in dict.fromkeys(t for item in items for t in read_by(item))
        if t not in own and not t.is_known and not (_is_weight(t) and _is_below(owner(t), path))
    ]
    if not outputs:
        return whole
    body = _body(path, items, inputs, outputs)
    return [kinds.call(kind_name(group.frame), body)]


def _is_worth_a_layer(items: Sequence[Item], path: Path) -> bool:
    calls = sum(isinstance(item, Call) and item.path != path for item in items)
    return calls >= _LEAST or (len(items) >= _LEAST_STEPS and bool(calls))


def _kept(items: list[Item], path: Path, apart: set[Path]) -> list[Item]:
    """The items, with the calls of layers that are no instances of this module's as steps.

    A layer of the graph's whose weights are read before it is called goes to `apart`.
    """
    seen: dict[Path, Call] = {}
    kept: list[Item] = []
    read: set[Tensor] = set()
    for item in items:
        if isinstance(item, Call):
            first = seen.get(item.path)
            item.is_again = first is not None and _is_same(first, item)
            is_early = first is None and not read.isdisjoint(held_by(item))
            if is_early and item.step is None:
                apart.add(item.path)
            is_own = _is_below(item.path, path) and item.path != path
            if item.is_again:
                pass
            elif item.step is not None and (is_early or first is not None or not is_own):
                item = item.step
            else:
                seen[item.path] = item
        read.update(read_by(item))
        kept.append(item)
    return kept


def _body(path: Path, items: list[Item], inputs: list[Tensor], outputs: list[Tensor]) -> Body:
    """A body of items, which declares the weights that no layer in it holds."""
    members: set[Tensor] = set()
    for item in items:
        if isinstance(item, Call) and not item.is_again:
            members.update(held_by(item))
        elif isinstance(item, Step) and item.op in LOOPS:
            members.update((cell_members(item) or {}).values())
    read = dict.fromkeys((*(t for item in items for t in read_by(item)), *outputs))
    own = [
        Own(t, t.shape)
        for t in read
        if _is_weight(t) and t not in members and _is_below(owner(t), path)
    ]
    return Body(path, items, inputs, outputs, own)


def _is_same(one: Call, other: Call) -> bool:
    return one.layer == other.layer and one.members == other.members


def _is_below(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def _is_weight(tensor: Tensor) -> bool:
    return tensor.role in WEIGHTS


def _steps(tree: Tree) -> Iterable[Step]:
    for item in tree:
        if isinstance(item, Group):
            yield from _steps(item.items)
        else:
            yield item


def kind_name(frame: Frame) -> str:
    """What the layer of a module is called: its class, or else its own name."""
    if frame.kind:
        return frame.kind
    named = [p for p in frame.path if not p.isdigit()] or ["block"]
    words = [w for w in re.split(r"[^A-Za-z0-9]+", named[-1]) if w]
    name = "".join(w[:1].upper() + w[1:] for w in words) or "Block"
    return name[:-1] if frame.path[-1].isdigit() and name.endswith("s") else name
