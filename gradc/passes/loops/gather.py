"""Gather: what steps need not wait for is added up, or multiplied, before what they wait for.

`(h @ U + x @ W) + b` is `h @ U + (x @ W + b)`: only the first part is left to each step.
"""

from __future__ import annotations

from collections import Counter
from functools import reduce

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.ir.origin import Origin
from gradc.passes.loops.twins import is_literal
from gradc.records import dataclass, replace

_CHAINS = ("add", "multiply")


def gathered(scan: Scan, library: Library) -> Scan:
    """The scan whose sums and products have what is known before in one operand."""
    work = _Gathering(scan, library)
    for node in scan.nodes:
        work.add(node)
    return replace(scan, nodes=tuple(work.builder.nodes))


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
        self.known = set(scan.parameters[len(scan.carried) :])
        self.numbers: set[Value] = set()

    def add(self, node: Node) -> None:
        """The next node, its operands in another order where that leaves less to each step."""
        if is_literal(node):
            self.numbers.update(node.results)
        elif type(node) is Apply and all(self._is_known(v) for v in node.operands):
            if not node.traits.impure:
                self.known.update(node.results)
        elif type(node) is Apply and node.name in _CHAINS and node.result.type.is_float:
            parts = self._parts(node)
            if len(parts.known) > 1 or (parts.known and parts.numbers):
                self._rebuild(node, parts)
                return
        self.builder.nodes.append(node)

    def _is_known(self, value: Value) -> bool:
        return value in self.known or value in self.numbers

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
            elif value in self.known:
                parts.known.append(value)
            else:
                parts.waiting.append(value)
        return parts

    def _belongs(self, inner: Apply, node: Apply) -> bool:
        """Whether an operand is a part of the chain, and read by nothing else."""
        value = inner.result
        return (
            inner.name == node.name
            and self.reads[value] == 1
            and not value.named
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
        self.known.add(known)
        made = builder.emit(node.op, (chained(parts.waiting), known))
        assert made.type == node.result.type, f"{made} is no {node.result}"
        last = builder.nodes.pop()
        builder.nodes.append(
            last.copied(last.operands, node.results, node.origin, node.adjoint_of, node.span)
        )
