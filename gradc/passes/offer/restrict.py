"""Restrict: linear nodes where only some of their seeds are not 0. What is 0 then falls away.

It falls away inside loops too, with what they carry, walk along and stack of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Node, Scan, Value, applies, renamed_operands
from gradc.ir.origin import Origin
from gradc.records import replace


def reached(
    nodes: Iterable[Node], seeds: Iterable[Value], *, all_of_loops: bool = False
) -> set[Value]:
    """The seeds, and what is made of them; of loops that they reach, what these reach of it."""
    found = set(seeds)
    for node in nodes:
        if found.isdisjoint(node.operands):
            continue
        if isinstance(node, Scan) and not all_of_loops:
            inside = _inside(node, found)
            found.update([s.result for s in node.carried if s.parameter in inside])
            found.update([s.stack for s in node.collected if s.value in inside])
        else:
            found.update(node.results)
    return found


def _inside(scan: Scan, around: Set[Value], *, all_of_loops: bool = False) -> set[Value]:
    """What is made of them in a loop's body, by any of its steps."""
    seeds = {p for p, v in zip(scan.parameters, scan.operands, strict=True) if v in around}
    while True:
        found = reached(scan.nodes, seeds, all_of_loops=all_of_loops)
        more = {s.parameter for s in scan.carried if s.following in found} - seeds
        if not more:
            return found
        seeds |= more


def restricted(
    nodes: Sequence[Node], moved: Set[Value], kept: Set[Value], library: Library
) -> tuple[list[Node], dict[Value, Value]]:
    """The nodes where, of all that is `moved`, only what is `kept` is not 0.

    Besides, what stands for values that a sum with 0 was.
    """
    work = _Restriction(library)
    work.run(nodes, moved, kept)
    return work.builder.nodes, work.there


class _Restriction:
    def __init__(self, library: Library):
        self.library = library
        self.builder = Builder(library, Origin(None, ""))
        self.there: dict[Value, Value] = {}

    def run(self, nodes: Iterable[Node], moved: Set[Value], kept: Set[Value]) -> None:
        for node in nodes:
            if kept.isdisjoint(node.results):
                if moved.isdisjoint(node.results):
                    self.builder.nodes.append(node)
                continue
            zeros = [v for v in node.operands if v in moved and v not in kept]
            if isinstance(node, Scan):
                self._loop(node, moved, kept)
            elif applies(node, "add") and len(zeros) == 1 and self._passes_on(node, zeros[0]):
                continue
            else:
                given = {v: self._zeros(v) for v in dict.fromkeys(zeros)}
                self.builder.nodes.append(renamed_operands(node, self.there | given))

    def _passes_on(self, node: Node, zero: Value) -> bool:
        """Whether a sum is its other operand, which stands for it from now on."""
        (other,) = [v for v in node.operands if v is not zero]
        if other.type != node.result.type:
            return False
        self.there[node.result] = self.there.get(other, other)
        return True

    def _loop(self, scan: Scan, moved: Set[Value], kept: Set[Value]) -> None:
        inner_moved, inner_kept = _inside(scan, moved, all_of_loops=True), _inside(scan, kept)

        def is_kept(value: Value) -> bool:
            return value not in inner_moved or value in inner_kept

        outer, self.builder = self.builder, Builder(self.library, Origin(None, ""))
        self.run(scan.nodes, inner_moved, inner_kept)
        carried = [s for s in scan.carried if is_kept(s.parameter)]
        followings = [
            self._there(s.following) if is_kept(s.following) else self._zeros(s.following)
            for s in carried
        ]
        inner, self.builder = self.builder.nodes, outer
        initials = [
            self._zeros(s.initial)
            if s.initial in moved and s.initial not in kept
            else self._there(s.initial)
            for s in carried
        ]
        slots = zip(carried, initials, followings, strict=True)
        self.builder.nodes.append(
            replace(
                scan,
                carried=tuple([replace(s, initial=i, following=f) for s, i, f in slots]),
                walked=tuple(
                    [
                        replace(s, whole=self._there(s.whole))
                        for s in scan.walked
                        if is_kept(s.parameter)
                    ]
                ),
                captured=tuple(
                    [
                        replace(s, value=self._there(s.value))
                        for s in scan.captured
                        if is_kept(s.parameter)
                    ]
                ),
                collected=tuple(
                    [
                        replace(s, value=self._there(s.value))
                        for s in scan.collected
                        if is_kept(s.value)
                    ]
                ),
                nodes=tuple(inner),
            )
        )

    def _there(self, value: Value) -> Value:
        return self.there.get(value, value)

    def _zeros(self, value: Value) -> Value:
        zeros = self.library.operation("zeros")
        return self.builder.emit(zeros, (), (value.type.shape, value.type.dtype))
