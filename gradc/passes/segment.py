"""Segment: a long scan becomes a scan over segments, each a scan that backward runs again.

Only the values carried into each segment are saved. With segments of about √T steps, backward
holds about 2·√T steps at a time instead of T, and runs the steps once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradc.ir.builder import Builder
from gradc.ir.graph import Fragment, Graph, Node, Origin, Value
from gradc.ir.loop import Loop, fresh, loop_operation, sliced_type
from gradc.ir.operation import Library
from gradc.ir.sizes import Size, floor_divide
from gradc.passes.inline import moved_outputs, with_operands


def segment(graph: Graph, steps: int, library: Library) -> Graph:
    """The graph with each of its scans cut into segments of so many steps, and what is left."""
    moved: dict[Value, Value] = {}
    builder = Builder(library, Origin(None, ""))
    for node in graph.nodes:
        node = with_operands(node, tuple([moved.get(v, v) for v in node.operands]))
        loop = node.op.loop
        if loop is None or loop.reverse or (isinstance(loop.count, int) and loop.count <= steps):
            builder.nodes.append(node)
        else:
            builder.origin, builder.span = node.origin, node.span
            moved.update(_Segments(node, loop, steps, builder).results())
    return graph.with_(
        nodes=tuple(builder.nodes),
        outputs=moved_outputs(graph.outputs, moved),
        updates=moved_outputs(graph.updates, moved),
        checks=tuple(dict.fromkeys([*graph.checks, *builder.checks])),
    )


class _Segments:
    def __init__(self, node: Node, loop: Loop, steps: int, builder: Builder):
        self.node, self.loop, self.steps, self.builder = node, loop, steps, builder
        self.segments: Size = floor_divide(loop.count, steps)
        self.cut: Size = self.segments * steps  # the steps that whole segments cover

    def results(self) -> dict[Value, Value]:
        """What stands for each result of the scan."""
        node, loop = self.node, self.loop
        names = node.op.result_names
        whole = self._whole(names)
        made = list(whole[: loop.carried])
        stacks = [
            self._flat(stack, axis)
            for stack, axis in zip(whole[loop.carried :], loop.stacked, strict=True)
        ]
        if self.cut != loop.count:
            rest = self._rest(made, names)
            made = list(rest[: loop.carried])
            join = self.builder.library.operation("concatenate")
            stacks = [
                self.builder.emit(join, [a, b], (axis,))
                for a, b, axis in zip(stacks, rest[loop.carried :], loop.stacked, strict=True)
            ]
        found = dict(zip(node.results, [*made, *stacks], strict=True))
        for old, new in found.items():
            new.name, new.named = old.name, old.named
        return found

    def _slice(self, value: Value, axis: int, start: Size | None, stop: Size | None) -> Value:
        index = self.builder.library.operation("index")
        entries: tuple[Any, ...] = (*((None, None, None),) * axis, (start, stop, None))
        return self.builder.emit(index, [value], (entries,))

    def _sequences(self) -> list[tuple[Value, int]]:
        return list(zip(self.node.operands[self.loop.slices], self.loop.axes, strict=True))

    def _whole(self, names: Sequence[str]) -> tuple[Value, ...]:
        """The scan over whole segments."""
        loop, builder = self.loop, self.builder
        reshape = builder.library.operation("reshape")
        sequences = []
        for value, axis in self._sequences():
            if self.cut != loop.count:
                value = self._slice(value, axis, None, self.cut)
            shape = value.type.shape
            cut = (*shape[:axis], self.segments, self.steps, *shape[axis + 1 :])
            sequences.append(builder.emit(reshape, [value], (cut,)))
        body = self._segment_body(sequences, names)
        outer = replace(loop, body=body, count=self.segments)
        operands = [
            *self.node.operands[: loop.carried], *sequences, *self.node.operands[loop.captured]
        ]  # fmt: skip
        return builder.emit_all(loop_operation(outer, names), operands)

    def _segment_body(self, sequences: Sequence[Value], names: Sequence[str]) -> Fragment:
        """The body of the scan over segments: one scan over the steps of a segment."""
        loop = self.loop
        steps, _ = fresh(loop.body)
        inner = replace(loop, body=steps, count=self.steps, recomputed=True)
        parameters = loop.body.parameters
        carried = [p.again() for p in parameters[: loop.carried]]
        slices = [
            Value(f"{p.name}_part", sliced_type(s.type, axis))
            for p, s, axis in zip(parameters[loop.slices], sequences, loop.axes, strict=True)
        ]
        captured = [p.again() for p in parameters[loop.captured]]
        builder = Builder(self.builder.library, self.node.origin)
        builder.span = self.node.span
        results = builder.emit_all(loop_operation(inner, names), [*carried, *slices, *captured])
        for result, old in zip(results, self.node.results, strict=True):
            result.name = old.name
        return Fragment((*carried, *slices, *captured), tuple(builder.nodes), results)

    def _flat(self, stack: Value, axis: int) -> Value:
        """A stack of the segments' stacks as one: [.., S, K, ..] to [.., S * K, ..]."""
        shape = stack.type.shape
        flat = (*shape[:axis], self.cut, *shape[axis + 2 :])
        return self.builder.emit(self.builder.library.operation("reshape"), [stack], (flat,))

    def _rest(self, carried: Sequence[Value], names: Sequence[str]) -> tuple[Value, ...]:
        """The scan over the steps that are left."""
        loop = self.loop
        sequences = [self._slice(v, axis, self.cut, None) for v, axis in self._sequences()]
        count = self.loop.count - self.cut
        if sequences:
            count = sequences[0].type.shape[loop.axes[0]]
        body, _ = fresh(loop.body)
        rest = replace(loop, body=body, count=count)
        operands = [*carried, *sequences, *self.node.operands[loop.captured]]
        return self.builder.emit_all(loop_operation(rest, names), operands)
