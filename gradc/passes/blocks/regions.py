"""Regions: which nodes run over blocks together.

A region grows node by node, in their order. A node joins where all that it reads of the region is
the block's part of it, and where nothing that it reads has to wait for the whole region.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from gradc.ir.cost import nominal
from gradc.ir.node import Node, Value
from gradc.ir.sizes import Size, product
from gradc.ir.types import BYTES
from gradc.passes.blocks.late import is_worth_a_copy
from gradc.passes.blocks.rows import Rows, rows_of
from gradc.records import dataclass, field

BLOCK = 262_144  # bytes of the largest array of a block: a few of these stay in cache
_SEVERAL = 3  # of the widest arrays
_UNEVEN = 4  # times as wide as arrays are on average the widest one is
_WORTH = 3  # passes over arrays in memory that a region saves; fewer are not worth a loop


@dataclass(slots=True, eq=False)
class Region:
    """Nodes that run over blocks of the first axes of `shape`; of how many is open at first."""

    shape: tuple[Size, ...]
    depths: set[int]
    block: int  # bytes of the largest array of a block
    nodes: list[Node] = field(default_factory=list)
    waits: set[Region] = field(default_factory=set)  # the regions that it has to come after

    @property
    def depth(self) -> int:
        return max(self.depths)

    @property
    def lead(self) -> tuple[Size, ...]:
        """The axes that are cut."""
        return self.shape[: self.depth]

    def rows(self, node: Node) -> Rows:
        """How one of its nodes runs over blocks."""
        found = rows_of(node, self.depth)
        assert found is not None, "it was asked before it joined"
        return found


def regions_of(
    nodes: Sequence[Node], results: Collection[Value], block: int = BLOCK
) -> list[Region]:
    """The regions that are worth a loop, in no order. A block has arrays of so many bytes."""
    growth = _Growth(block)
    for node in nodes:
        growth.add(node)
    regions = list(growth.regions)
    sink(regions, nodes, results)
    return [r for r in regions if _is_worth(r)]


def sink(regions: Sequence[Region], nodes: Sequence[Node], results: Collection[Value]) -> None:
    """Moves nodes to the only region that reads them, where less is kept between the two then."""
    home = {n: r for r in regions for n in r.nodes}
    makers = {n.results[0]: n for r in regions for n in r.nodes}
    users: dict[Value, list[Node]] = {}
    for node in nodes:
        for value in node.operands:
            users.setdefault(value, []).append(node)
    for node in reversed(nodes):
        region, (value, *_) = home.get(node), node.results
        if region is None or value in results or not users.get(value):
            continue
        theirs = {home.get(user) for user in users[value]}
        if node.name == "index" and region not in theirs and node.operands[0] not in makers:
            if is_worth_a_copy(node, users, home):
                continue
            region.nodes.remove(node)  # a view of what is there as a whole
            del home[node]
            continue
        if len(theirs) > 1 or region in theirs:
            continue
        (other,) = theirs
        if other is None or region.rows(node).sums or other.depth not in _depths(node, other):
            continue
        if not all(_reads_parts(user, value, other) for user in users[value]):
            continue
        # What it reads of its own region has to be kept for the other one instead.
        kept = {
            v
            for v, walked in zip(node.operands, region.rows(node).walked, strict=True)
            if v in makers and home[makers[v]] is region and walked and not _is_kept(v, users, home)
        }
        if len(kept) <= 1 and _reads_rows(node, other, makers, home):
            region.nodes.remove(node)
            other.nodes.append(node)
            home[node] = other


def _depths(node: Node, region: Region) -> set[int]:
    """The depths of a region at which a node goes over its rows."""
    found = set()
    for depth in region.depths:
        rows = rows_of(node, depth)
        if rows is not None and rows.lead == region.shape[:depth]:
            found.add(depth)
    return found


def _reads_parts(user: Node, value: Value, region: Region) -> bool:
    """Whether a node of a region reads no more than the block's part of a value."""
    pairs = zip(user.operands, region.rows(user).walked, strict=True)
    return all(walked for v, walked in pairs if v is value)


def _is_kept(
    value: Value, users: Mapping[Value, Sequence[Node]], home: Mapping[Node, Region]
) -> bool:
    """Whether others than its own region read a value."""
    return len({home.get(user) for user in users[value]}) > 1


def _reads_rows(
    node: Node, other: Region, makers: Mapping[Value, Node], home: Mapping[Node, Region]
) -> bool:
    """Whether a node would read, of its new region, nothing but the block's part."""
    rows = rows_of(node, other.depth)
    assert rows is not None, "its depth was asked for"
    return not any(
        v in makers and home[makers[v]] is other and not walked
        for v, walked in zip(node.operands, rows.walked, strict=True)
    )


def _is_worth(region: Region) -> bool:
    depth, widest = region.depth, width_of(region)
    total = product((*region.lead, widest))
    if isinstance(total, int) and total <= block_of(region):
        return False
    joined = {n.results[0] for n in region.nodes if n.name == "concatenate"}
    # (A product with what is joined, as `[x, 1]`, stands for a pass that adds the rest.)
    made = [
        n.results[0]
        for n in region.nodes
        if n.traits.elementwise or (n.traits.heavy and not joined.isdisjoint(n.operands))
    ]
    widest = _widest(made, region)
    wide = [v for v in made if product(v.type.shape[depth:]) == widest]
    return len(wide) >= _WORTH


def width_of(region: Region) -> Size:
    """How many elements the largest array has for each of the axes that are cut."""
    return _widest([v for n in region.nodes for v in (*n.operands, *n.results)], region)


def block_of(region: Region) -> int:
    """How many elements the largest array of a block has: twice as many where most arrays are much
    smaller, so that it is calls that take the time, and few are needed at a time."""
    kinds = [n.results[0].type for n in region.nodes]
    elements = region.block // max([BYTES[kind.dtype] for kind in kinds], default=1)
    widths = {n.results[0]: _width(n.results[0], region) for n in region.nodes}
    widest, owned = nominal(width_of(region)), [w for w in widths.values() if w]
    is_uneven = _UNEVEN * sum(owned) < widest * len(owned)
    return elements * 2 if is_uneven and _at_once(region, widths) < _SEVERAL * widest else elements


def _width(value: Value, region: Region) -> int:
    """How many elements an array of a block has for each of the axes that are cut."""
    shape, depth = value.type.shape, region.depth
    return nominal(product(shape[depth:])) if shape[:depth] == region.lead else 0


def _at_once(region: Region, widths: Mapping[Value, int]) -> int:
    """The most elements that a block needs at a time, for each of the axes that are cut."""
    last = {v: i for i, n in enumerate(region.nodes) for v in n.operands if v in widths}
    held = most = 0
    for i, node in enumerate(region.nodes):
        held += widths[node.results[0]]
        most = max(most, held)
        held -= sum([widths[v] for v in dict.fromkeys(node.operands) if last.get(v) == i])
    return most


def _widest(values: Iterable[Value], region: Region) -> Size:
    widest: Size = 1
    for value in values:
        if value.type.shape[: region.depth] == region.lead:
            width = product(value.type.shape[region.depth :])
            if _is_larger(width, widest):
                widest = width
    return widest


def _is_larger(one: Size, other: Size) -> bool:
    """Symbolic sizes count as large, and the longer form as the larger."""
    if isinstance(one, int) and isinstance(other, int):
        return one > other
    if isinstance(one, int) or isinstance(other, int):
        return isinstance(other, int)
    return len(str(one)) > len(str(other))


@dataclass(slots=True)
class _Growth:
    block: int
    regions: dict[Region, None] = field(default_factory=dict)
    of: dict[Value, Region] = field(default_factory=dict)  # the parts that regions make of results
    walkers: dict[Value, Region] = field(default_factory=dict)  # the last that goes over a value
    after: dict[Value, frozenset[Region]] = field(default_factory=dict)  # what values wait for
    into: dict[Region, Region] = field(default_factory=dict)  # what regions have become part of

    def add(self, node: Node) -> None:
        """Puts a node into a region, where it goes over rows."""
        depths = {d: rows for d in range(1, _rank(node) + 1) if (rows := rows_of(node, d))}
        if not depths:
            waits = frozenset().union(*[self._waits(v) for v in node.operands])
            self.after.update(dict.fromkeys(node.results, waits))
            return
        region = self._home(node, depths)
        region.nodes.append(node)
        rows = depths[region.depth]
        for operand, walked in zip(node.operands, rows.walked, strict=True):
            if self._of(operand) is not region:
                region.waits |= self._waits(operand)
            if walked:
                self.walkers[operand] = region
        (result,) = node.results
        if rows.sums:
            self.after[result] = frozenset({region})
        else:
            self.of[result] = region

    def _home(self, node: Node, depths: dict[int, Rows]) -> Region:
        """The region that a node joins, several in one where it reads of several, or a new one."""
        near = [self._of(v) for v in node.operands]
        near += [self._now(self.walkers[v]) for v in node.operands if v in self.walkers]
        found = {d for d, rows in depths.items() if rows.lead}
        joined: list[Region] = []
        for region in dict.fromkeys(near):
            if region is None:
                continue
            common = self._common(found, region, node, depths, joined)
            if common and not self._has_to_wait([region, *joined], node):
                joined.append(region)
                found = common
        if not joined:
            region = Region(depths[max(depths)].lead, set(depths), self.block)
            self.regions[region] = None
            return region
        home = joined[0]
        for region in joined[1:]:
            self._merge(region, home)
        home.depths = found
        return home

    def _common(
        self,
        found: set[int],
        region: Region,
        node: Node,
        depths: dict[int, Rows],
        joined: Sequence[Region],
    ) -> set[int]:
        """The depths at which all can be cut, and the node reads parts of the region alone."""
        common = set()
        for depth in found & region.depths:
            rows = depths[depth]
            if any(r.shape[:depth] != rows.lead for r in (region, *joined)):
                continue
            pairs = zip(node.operands, rows.walked, strict=True)
            if all(walked or self._of(v) is not region for v, walked in pairs):
                common.add(depth)
        return common

    def _has_to_wait(self, regions: Sequence[Region], node: Node) -> bool:
        """Whether the node, or one of the regions that it joins, has to wait for another's end."""
        waits: set[Region] = set()
        for operand in node.operands:
            if self._of(operand) not in regions:
                waits |= self._waits(operand)
        for region in regions:
            waits |= region.waits
        return not self._all_after(waits).isdisjoint(regions)

    def _merge(self, region: Region, home: Region) -> None:
        home.nodes += region.nodes
        home.waits |= region.waits
        self.into[region] = home
        del self.regions[region]

    def _now(self, region: Region) -> Region:
        while (later := self.into.get(region)) is not None:
            region = later
        return region

    def _of(self, value: Value) -> Region | None:
        region = self.of.get(value)
        return None if region is None else self._now(region)

    def _waits(self, value: Value) -> frozenset[Region]:
        """The regions that have to be done before a value is there."""
        region = self._of(value)
        return frozenset({region}) if region is not None else self.after.get(value, frozenset())

    def _all_after(self, regions: set[Region]) -> set[Region]:
        """These, and those that they wait for in turn."""
        found: set[Region] = set()
        pending = list(regions)
        while pending:
            region = self._now(pending.pop())
            if region not in found:
                found.add(region)
                pending += region.waits
        return found


def _rank(node: Node) -> int:
    return max([v.type.rank for v in (*node.operands, *node.results)], default=0)
