"""States: what a loop carries is saved once, where both a step's beginning and its end are.

The stack of what the steps start from and that of what they leave are one, but for a step: with the
first value in front, one array holds both, and what reads a stack looks into that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.loop import stacked_type
from gradc.ir.node import Apply, Carried, Fragment, Node, Scan, Value, renamed_operands
from gradc.records import dataclass, field, replace

Part: TypeAlias = tuple[int | None, int | None, None]
_BEGINNINGS: Part = (None, -1, None)
_ENDS: Part = (1, None, None)


def keep_states(graph: Graph, library: Library) -> Graph:
    """The graph whose loops keep the states that they stack twice."""
    results = {o.value for o in (*graph.outputs, *graph.updates, *graph.gradients)}
    work = _States(library)
    nodes = work.kept(graph.nodes, results)
    return graph.with_(nodes=nodes, adjoints=work.kept(graph.adjoints, results))


def with_states(
    nodes: Iterable[Node], results: Collection[Value], library: Library
) -> tuple[Node, ...]:
    """The nodes of a routine, whose loops keep the states that they stack twice."""
    return _States(library).kept(nodes, results)


@dataclass(slots=True)
class _States:
    library: Library
    parts: dict[Value, tuple[Value, Part]] = field(default_factory=dict)  # what stacks are now

    def kept(self, nodes: Iterable[Node], results: Collection[Value]) -> tuple[Node, ...]:
        """The nodes of a graph or of a body."""
        nodes = tuple(nodes)
        if not self.parts and Scan not in map(type, nodes):
            return nodes
        done: list[Node] = []
        for node in nodes:
            if isinstance(node, Scan):
                done += self._scan(node, results)
            else:
                done += self._reading(node, results)
        return tuple(done)

    def _reading(self, node: Node, results: Collection[Value]) -> list[Node]:
        """The node with views of states for the stacks that it read, to be written within it."""
        views: dict[Value, Apply] = {}
        for stack in node.operands:
            if stack in self.parts and stack not in results:
                kept, part = self.parts[stack]
                views[stack] = self._view(Value(stack.name, stack.type), kept, part, node)
        if not views:
            return [node]
        there = {stack: view.result for stack, view in views.items()}
        return [*views.values(), renamed_operands(node, there)]

    def _scan(self, scan: Scan, results: Collection[Value]) -> list[Node]:
        """The scan, keeping states in place of stacks, and the views that are results."""
        made = tuple([r for r in scan.body.results if r is not None])
        scan = scan.with_body(Fragment(scan.parameters, self.kept(scan.nodes, made), made))
        carried: list[Carried] = []
        parts: dict[Value, tuple[Value, Part]] = {}
        for slot in scan.carried:
            beginnings, ends = _stacks(scan, slot.parameter), _stacks(scan, slot.following)
            # No two results that the caller gets share memory.
            shown = [stack for stack in (*beginnings, *ends, slot.states) if stack in results]
            if scan.reverse or not beginnings or not ends or len(shown) > 1:
                carried.append(slot)
                continue
            kept = slot.states or _states_of(slot, scan, beginnings[0], ends[0], results)
            carried.append(replace(slot, states=kept))
            parts |= dict.fromkeys(beginnings, (kept, _BEGINNINGS))
            parts |= dict.fromkeys(ends, (kept, _ENDS))
        collected = tuple([slot for slot in scan.collected if slot.stack not in parts])
        smaller = replace(scan, carried=tuple(carried), collected=collected)
        found = self._reading(self._walking(smaller), results)
        self.parts |= parts
        return [*found, *(self._view(s, *parts[s], scan) for s in parts if s in results)]

    def _walking(self, scan: Scan) -> Scan:
        """The scan walking along the states themselves."""
        walked = list(scan.walked)
        for i, slot in enumerate(walked):
            if slot.whole in self.parts and slot.axis == 0:
                kept, part = self.parts[slot.whole]
                walked[i] = replace(slot, whole=kept, start=part[0] or 0)
        return replace(scan, walked=tuple(walked))

    def _view(self, stack: Value, kept: Value, part: Part, at: Node) -> Apply:
        op = self.library.operation("index")
        return Apply(op, (kept,), ((part,),), (stack,), at.origin, at.adjoint_of, at.span)


def _stacks(scan: Scan, value: Value) -> list[Value]:
    """The stacks of a value along the first axis."""
    return [slot.stack for slot in scan.collected if slot.value is value and slot.axis == 0]


def _states_of(
    slot: Carried, scan: Scan, beginnings: Value, ends: Value, results: Collection[Value]
) -> Value:
    """A value for the states. It goes by the user's name for the ends if nothing else has to."""
    kind = stacked_type(slot.parameter.type, scan.count + 1, 0)
    if ends.named and ends not in results:
        return Value(ends.name, kind, named=True)
    return Value(beginnings.name, kind, nameless=beginnings.nameless)
