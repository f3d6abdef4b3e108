"""Candidates: what is saved, and what it would cost to make it again in its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gradc.ir.aliases import views_behind
from gradc.ir.cost import bytes_of, flops_of
from gradc.ir.graph import Graph
from gradc.ir.loop import walks
from gradc.ir.node import Node, Scan, Value
from gradc.ir.sizes import known
from gradc.passes.memory.stacks import made_again
from gradc.passes.partition import remade
from gradc.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A value that could be made again, by itself or by each step of a loop."""

    value: Value  # what it is called
    bytes: int
    flops: int  # of what is run again where all else is saved
    dropped: frozenset[Value]  # what is run again then


def candidates_of(joint: Graph, dims: Mapping[str, int]) -> list[Candidate]:
    """What is saved and is no argument, in the order in which it is made."""
    producers = {r: n for n in joint.nodes for r in n.results}
    saved = remade(joint.adjoints, producers, joint)[1]
    arguments = set(joint.arguments.values())
    kept = {views_behind(v, producers)[1] for v in saved} | arguments
    views = _views(joint.nodes, producers)
    found = []
    for value in dict.fromkeys(views_behind(v, producers)[1] for v in saved):
        node = producers.get(value)
        size = known(bytes_of(value), dims)
        if value in arguments or node is None or not size or node.traits.impure:
            continue
        if isinstance(node, Scan):  # stacks are looked at below
            continue
        nodes = _closure(node, kept, producers)
        made = {r for n in nodes for r in n.results}
        made |= {v for r in made for v in views.get(r, ())}
        flops = sum(known(flops_of(n), dims) for n in nodes)
        found.append(Candidate(value, size, flops, frozenset(made)))
    shown = {o.value for o in (*joint.outputs, *joint.updates)}
    return [*found, *_stacks((*joint.nodes, *joint.adjoints), shown, 1, dims)]


def _stacks(
    nodes: Sequence[Node], shown: Collection[Value], times: int, dims: Mapping[str, int]
) -> Iterator[Candidate]:
    """Stacks that loops of the adjoint alone walk along, and that are made by what is no loop.

    In loops that are cut, segments are loops that are run again, so many times.
    """
    readers: dict[Value, list[Node]] = {}
    for node in nodes:
        for value in node.operands:
            readers.setdefault(value, []).append(node)
    for scan in nodes:
        if not isinstance(scan, Scan):
            continue
        count = known(scan.count, dims) * times
        makers = {r: n for n in scan.nodes for r in n.results}
        for slot in scan.collected:
            maker = makers.get(slot.value)
            if slot.axis or maker is None or isinstance(maker, Scan) or maker.traits.impure:
                continue
            stack, users = slot.stack, readers.get(slot.stack, [])
            if not users or stack in shown or not all(_walks(n, stack) for n in users):
                continue
            kept = {s.value for s in scan.collected if s is not slot}
            again = made_again(scan, slot.value, kept)
            flops = count * sum([known(flops_of(n), dims) for n in again])
            size = known(bytes_of(stack), dims)
            if size:
                yield Candidate(slot.value, size, flops, frozenset({stack}))
        if scan.adjoint_of is not None:
            made = {r for r in scan.body.results if r is not None}
            yield from _stacks(scan.nodes, made, count, dims)


def _walks(node: Node, stack: Value) -> bool:
    """Whether a node is a loop of the adjoint that reads elements of a stack, and no more."""
    return node.adjoint_of is not None and walks(node, stack)


def _closure(node: Node, kept: Collection[Value], producers: Mapping[Value, Node]) -> list[Node]:
    """A node, and what it is made of that is not kept; loops and draws are not run again."""
    found = {node: None}
    pending = list(node.operands)
    while pending:
        value = pending.pop()
        before = producers.get(value)
        if value in kept or before is None or before in found:
            continue
        if isinstance(before, Scan) or before.traits.impure:
            continue
        found[before] = None
        pending += before.operands
    return list(found)


def _views(nodes: Iterable[Node], producers: Mapping[Value, Node]) -> dict[Value, list[Value]]:
    """The views of each value, by what they look into."""
    found: dict[Value, list[Value]] = {}
    for node in nodes:
        if node.traits.view is not None:
            root = views_behind(node.result, producers)[1]
            found.setdefault(root, []).append(node.result)
    return found


def thinned(candidates: Sequence[Candidate], parts: int) -> list[Candidate]:
    """All but one candidate of each of so many parts, the smallest: what lies between them."""
    together, so_far = sum(c.bytes for c in candidates), 0
    cut: list[list[Candidate]] = [[] for _ in range(parts)]
    for candidate in candidates:
        cut[min(so_far * parts // max(together, 1), parts - 1)].append(candidate)
        so_far += candidate.bytes
    left = []
    for part in cut:
        kept = min(reversed(part), key=lambda c: c.bytes, default=None)
        left += [c for c in part if c is not kept]
    return left
