"""Stacks: what a loop stacks for its adjoint, made again by each step of that instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gradc.ir.graph import Graph
from gradc.ir.loop import stacked_type
from gradc.ir.node import (
    Captured,
    Collected,
    Node,
    Scan,
    Value,
    Walked,
    renamed_operands,
)
from gradc.records import dataclass, field, replace


def without_stacks(joint: Graph, dropped: frozenset[Value]) -> Graph:
    """The joint graph whose adjoint loops make again what these stacks would hold."""
    if not dropped:
        return joint
    count = len(joint.nodes)
    nodes = _without((*joint.nodes, *joint.adjoints), dropped)
    return joint.with_(nodes=nodes[:count], adjoints=nodes[count:])


def _without(nodes: Sequence[Node], dropped: frozenset[Value]) -> tuple[Node, ...]:
    """The nodes of a graph, or of a loop's body, without the stacks."""
    done = list(nodes)
    for i, scan in enumerate(nodes):
        if isinstance(scan, Scan) and not dropped.isdisjoint(scan.results):
            work = _Again(scan, {s.stack: s.value for s in scan.collected if s.stack in dropped})
            done = [work.adjoint(n) if isinstance(n, Scan) else n for n in done]
            done[i] = replace(scan, collected=(*scan.collected, *work.collected))
    return tuple([_inside(n, dropped) if isinstance(n, Scan) else n for n in done])


def _inside(scan: Scan, dropped: frozenset[Value]) -> Scan:
    nodes = _without(scan.nodes, dropped)
    return scan if nodes == scan.nodes else replace(scan, nodes=nodes)


def made_again(scan: Scan, value: Value, kept: Collection[Value]) -> list[Node]:
    """The nodes of a step that are run again for a value, from what is kept of each step."""
    producers = {r: n for n in scan.nodes for r in n.results}
    found: set[Node] = set()
    pending = [value]
    while pending:
        node = producers.get(pending.pop())
        if node is not None and node not in found:
            found.add(node)
            pending += [v for v in node.operands if v not in kept and _can_be_made(v, producers)]
    return [n for n in scan.nodes if n in found]


def _can_be_made(value: Value, producers: Mapping[Value, Node]) -> bool:
    node = producers.get(value)
    return node is not None and not isinstance(node, Scan) and not node.traits.impure


@dataclass(slots=True, eq=False)
class _Again:
    """A scan, and the elements of its stacks that its adjoints make again."""

    scan: Scan
    dropped: Mapping[Value, Value]  # the elements, by their stacks
    collected: list[Collected] = field(default_factory=list)  # what is stacked in their place

    def adjoint(self, scan: Scan) -> Scan:
        """The adjoint, which walks along none of the stacks that are dropped."""
        lost = {s.parameter: self.dropped[s.whole] for s in scan.walked if s.whole in self.dropped}
        if not lost:
            return scan
        walked = [s for s in scan.walked if s.parameter not in lost]
        captured = list(scan.captured)
        kept = {s.value: s.stack for s in (*self.scan.collected, *self.collected) if s.axis == 0}
        kept = {v: stack for v, stack in kept.items() if stack not in self.dropped}
        there: dict[Value, Value] = {}
        nodes = {n for v in lost.values() for n in made_again(self.scan, v, kept)}
        again: list[Node] = []
        for node in [n for n in self.scan.nodes if n in nodes]:
            for value in node.operands:
                if value not in there:
                    there[value] = self._given(value, kept, walked, captured)
            copy = renamed_operands(node, there)
            results = tuple([r.again() for r in node.results])
            again.append(copy.copied(copy.operands, results, node.origin, scan, node.span))
            there.update(zip(node.results, results, strict=True))
        moved = {parameter: there[value] for parameter, value in lost.items()}
        return replace(
            scan,
            carried=tuple(
                [replace(s, following=moved.get(s.following, s.following)) for s in scan.carried]
            ),
            walked=tuple(walked),
            captured=tuple(captured),
            collected=tuple(
                [replace(s, value=moved.get(s.value, s.value)) for s in scan.collected]
            ),
            nodes=(*again, *[renamed_operands(n, moved) for n in scan.nodes]),
        )

    def _given(
        self,
        value: Value,
        kept: dict[Value, Value],
        walked: list[Walked],
        captured: list[Captured],
    ) -> Value:
        """What the adjoint has of a step in place of a value that is not made again."""
        for slot in self.scan.captured:
            if slot.parameter is value:
                for other in captured:
                    if other.value is slot.value:
                        return other.parameter
                captured.append(Captured(value.again(), slot.value))
                return captured[-1].parameter
        whole, axis, start = None, 0, 0
        for walk in self.scan.walked:
            if walk.parameter is value:
                whole, axis, start = walk.whole, walk.axis, walk.start
        if whole is None:
            if value not in kept:
                stack = Value(
                    f"{value.name}_steps",
                    stacked_type(value.type, self.scan.count, 0),
                    nameless=value.nameless,
                )
                self.collected.append(Collected(value, stack, 0))
                kept[value] = stack
            whole = kept[value]
        for seen in walked:
            if seen.whole is whole and (seen.axis, seen.start) == (axis, start):
                return seen.parameter
        walked.append(Walked(value.again(), whole, axis, start))
        return walked[-1].parameter
