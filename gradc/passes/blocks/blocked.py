"""From regions to loops: a scan whose steps see a block of each array."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain, count
from typing import Any

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.loop import sliced_type
from gradc.ir.node import Apply, Captured, Node, Value, Walked, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.sizes import Poly, Size, dimension, floor_divide, product
from gradc.ir.types import Type
from gradc.passes.blocks.late import Endings, made_late
from gradc.passes.blocks.regions import Region, block_of, width_of
from gradc.passes.blocks.rows import shifted

ROWS = "rows"  # what parts of arrays, and the dimension that counts their elements, are called


def blocked(
    nodes: Sequence[Node],
    regions: Sequence[Region],
    results: Sequence[Value],
    dims: Collection[str],
    library: Library,
) -> tuple[list[Node], dict[Value, Value], dict[Value, Value]]:
    """The nodes with a loop for each region, what stands for values now, and their parts in loops.

    `dims` are the dimensions that there are.
    """
    names = chain([ROWS], (f"{ROWS}_{n}" for n in count(2)))
    rows = next(name for name in names if name not in dims)
    work = _Blocks(library, nodes, regions, results, dimension(rows))
    for node in nodes:
        work.see(node)
    return work.builder.nodes, work.moved, work.parts


class _Blocks:
    def __init__(
        self,
        library: Library,
        nodes: Sequence[Node],
        regions: Sequence[Region],
        results: Sequence[Value],
        rows: Poly,
    ):
        self.rows = rows
        self.builder = Builder(library, Origin(None, ""))
        self.library = library
        self.home = {n: r for r in regions for n in r.nodes}
        self.results = set(results)
        self.endings = Endings(nodes, self.home, results)
        self.left = {r: len(r.nodes) for r in regions}
        self.order = {n: i for i, n in enumerate(nodes)}
        self.literals: dict[Value, Node] = {}
        self.moved: dict[Value, Value] = {}
        self.parts: dict[Value, Value] = {}
        self.missing: set[Value] = set()  # what waiting nodes and regions will make
        self.waiting: list[Node | Region] = []
        self.users: dict[Value, list[Node]] = {}
        for node in nodes:
            for value in node.operands:
                self.users.setdefault(value, []).append(node)
        for region in regions:
            region.nodes.sort(key=self.order.__getitem__)
            self.missing.update(n.results[0] for n in region.nodes)

    def see(self, node: Node) -> None:
        """Takes the next node in order; it waits where something that it reads is not there yet."""
        region = self.home.get(node)
        if region is not None:
            self.left[region] -= 1
            if not self.left[region]:
                self._take(region)
        else:
            self._take(node)

    def _take(self, unit: Node | Region) -> None:
        if self._is_ready(unit):
            self._make(unit)
            self._go_on()
        else:
            self.waiting.append(unit)
            self.missing.update(_made_by(unit))

    def _is_ready(self, unit: Node | Region) -> bool:
        if not isinstance(unit, Region):
            return self.missing.isdisjoint(unit.operands)
        own = {n.results[0] for n in unit.nodes}
        return all(v in own or v not in self.missing for n in unit.nodes for v in n.operands)

    def _go_on(self) -> None:
        """What waited for this, in order."""
        again = True
        while again:
            again = False
            for unit in tuple(self.waiting):
                if self._is_ready(unit):
                    self.waiting.remove(unit)
                    self._make(unit)
                    again = True

    def _make(self, unit: Node | Region) -> None:
        self.missing.difference_update(_made_by(unit))
        if isinstance(unit, Region):
            self._loop(unit)
            return
        if unit.traits.literal:
            self.literals[unit.results[0]] = unit
        if any(v in self.moved for v in unit.operands):
            unit = renamed_operands(unit, self.moved)
        self.builder.nodes.append(unit)

    # --- one region ---

    def _loop(self, region: Region) -> None:
        """Appends the loop of a region."""
        _Loop(self, region).append()

    def is_read(self, value: Value, region: Region) -> bool:
        """Whether something outside a region reads a value of it."""
        if value in self.results:
            return True
        return any(self.home.get(user) is not region for user in self.users.get(value, ()))


def _made_by(unit: Node | Region) -> list[Value]:
    if isinstance(unit, Region):
        return [n.results[0] for n in unit.nodes]
    return list(unit.results)


def _length(elements: int, width: Size) -> Size:
    """How many rows have about so many elements, and at least one, however wide they are."""
    if isinstance(width, int):
        return max(elements // max(width, 1), 1)
    return floor_divide(elements, width + 1) + 1


class _Loop:
    def __init__(self, outer: _Blocks, region: Region):
        self.outer, self.region = outer, region
        self.lead = region.lead
        self.rows = outer.rows
        first = region.nodes[0]
        self.inner = Builder(outer.library, first.origin)
        self.there: dict[Value, Value] = {}  # the parts of what is cut
        self.uncut: dict[Value, Value] = {}
        self.walked: list[Walked] = []
        self.ending: list[Walked] = []  # those that nothing reads after the loop
        self.captured: list[Captured] = []
        self.carried: list[tuple[Value, Value, Value]] = []
        self.sums: list[Value] = []

    def append(self) -> None:
        """The loop, and what its stacks are outside."""
        outer, region = self.outer.builder, self.region
        outer.origin, outer.adjoint_of, outer.span = region.nodes[0].origin, None, None
        for node in region.nodes:
            self._node(node)
        kept = [
            n.results[0]
            for n in region.nodes
            if n.results[0] in self.there and self.outer.is_read(n.results[0], region)
        ]
        collected = [(self.there[v], 0) for v in kept]
        inner = made_late(self.inner.nodes, [v for v, _ in collected], self.ending)
        length = product(self.lead)
        block = _length(block_of(region), width_of(region))
        names = [v.name for v in (*self.sums, *kept)]
        scan = outer.scan(
            self.carried, self.walked, self.captured, collected, inner, length, names,
            block=block, rows=self.rows,
        )  # fmt: skip
        for old, new in zip((*self.sums, *kept), scan.results, strict=True):
            new.name, new.named, new.nameless = old.name, old.named, old.nameless
            if new.type != old.type:
                new.named, new.name = False, f"{old.name}.flat"
                new = self._reshaped(new, old)
            self.outer.moved[old] = new

    def _reshaped(self, stack: Value, old: Value) -> Value:
        """A stack with its leading axes apart again."""
        reshape = self.outer.library.operation("reshape")
        made = self.outer.builder.emit(reshape, [stack], (old.type.shape,), old.name)
        made.named, made.nameless = old.named, old.nameless
        return made

    def _node(self, node: Node) -> None:
        """The node for one block."""
        assert isinstance(node, Apply), "nothing else runs over rows"
        rows = self.region.rows(node)
        inner = self.inner
        inner.origin, inner.adjoint_of, inner.span = node.origin, node.adjoint_of, node.span
        pairs = zip(node.operands, rows.walked, strict=True)
        operands = [self._walk(v) if walked else self._capture(v) for v, walked in pairs]
        (result,) = node.results
        made = inner.emit(node.op, operands, shifted(node, self.lead, self.rows), result.name)
        made.named, made.nameless = result.named, result.nameless
        self.outer.parts[result] = made
        if rows.sums:
            self._add_up(result, made)
        else:
            expected = (self.rows, *result.type.shape[len(self.lead) :])
            assert made.type.shape == expected, f"{made} is not {expected}"
            self.there[result] = made
            if self.outer.is_read(result, self.region):
                made.named, made.name = False, f"{result.name}_{ROWS}"

    def _walk(self, value: Value) -> Value:
        if value not in self.there:
            whole = self.outer.moved.get(value, value)
            shape = (product(self.lead), *value.type.shape[len(self.lead) :])
            if shape != value.type.shape:
                reshape = self.outer.library.operation("reshape")
                whole = self.outer.builder.emit(reshape, [whole], (shape,), f"{value.name}.flat")
            kind = sliced_type(whole.type, 0, self.rows)
            self.there[value] = Value(f"{value.name}_{ROWS}", kind)
            self.walked.append(Walked(self.there[value], whole, 0))
            if self.outer.endings.ends(value, self.region):
                self.ending.append(self.walked[-1])
        return self.there[value]

    def _capture(self, value: Value) -> Value:
        if value not in self.uncut:
            literal = self.outer.literals.get(value)
            self.uncut[value] = value.again()
            if literal is not None:
                own = (self.uncut[value],)
                self.inner.nodes.append(
                    literal.copied((), own, literal.origin, literal.adjoint_of, literal.span)
                )
            else:
                whole = self.outer.moved.get(value, value)
                self.captured.append(Captured(self.uncut[value], whole))
        return self.uncut[value]

    def _add_up(self, total: Value, part: Value) -> None:
        """What each block contributes to a sum."""
        kind: Type = total.type
        zeros = self.outer.library.operation("zeros")
        arguments: tuple[Any, ...] = (kind.shape, kind.dtype)
        start = self.outer.builder.emit(zeros, (), arguments, f"{total.name}.start")
        so_far = total.again()
        add = self.outer.library.operation("add")
        following = self.inner.emit(add, [so_far, part], (), total.name)
        following.named, following.nameless = total.named, total.nameless
        part.named, part.name = False, f"{total.name}.part"
        self.carried.append((so_far, start, following))
        self.sums.append(total)
