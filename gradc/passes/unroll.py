"""Unroll: a scan of a fixed count becomes that many copies of its body.

Slow to compile and long to read, and independent of how loops are differentiated and printed: what
the loop gives, the unrolled graph must give as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradc.diagnostics import error
from gradc.ir.builder import Builder
from gradc.ir.graph import Graph, Node, Origin, Value
from gradc.ir.loop import Loop
from gradc.ir.operation import Library
from gradc.passes.inline import moved_outputs, with_operands


def unroll(graph: Graph, library: Library) -> Graph:
    """The graph without scans. Raises DiagnosticError where a count is not fixed."""
    moved: dict[Value, Value] = {}
    builder = Builder(library, Origin(None, ""))
    _unroll_nodes(graph.nodes, builder, moved)
    return graph.with_(
        nodes=tuple(builder.nodes),
        outputs=moved_outputs(graph.outputs, moved),
        updates=moved_outputs(graph.updates, moved),
    )


def _unroll_nodes(nodes: Iterable[Node], builder: Builder, moved: dict[Value, Value]) -> None:
    for node in nodes:
        node = with_operands(node, tuple([moved.get(v, v) for v in node.operands]))
        if node.op.loop is None:
            builder.nodes.append(node)
        else:
            _unroll_loop(node, node.op.loop, builder, moved)


def _unroll_loop(node: Node, loop: Loop, builder: Builder, moved: dict[Value, Value]) -> None:
    if not isinstance(loop.count, int):
        raise error(
            "E0504", f"only a scan of a fixed count can be unrolled, this one has {loop.count}",
            node.span, helps=["`-D` fixes a dimension"],
        )  # fmt: skip
    builder.origin, builder.span = node.origin, node.span
    index, stack = builder.library.operation("index"), builder.library.operation("stack")
    carried = list(node.operands[: loop.carried])
    collected: list[list[Value | None]] = [[None] * loop.count for _ in loop.stacked]
    steps = range(loop.count)
    for t in reversed(steps) if loop.reverse else steps:
        builder.origin, builder.span = node.origin, node.span
        slices = [
            builder.emit(index, [operand], ((*((None, None, None),) * axis, t),))
            for operand, axis in zip(node.operands[loop.slices], loop.axes, strict=True)
        ]
        given = [*carried, *slices, *node.operands[loop.captured]]
        there = dict(zip(loop.body.parameters, given, strict=True))
        _copy(loop.body.nodes, builder, there)
        results = [there[r] for r in loop.body.results if r is not None]
        carried = results[: loop.carried]
        for values, value in zip(collected, results[loop.carried :], strict=True):
            values[t] = value
    moved.update(zip(node.results, carried, strict=False))
    for result, values, axis in zip(
        node.results[loop.carried :], collected, loop.stacked, strict=True
    ):
        if loop.count:
            moved[result] = builder.emit(stack, [v for v in values if v is not None], (axis,))
        else:
            zeros = builder.library.operation("zeros")
            kind = result.type
            moved[result] = builder.emit(zeros, (), (kind.shape, kind.dtype))


def _copy(nodes: Iterable[Node], builder: Builder, there: dict[Value, Value]) -> None:
    """The nodes of one step, their values its own."""
    for node in nodes:
        operands = tuple([there.get(v, v) for v in node.operands])
        if node.op.loop is not None:
            _unroll_loop(with_operands(node, operands), node.op.loop, builder, there)
            continue
        results = tuple([v.again() for v in node.results])
        there.update(zip(node.results, results, strict=True))
        builder.nodes.append(
            Node(node.op, operands, node.attrs, results, node.origin, None, node.span)
        )
