"""Unroll: a scan of a fixed count becomes that many copies of its body.

Slow to compile and long to read, and independent of how loops are differentiated and printed: what
the loop gives, the unrolled graph must give as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradc.budget import Budget
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.ir.builder import Builder
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Collected, Node, Scan, Value, renamed_operands
from gradc.ir.origin import Origin
from gradc.passes.inline import moved_outputs


def unroll(graph: Graph, library: Library, budget: Budget | None = None) -> Graph:
    """The graph without scans. Raises DiagnosticError where a count is not fixed, Exhausted."""
    moved: dict[Value, Value] = {}
    builder = Builder(library, Origin(None, ""), budget)
    _unroll_nodes(graph.nodes, builder, moved)
    return graph.with_(
        nodes=tuple(builder.nodes),
        outputs=moved_outputs(graph.outputs, moved),
        updates=moved_outputs(graph.updates, moved),
    )


def _unroll_nodes(nodes: Iterable[Node], builder: Builder, moved: dict[Value, Value]) -> None:
    for node in nodes:
        node = renamed_operands(node, moved)
        if isinstance(node, Scan):
            _unroll_scan(node, builder, moved)
        else:
            builder.nodes.append(node)


def _unroll_scan(scan: Scan, builder: Builder, moved: dict[Value, Value]) -> None:
    """Writes out the steps; `moved` is told what the results are then."""
    if not isinstance(scan.count, int):
        message = f"only a scan of a fixed count can be unrolled, this one has {scan.count}"
        helps = ("`-D` fixes a dimension",)
        found = Diagnostic("E0504", message, scan.span, helps=helps)
        raise DiagnosticError([scan.shown(found)])
    builder.origin, builder.span = scan.origin, scan.span
    index, stack = builder.library.operation("index"), builder.library.operation("stack")
    carried = {slot: slot.initial for slot in scan.carried}
    collected: dict[Collected, dict[int, Value]] = {slot: {} for slot in scan.collected}
    steps = range(scan.count)
    for t in reversed(steps) if scan.reverse else steps:
        builder.origin, builder.span = scan.origin, scan.span
        there = {slot.parameter: value for slot, value in carried.items()}
        for walked in scan.walked:
            entries = (*((None, None, None),) * walked.axis, t)
            there[walked.parameter] = builder.emit(index, [walked.whole], (entries,))
        there.update((slot.parameter, slot.value) for slot in scan.captured)
        if builder.budget is not None:
            builder.budget.spend(max(1, len(scan.nodes)), scan.span)
        _copy(scan.nodes, builder, there)
        carried = {slot: there[slot.following] for slot in scan.carried}
        for slot, values in collected.items():
            values[t] = there[slot.value]
    moved.update((slot.result, value) for slot, value in carried.items())
    for slot, values in collected.items():
        if scan.count:
            made = [values[t] for t in steps]
            moved[slot.stack] = builder.emit(stack, made, (slot.axis,))
        else:
            kind = slot.stack.type
            zeros = builder.library.operation("zeros")
            moved[slot.stack] = builder.emit(zeros, (), (kind.shape, kind.dtype))


def _copy(nodes: Iterable[Node], builder: Builder, there: dict[Value, Value]) -> None:
    """The nodes of one step, their values its own."""
    for node in nodes:
        operands = tuple([there.get(v, v) for v in node.operands])
        if isinstance(node, Scan):
            _unroll_scan(
                node.copied(operands, node.results, node.origin, None, node.span), builder, there
            )
            continue
        results = tuple([v.again() for v in node.results])
        there.update(zip(node.results, results, strict=True))
        builder.nodes.append(node.copied(operands, results, node.origin, None, node.span))
