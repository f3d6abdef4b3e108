"""Segment: a long scan becomes a scan over segments, each a scan that backward runs again.

Only the values carried into each segment are saved. With segments of about √T steps, backward
holds about 2·√T steps at a time instead of T, and runs the steps once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from gradc.ir.builder import Builder
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.loop import fresh, sliced_type
from gradc.ir.node import Captured, Collected, Node, Scan, Value, Walked, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.sizes import Size, floor_divide
from gradc.passes.inline import moved_outputs


def segment(graph: Graph, steps: int | Mapping[Node, int], library: Library) -> Graph:
    """The graph with its scans cut into segments of so many steps, and what is left.

    Each of them is, or those that have a length of their own.
    """
    moved: dict[Value, Value] = {}
    builder = Builder(library, Origin(None, ""))
    for node in graph.nodes:
        length = steps if isinstance(steps, int) else steps.get(node)
        node = renamed_operands(node, moved)
        if length is not None and can_cut(node) and not _is_short(node, length):
            builder.origin, builder.span = node.origin, node.span
            moved.update(_Segments(node, length, builder).results())
        else:
            builder.nodes.append(node)
    return graph.with_(
        nodes=tuple(builder.nodes),
        outputs=moved_outputs(graph.outputs, moved),
        updates=moved_outputs(graph.updates, moved),
        checks=tuple(dict.fromkeys([*graph.checks, *builder.checks])),
    )


def can_cut(node: Node) -> TypeGuard[Scan]:
    """Whether its steps may be run again: draws are made once."""
    return isinstance(node, Scan) and not node.reverse and not node.traits.impure


def _is_short(scan: Scan, steps: int) -> bool:
    return isinstance(scan.count, int) and scan.count <= steps


class _Segments:
    def __init__(self, scan: Scan, steps: int, builder: Builder):
        self.scan, self.steps, self.builder = scan, steps, builder
        self.segments: Size = floor_divide(scan.count, steps)
        self.cut: Size = self.segments * steps  # the steps that whole segments cover
        self.names = [s.parameter.name for s in scan.carried]
        self.names += [s.value.name for s in scan.collected]

    def results(self) -> dict[Value, Value]:
        """What stands for each result of the scan."""
        scan = self.scan
        whole = self._whole()
        made = [slot.result for slot in whole.carried]
        stacks = [self._flat(slot) for slot in whole.collected]
        if self.cut != scan.count:
            rest = self._rest(made)
            made = [slot.result for slot in rest.carried]
            join = self.builder.library.operation("concatenate")
            stacks = [
                self.builder.emit(join, [stack, slot.stack], (slot.axis,))
                for stack, slot in zip(stacks, rest.collected, strict=True)
            ]
        found = dict(zip(scan.results, [*made, *stacks], strict=True))
        for old, new in found.items():
            new.name, new.named = old.name, old.named
        return found

    def _slice(self, slot: Walked, start: Size | None, stop: Size | None) -> Value:
        index = self.builder.library.operation("index")
        entries: tuple[Any, ...] = (*((None, None, None),) * slot.axis, (start, stop, None))
        return self.builder.emit(index, [slot.whole], (entries,))

    def _whole(self) -> Scan:
        """The scan over whole segments, whose body is a scan over the steps of one."""
        scan, builder = self.scan, self.builder
        reshape = builder.library.operation("reshape")
        walked = []
        for slot in scan.walked:
            whole = slot.whole if self.cut == scan.count else self._slice(slot, None, self.cut)
            shape, axis = whole.type.shape, slot.axis
            cut = (*shape[:axis], self.segments, self.steps, *shape[axis + 1 :])
            whole = builder.emit(reshape, [whole], (cut,))
            part = Value(f"{slot.parameter.name}_part", sliced_type(whole.type, axis))
            walked.append(Walked(part, whole, axis))
        carried = [slot.parameter.again() for slot in scan.carried]
        captured = [Captured(slot.parameter.again(), slot.value) for slot in scan.captured]
        within = Builder(builder.library, scan.origin)
        within.span = scan.span
        parts, seen = [w.parameter for w in walked], [c.parameter for c in captured]
        inner = self._repeat(within, carried, parts, seen, self.steps, recomputed=True)
        for result, old in zip(inner.results, scan.results, strict=True):
            result.name = old.name
        return builder.scan(
            [
                (parameter, slot.initial, last.result)
                for parameter, slot, last in zip(carried, scan.carried, inner.carried, strict=True)
            ],
            walked,
            captured,
            [(slot.stack, slot.axis) for slot in inner.collected],
            [inner],
            self.segments,
            self.names,
        )

    def _flat(self, slot: Collected) -> Value:
        """A stack of the segments' stacks as one: [.., S, K, ..] to [.., S * K, ..]."""
        shape, axis = slot.stack.type.shape, slot.axis
        flat = (*shape[:axis], self.cut, *shape[axis + 2 :])
        return self.builder.emit(self.builder.library.operation("reshape"), [slot.stack], (flat,))

    def _rest(self, carried: Sequence[Value]) -> Scan:
        """The scan over the steps that are left."""
        wholes = [self._slice(slot, self.cut, None) for slot in self.scan.walked]
        count = self.scan.count - self.cut
        if wholes:
            count = wholes[0].type.shape[self.scan.walked[0].axis]
        captured = [slot.value for slot in self.scan.captured]
        return self._repeat(self.builder, carried, wholes, captured, count)

    def _repeat(
        self,
        builder: Builder,
        initial: Sequence[Value],
        wholes: Sequence[Value],
        captured: Sequence[Value],
        count: Size,
        *,
        recomputed: bool = False,
    ) -> Scan:
        """The body of the scan, repeated over some of its steps."""
        body, _ = fresh(self.scan.body)
        own = self.scan.with_body(body)
        return builder.scan(
            [(s.parameter, v, s.following) for s, v in zip(own.carried, initial, strict=True)],
            [Walked(s.parameter, v, s.axis) for s, v in zip(own.walked, wholes, strict=True)],
            [Captured(s.parameter, v) for s, v in zip(own.captured, captured, strict=True)],
            [(s.value, s.axis) for s in own.collected],
            own.nodes,
            count,
            self.names,
            recomputed=recomputed,
        )
