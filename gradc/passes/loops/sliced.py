"""Sliced: what is joined, computed with and taken apart again is computed with piece by piece.

That is more calls, so it is done where pieces wait for different recurrences, or different ones
wait for them: the others can be made before the loop, or behind it.
"""

from __future__ import annotations

from collections import defaultdict

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Fragment, Node, Scan, Value, applies, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.slices import FULL
from gradc.passes.loops.gates import slice_of
from gradc.passes.loops.levels import Levels, levels_of
from gradc.passes.trim import live_nodes
from gradc.records import dataclass, field


def sliced(scan: Scan, library: Library) -> Scan:
    """The scan with slices of what was joined made of the pieces."""
    work = _Slicing(scan, library, levels_of(scan))
    chosen = work.chosen()
    if not chosen:
        return scan
    for node in scan.nodes:
        work.add(node, node in chosen)
    results = tuple([work.moved.get(r, r) for r in scan.body.results if r is not None])
    nodes = live_nodes(work.builder.nodes, results)
    return scan.with_body(Fragment(scan.parameters, nodes, results))


@dataclass(slots=True)
class _Slicing:
    scan: Scan
    library: Library
    levels: Levels
    builder: Builder = field(init=False)
    moved: dict[Value, Value] = field(default_factory=dict)
    _makers: dict[Value, Apply] = field(default_factory=dict)
    _pieces: dict[tuple[Value, int, int], Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.builder = Builder(self.library, Origin(None, ""))
        self._makers.update((n.result, n) for n in self.scan.nodes if type(n) is Apply)

    def chosen(self) -> set[Node]:
        """The slices to be made of pieces, by what they are slices of."""
        found: dict[Value, list[tuple[Apply, Value]]] = defaultdict(list)
        for node in self.scan.nodes:
            if not applies(node, "index") or (bounds := slice_of(node)) is None:
                continue
            (whole,) = node.operands
            joined = self._joined(whole, *bounds)
            if joined is not None and self.levels.of(whole) >= 0:
                found[whole].append((node, joined))
        return {
            node
            for whole, slices in found.items()
            if self._differ(whole, slices)
            for node, _ in slices
        }

    def _differ(self, whole: Value, slices: list[tuple[Apply, Value]]) -> bool:
        """Whether a slice has to wait for less than the whole, or for less of them does."""
        at = self.levels.of(whole)
        late = {self.levels.needed.get(node.result, self.levels.top) for node, _ in slices}
        return any(self.levels.of(piece) < at for _, piece in slices) or len(late) > 1

    def _joined(self, whole: Value, start: int, stop: int) -> Value | None:
        """The piece that waits longest of those that a slice is made of, where it is made of
        pieces, and of slices of what is known before."""
        node = self._makers.get(whole)
        if applies(node, "concatenate"):
            return _piece_at(node, start, stop)
        if node is None or not node.traits.elementwise or node.traits.impure:
            return None
        found: Value | None = None
        for value in node.operands:
            if value.type.shape[-1:] in ((), (1,)):
                continue
            if self.levels.of(value) >= 0:
                piece = self._joined(value, start, stop)
                if piece is None:
                    return None
                if found is None or self.levels.of(piece) > self.levels.of(found):
                    found = piece
        return found

    def add(self, node: Node, is_chosen: bool) -> None:
        """The next node, made of pieces if it is chosen."""
        node = renamed_operands(node, self.moved)
        bounds = slice_of(node) if is_chosen and type(node) is Apply else None
        if bounds is None:
            self.builder.nodes.append(node)
            return
        builder = self.builder
        builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
        before = len(builder.nodes)
        made = self._made(node.operands[0], *bounds)
        if len(builder.nodes) == before:  # it is there
            self.moved[node.results[0]] = made
            return
        last = builder.nodes.pop()
        builder.nodes.append(
            last.copied(last.operands, node.results, node.origin, node.adjoint_of, node.span)
        )
        self._pieces[(node.operands[0], *bounds)] = node.results[0]

    def _made(self, whole: Value, start: int, stop: int) -> Value:
        """The elements of a value from one to another."""
        node = self._makers.get(whole)
        if self.levels.of(whole) >= 0 and applies(node, "concatenate"):
            found = _piece_at(node, start, stop)
            assert found is not None, "it is a piece"
            return self.moved.get(found, found)
        key = (whole, start, stop)
        if key not in self._pieces:
            if self.levels.of(whole) < 0:
                entries = (*[FULL] * (whole.type.rank - 1), (start or None, stop, None))
                operation, operands, attrs = self.library.operation("index"), [whole], (entries,)
            else:
                assert node is not None, "it is made"
                operation, attrs = node.op, node.attrs
                operands = [
                    v if v.type.shape[-1:] in ((), (1,)) else self._made(v, start, stop)
                    for v in node.operands
                ]
            self._pieces[key] = self.builder.emit(operation, operands, attrs)
        return self._pieces[key]


def _piece_at(node: Apply, start: int, stop: int) -> Value | None:
    """The operand that is joined along the last axis from one element to another."""
    if node.attr("axis") % node.result.type.rank != node.result.type.rank - 1:
        return None
    at = 0
    for value in node.operands:
        width = value.type.shape[-1]
        if not isinstance(width, int):
            return None
        if (at, at + width) == (start, stop):
            return value
        at += width
    return None
