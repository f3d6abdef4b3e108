"""Gather: what steps need not wait for is added up, or multiplied, before what they wait for.

`(h @ U + x @ W) + b` is `h @ U + (x @ W + b)`: only the first part is left to each step.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Scan, Value, applies
from gradc.ir.operation import Operation
from gradc.ir.origin import Origin
from gradc.passes.loops.twins import is_literal, waiting_values
from gradc.passes.trim import live_nodes
from gradc.records import dataclass, replace

_CHAINS = ("add", "multiply")


def gathered(scan: Scan, library: Library) -> Scan:
    """The scan whose sums and products have what is known before in one operand."""
    work = _Gathering(scan, library)
    for node in scan.nodes:
        work.add(node)
    results = [r for r in scan.body.results if r is not None]
    return replace(scan, nodes=live_nodes(work.builder.nodes, results))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The operands of a chain: what waits for the step before, what does not, and numbers."""

    waiting: list[Value]
    known: list[Value]
    numbers: list[Value]


class _Gathering:
    def __init__(self, scan: Scan, library: Library):
        self.builder = Builder(library, Origin(None, ""))
        self.reads = Counter(v for n in scan.nodes for v in n.operands)
        self.reads.update(r for r in scan.body.results if r is not None)
        self.makers: dict[Value, Node] = {r: n for n in scan.nodes for r in n.results}
        self.waiting = waiting_values(scan)
        self.rebuilt: dict[Value, Apply] = {}  # products of what waits and what does not
        self.numbers = {n.results[0] for n in scan.nodes if is_literal(n)}

    def add(self, node: Node) -> None:
        """The next node, its operands in another order where that leaves less to each step."""
        if type(node) is Apply and node.result in self.waiting and node.result.type.is_float:
            if node.name in _CHAINS:
                parts = self._parts(node)
                if len(parts.known) > 1 or (parts.known and parts.numbers):
                    self._rebuild(node, parts)
                    return
            elif node.name == "concatenate" and (products := self._products(node)):
                self._rebuild_pieces(node, products)
                return
        self.builder.nodes.append(node)

    def _parts(self, node: Apply) -> _Parts:
        parts = _Parts([], [], [])
        pending = list(reversed(node.operands))
        while pending:
            value = pending.pop()
            inner = self.makers.get(value)
            if type(inner) is Apply and self._belongs(inner, node):
                pending += reversed(inner.operands)
            elif value in self.numbers:
                parts.numbers.append(value)
            elif value in self.waiting:
                parts.waiting.append(value)
            else:
                parts.known.append(value)
        return parts

    def _belongs(self, inner: Apply, node: Apply) -> bool:
        """Whether an operand is a part of the chain, and read by nothing else."""
        value = inner.result
        return (
            inner.name == node.name
            and self.reads[value] == 1
            and (not value.named or inner.adjoint_of is not None)
            and value.type.dtype == node.result.type.dtype
        )

    def _rebuild(self, node: Apply, parts: _Parts) -> None:
        builder = self.builder
        builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
        short = node.result.name

        def chained(values: list[Value]) -> Value:
            return reduce(lambda a, b: builder.emit(node.op, (a, b), (), short), values)

        known = chained([*parts.numbers, *parts.known])
        known.nameless = True
        self._instead(node, node.op, chained(parts.waiting), known)

    def _products(self, node: Apply) -> list[tuple[Value, Value]]:
        """Of each piece that is joined, what waits and what it is multiplied with, or nothing."""
        found = []
        for value in node.operands:
            maker = self.rebuilt.get(value) or self.makers.get(value)
            if not applies(maker, "multiply") or self.reads[value] != 1:
                return []
            waiting, known = maker.operands
            if known in self.waiting:
                waiting, known = known, waiting
            if known in self.waiting or waiting.type != value.type or known.type != value.type:
                return []
            found.append((waiting, known))
        return found

    def _rebuild_pieces(self, node: Apply, products: list[tuple[Value, Value]]) -> None:
        """What is joined of products as one product of what is joined."""
        builder = self.builder
        builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
        short = node.result.name
        one, other = [
            builder.emit(node.op, values, node.attrs, short)
            for values in zip(*products, strict=True)
        ]
        other.nameless = True
        self._instead(node, builder.library.operation("multiply"), one, other)

    def _instead(self, node: Apply, op: Operation, waiting: Value, known: Value) -> None:
        """An operation on what waits and what does not, for the same result."""
        made = self.builder.emit(op, (waiting, known))
        assert made.type == node.result.type, f"{made} is no {node.result}"
        last = self.builder.nodes.pop()
        assert isinstance(last, Apply), "it was applied"
        last = last.copied(last.operands, node.results, node.origin, node.adjoint_of, node.span)
        self.builder.nodes.append(last)
        if last.name == "multiply":
            self.rebuilt[last.result] = last
