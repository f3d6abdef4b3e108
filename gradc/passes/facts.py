"""Facts of a graph: what is known of the numbers of each value, node by node.

`differentiate` asks it where a local derivative can be infinite. What a loop carries is supposed to
stay as it starts; where a step shows otherwise the supposition is widened until it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from gradc.ir.fact import (
    ANYTHING,
    FINITE,
    GIVEN,
    INPUT,
    LEFT_OUT,
    MASKED,
    UNKNOWN,
    Fact,
    exactly,
    hull,
    widened,
    written,
)
from gradc.ir.graph import Graph, Initialiser
from gradc.ir.loop import all_nodes
from gradc.ir.node import Apply, Call, Fragment, Node, Scan, Value
from gradc.ir.operation import Operation
from gradc.records import replace

_STEPS = 4  # after which something that a loop carries counts as anything


class Facts:
    """The facts of values met so far.

    Most of what a derivative asks is whether numbers are *tame*: finite, and never 0 because
    something was left out. What tame numbers are mostly put through leaves them so, whichever they
    are, and that is known without their facts.
    """

    def __init__(self) -> None:
        self._known: dict[Value, Fact] = {}
        self._deferred: dict[Value, Node] = {}  # what makes the values that are not looked at yet
        self._tame: set[Value] = set()
        self._staying: dict[tuple[Operation, tuple[Any, ...]], bool] = {}

    def __getitem__(self, value: Value) -> Fact:
        if value in self._deferred:
            self._look_at(value)
        return self._known.get(value, UNKNOWN)

    def defer(self, node: Node) -> None:
        """Adds the facts of what a node makes when they are asked for; most never are."""
        for result in node.results:
            self._deferred[result] = node
        if type(node) is Apply and self._tame.issuperset(node.operands) and self._stays_tame(node):
            self._tame.update(node.results)

    def _stays_tame(self, node: Apply) -> bool:
        """Whether an operation makes tame numbers of all that are tame."""
        key = (node.op, node.attrs)
        found = self._staying.get(key)
        if found is None:
            traits, found = node.traits, False
            if traits.range is not None and (traits.elementwise or traits.literal):
                found = _is_tame(traits.range([_ANY_TAME] * len(node.operands), node.attrs))
            self._staying[key] = found
        return found

    def is_tame(self, value: Value) -> bool:
        """Whether numbers are finite, and not 0 because something was left out or not chosen."""
        return value in self._tame or _is_tame(self[value])

    def _look_at(self, value: Value) -> None:
        deferred, pending = self._deferred, [value]
        while pending:
            node = deferred.get(pending[-1])
            if node is None:
                pending.pop()
            elif waiting := [v for v in node.operands if v in deferred]:
                pending += waiting
            else:
                for result in node.results:
                    del deferred[result]
                self.add(node)

    def state(self, value: Value, fact: Fact) -> None:
        """Says what is known of a value from elsewhere."""
        self._known[value] = replace(fact, about=value, type=value.type)
        (self._tame.add if _is_tame(fact) else self._tame.discard)(value)

    def visit(self, nodes: Iterable[Node]) -> None:
        """Adds the facts of what nodes make; those of what they read are there."""
        for node in nodes:
            self.add(node)

    def add(self, node: Node) -> None:
        """Adds the fact of what a node makes."""
        if not self._deferred.keys().isdisjoint(node.operands):
            for value in node.operands:
                self._look_at(value)
        if type(node) is Apply:
            self._apply(node)
        elif isinstance(node, Call):
            self._call(node)
        elif isinstance(node, Scan):
            self._scan(node)

    def _apply(self, node: Apply) -> None:
        rule = node.traits.range
        if rule is None:
            return
        known = self._known
        found = rule([known.get(v, UNKNOWN) for v in node.operands], node.attrs)
        (value,) = node.results
        known[value] = Fact(
            found.low, found.high, found.nan, found.nonzero, found.left_out, found.given,
            found.anchored, found.relation, value, value.type,
        )  # fmt: skip

    def _call(self, call: Call) -> None:
        body = call.function.body
        found = self.of_fragment(body, [self[v] for v in call.operands])
        for value, fact in zip(call.results, found, strict=True):
            self.state(value, replace(fact, relation=None))

    def of_fragment(self, body: Fragment, given: Sequence[Fact]) -> list[Fact]:
        """What is known of the results of a body, given that of its parameters."""
        inner = Facts()
        for parameter, fact in zip(body.parameters, given, strict=True):
            inner.state(parameter, replace(fact, relation=None))
        inner.visit(body.nodes)
        return [inner[r] for r in body.results if r is not None]

    def settle(
        self, carried: dict[Value, Fact], step: Callable[[], None], followings: Sequence[Value]
    ) -> None:
        """Widens what is supposed of values until it holds of what a step makes of them too."""
        widenings = Counter[Value]()
        while True:
            for value, fact in carried.items():
                self.state(value, fact)
            step()
            wrong = [
                (value, self[after])
                for value, after in zip(carried, followings, strict=True)
                if carried[value] is not ANYTHING and not self[after].within(carried[value])
            ]
            if not wrong:
                return
            for value, after in wrong:
                widenings[value] += 1
                is_last = widenings[value] >= _STEPS
                carried[value] = ANYTHING if is_last else widened(carried[value], after)

    def _scan(self, scan: Scan) -> None:
        for walked in scan.walked:
            self.state(walked.parameter, hull(self[walked.whole]))
        for seen in scan.captured:
            self.state(seen.parameter, hull(self[seen.value]))
        carried = {s.parameter: hull(self[s.initial]) for s in scan.carried}
        followings = [s.following for s in scan.carried]
        self.settle(carried, lambda: self.visit(scan.nodes), followings)
        for slot in scan.carried:
            self.state(slot.result, carried[slot.parameter])
            if slot.states is not None:
                self.state(slot.states, carried[slot.parameter])
        for made in scan.collected:
            self.state(made.stack, hull(self[made.value]))


def facts_of(graph: Graph) -> Facts:
    """The facts of a graph's arguments and of what its nodes make.

    A state is what the last call made of it, and the first one of its starting value.
    """
    facts = Facts()
    doubted = _doubts(graph.nodes)
    stated = {p.name: p.initialiser.data for p in graph.params}
    stated |= {i.name: i.example for i in graph.inputs}
    infinite = {n for n, d in stated.items() if d is not None and not written(d).finite}
    inputs = {i.name for i in graph.inputs}
    for name, value in graph.arguments_in_order:
        fact = _argument(value, doubted or name in infinite)
        if name in inputs:  # which may be a mask
            fact = replace(fact, given=INPUT, left_out=MASKED)
        else:
            fact = replace(fact, given=GIVEN)
        facts.state(value, fact)
    states = {s.value: _start(s.initialiser) for s in graph.states}
    updates = [u.value for u in graph.updates]
    if not states and Scan not in map(type, graph.nodes):
        for node in graph.nodes:
            facts.defer(node)
        return facts
    facts.settle(states, lambda: facts.visit(graph.nodes), updates)
    return facts


_ANY_TAME = replace(FINITE, left_out=MASKED, given=INPUT)


def _is_tame(fact: Fact) -> bool:
    return fact.finite and fact.left_out != LEFT_OUT


def _start(initialiser: Initialiser) -> Fact:
    """What is known of the numbers that something starts from."""
    match initialiser.kind:
        case "value" if initialiser.data is not None:
            return written(initialiser.data)
        case "zeros" | "ones":
            return exactly(initialiser.kind == "ones")
    return FINITE


def _argument(value: Value, doubted: bool) -> Fact:
    if value.type.dtype == "bool":
        return hull(exactly(0), exactly(1))
    if not value.type.is_float:
        return FINITE
    return UNKNOWN if doubted else FINITE


def _doubts(nodes: Iterable[Node]) -> bool:
    """Whether a graph asks whether numbers are finite: then they cannot be taken to be."""
    return any([n.traits.doubts for n in all_nodes(nodes)])
