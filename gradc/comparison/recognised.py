"""Recognised: what was only renamed of what two graphs declare, and whether their types were.

A dimension is renamed where the types of arguments say so; a parameter, an input or a state where
it is of the same type, starts alike, and is used as it was: what reads it makes the same values, or
stands in a statement that says the same but for the name. An output is renamed where it is the same
value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gradc.comparison.identity import Identities, Numbers
from gradc.comparison.interface import starts_with
from gradc.comparison.quoted import line_of
from gradc.comparison.renamed import Renaming
from gradc.ir.graph import Graph, Input, Param
from gradc.ir.node import Node, Value
from gradc.ir.types import FLOATS
from gradc.records import replace


def numbers_of(identities: Identities, graph: Graph, renaming: Renaming) -> Numbers:
    """The numbers of what a graph computes, its arguments by the names that they have now."""
    numbers = {
        value: identities.number(
            "argument", renaming.arguments.get(name, name), str(renaming.type(value.type))
        )
        for name, value in graph.arguments.items()
    }
    identities.start(graph.nodes)
    identities.add(graph.nodes, numbers, renaming)
    return numbers


def recognised(old: Graph, new: Graph, dtypes: Sequence[str]) -> Renaming:
    """What was renamed; `dtypes` are the element types that the two files state."""
    found = Renaming(dtypes=_dtypes(old, new, dtypes))
    found = replace(found, dims=_dims(old, new, found))
    found = replace(found, arguments=_arguments(old, new, found))
    return replace(found, outputs=_outputs(old, new, found))


def _dtypes(old: Graph, new: Graph, dtypes: Sequence[str]) -> dict[str, str]:
    """The element type of the file, where all that goes in and out changes with it."""
    before, after = dtypes
    there = {**{o.name: o.value for o in new.outputs}, **new.arguments}
    pairs = [
        (value.type.dtype, there[name].type.dtype)
        for name, value in (*[(o.name, o.value) for o in old.outputs], *old.arguments.items())
        if name in there and value.type.dtype in FLOATS
    ]
    moved = before != after and bool(pairs) and all([p == (before, after) for p in pairs])
    return {before: after} if moved else {}


def _dims(old: Graph, new: Graph, found: Renaming) -> dict[str, str]:
    """Dimensions by pairs: one that is gone and one that is new, where types have it instead."""
    names = [{d.name for d in graph.dims} for graph in (old, new)]
    before = [d for d in old.dims if d.name not in names[1]]
    after = [d for d in new.dims if d.name not in names[0]]
    renamed: dict[str, str] = {}
    for dim in before:
        for mate in after:
            if mate.name in renamed.values() or dim.size != mate.size:
                continue
            tried = replace(found, dims={**renamed, dim.name: mate.name})
            types = [(tried.type(v.type), new.arguments[n].type) for n, v in old.arguments.items()
                     if n in new.arguments and _has(v, dim.name)]  # fmt: skip
            if types and all([one is other for one, other in types]):
                renamed[dim.name] = mate.name
                break
    return renamed


def _has(value: Value, dim: str) -> bool:
    return any(dim in re.findall(r"\w+", str(size)) for size in value.type.shape)


def _arguments(old: Graph, new: Graph, found: Renaming) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for before, after in ((old.params, new.params), (old.inputs, new.inputs),
                          (old.states, new.states)):  # fmt: skip
        renamed |= _candidates(before, after, found)
    while renamed:
        tried = replace(found, arguments=renamed)
        kept = _used_alike(old, new, tried)
        if kept == renamed:
            break
        renamed = kept
    return renamed


def _candidates(
    old: Iterable[Param | Input], new: Iterable[Param | Input], found: Renaming
) -> dict[str, str]:
    """What is gone and what is new by pairs, of one type and one start; those of one part first."""
    names = [{p.name for p in given} for given in (list(old), list(new))]
    before = [p for p in old if p.name not in names[1]]
    after = [p for p in new if p.name not in names[0]]
    pairs: dict[str, str] = {}
    for is_strict in (True, False):
        for one in before:
            for other in after:
                if one.name in pairs or other.name in pairs.values():
                    continue
                parts = [p.name.rpartition(".") for p in (one, other)]
                are_alike = parts[0][2] == parts[1][2] if is_strict else parts[0][1] == parts[1][1]
                is_typed = found.type(one.value.type) is other.value.type
                if are_alike and is_typed and starts_with(one) == starts_with(other):
                    pairs[one.name] = other.name
    return pairs


def _used_alike(old: Graph, new: Graph, tried: Renaming) -> dict[str, str]:
    """Those pairs whose uses are the same up to the names."""
    identities = Identities()
    before, after = (numbers_of(identities, *side) for side in ((old, tried), (new, Renaming())))
    readers = [_readers(graph) for graph in (old, new)]
    there = set(after.values())
    texts = {_text(n, {}) for nodes in readers[1].values() for n in nodes}
    kept = {}
    for one, other in tried.arguments.items():
        mine, theirs = readers[0][old.arguments[one]], readers[1][new.arguments[other]]
        if len(mine) != len(theirs):
            continue
        if all([_made_in(n, before, there) or _text(n, tried.names) in texts for n in mine]):
            kept[one] = other
    return kept


def _made_in(node: Node, numbers: Numbers, there: set[int]) -> bool:
    return all([numbers[v] in there for v in node.results])


def _readers(graph: Graph) -> Mapping[Value, list[Node]]:
    found: dict[Value, list[Node]] = {v: [] for v in graph.arguments.values()}
    for node in graph.nodes:
        for value in dict.fromkeys(node.operands):
            if value in found:
                found[value].append(node)
    return found


def _text(node: Node, names: Mapping[str, str]) -> tuple[str, str]:
    """What a node does, and its statement with the names that are used now."""
    span = node.origin.span
    if span is None:
        return node.name, ""

    def now(match: re.Match[str]) -> str:
        return names.get(match[0], match[0])

    return node.name, re.sub(r"(?<![\w.])[A-Za-z_]\w*", now, line_of(span))


def _outputs(old: Graph, new: Graph, found: Renaming) -> dict[str, str]:
    identities = Identities()
    before = numbers_of(identities, old, found)
    after = numbers_of(identities, new, Renaming())
    names = [{o.name for o in graph.outputs} for graph in (old, new)]
    losses = [{loss.name for loss in graph.losses} for graph in (old, new)]
    renamed: dict[str, str] = {}
    for one in old.outputs:
        for other in new.outputs:
            is_free = one.name not in names[1] and other.name not in names[0]
            is_loss = (one.name in losses[0]) == (other.name in losses[1])
            is_same = before[one.value] == after[other.value]
            if is_free and is_loss and is_same and other.name not in renamed.values():
                renamed[one.name] = other.name
                break
    return renamed
