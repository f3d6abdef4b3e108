"""Picked first: of an array of which only some rows are taken, only those rows are made.

`take(tanh(x @ W), ids)` is `tanh(take(x, ids) @ W)`, where there are fewer indices than rows and
nothing else reads the others. Sizes have to be known for that: with more indices than rows, each
row would be made several times. What goes back is as short then, and no row is added to zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from gradc.ir.builder import Builder
from gradc.ir.cost import cost_of, count_of, nominal
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Apply, Value, applies, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.sizes import Size
from gradc.ir.slices import FULL, spread
from gradc.passes.contract.contraction import axes_of
from gradc.passes.inline import moved_outputs
from gradc.passes.trim import drawn, live_nodes
from gradc.records import dataclass, field

_SPARED = 2  # numbers that need not be made, for each that is picked


def picked_first(graph: Graph, library: Library) -> Graph:
    """The graph whose takes stand before what nothing but them reads."""
    results = [o.value for o in (*graph.outputs, *graph.updates)]
    reads = Counter([*results, *(v for n in graph.nodes for v in n.operands)])
    makers: dict[Value, Apply] = {}
    builder = Builder(library, Origin(None, ""))
    moved: dict[Value, Value] = {}
    for node in graph.nodes:
        before = len(builder.nodes)
        node = renamed_operands(node, moved)
        found = _picking(node, makers, reads) if applies(node, "take") else None
        if found is None:
            builder.nodes.append(node)
        else:
            made = moved[node.results[0]] = found.made(builder)
            reads.update(v for n in builder.nodes[before:] for v in n.operands)
            reads[made] = reads[node.results[0]]
        makers.update((n.result, n) for n in builder.nodes[before:] if type(n) is Apply)
    if not moved:
        return graph
    outputs = moved_outputs(graph.outputs, moved)
    updates = moved_outputs(graph.updates, moved)
    handed = [o.value for o in (*outputs, *updates)]
    nodes = live_nodes(builder.nodes, [*handed, *drawn(builder.nodes)])
    return graph.with_(nodes=nodes, outputs=outputs, updates=updates)


@dataclass(slots=True)
class _Picking:
    """What is made of picked rows: nodes, with the axis of theirs, and what is picked for that."""

    take: Apply
    nodes: dict[Apply, int] = field(default_factory=dict)
    axes: dict[Apply, list[int | None]] = field(default_factory=dict)  # of what they read
    leaves: set[tuple[Value, int]] = field(default_factory=set)

    def is_worth(self) -> bool:
        """Whether there is less to do, by so much that picking more arrays is worth it.

        Nothing is picked of rows that are made of none, and indices out of range would pass.
        """
        if not self.leaves:
            return False
        (whole, _), axis = self.take.operands, self.take.attr("axis")
        picked, rows = self.take.result.type.shape[axis], whole.type.shape[axis]
        assert isinstance(picked, int), "it is known"
        assert isinstance(rows, int), "it is known"
        spared = nominal(cost_of(self.nodes).flops) * (rows - picked)
        return spared > _SPARED * picked * sum([nominal(count_of(v)) for v, _ in self.leaves])

    def made(self, builder: Builder) -> Value:
        """Makes what the take makes of the whole."""
        take = self.take
        whole, indices = take.operands
        size = take.result.type.shape[take.attr("axis")]
        there: dict[tuple[Value, int | None], Value] = {}

        def picked(value: Value, axis: int | None) -> Value:
            if axis is None:
                return value
            if (value, axis) not in there:
                at(take)
                there[value, axis] = builder.emit(take.op, (value, indices), (axis,))
            return there[value, axis]

        def at(node: Apply) -> None:
            builder.origin, builder.adjoint_of, builder.span = node.origin, None, node.span

        for node, axis in self.nodes.items():
            pairs = zip(node.operands, self.axes[node], strict=True)
            operands = [picked(v, a) for v, a in pairs]
            at(node)
            made = builder.emit(node.op, operands, _attrs(node, axis, size))
            made.name, made.named, made.nameless = _called(node.result)
            there[node.result, axis] = made
        made = there[whole, take.attr("axis")]
        if take.result.named:
            made.name, made.named, made.nameless = _called(take.result)
        return made


def _called(value: Value) -> tuple[str, bool, bool]:
    return value.name, value.named, value.nameless


def _picking(
    take: Apply, makers: Mapping[Value, Apply], reads: Mapping[Value, int]
) -> _Picking | None:
    """What may be made of picked rows, where some may, and it is worth it."""
    (whole, indices), axis = take.operands, take.attr("axis")
    if axis is None or indices.type.rank != 1:
        return None
    picked, rows = indices.type.shape[0], whole.type.shape[axis]
    if not isinstance(picked, int) or not isinstance(rows, int):
        return None
    stays: set[Value] = set()
    while True:
        found = _reached(take, makers, stays)
        inside: Counter[tuple[Value, int | None]] = Counter({(whole, axis): 1})
        for node, axes in found.axes.items():
            inside.update(zip(node.operands, axes, strict=True))
        more = {n.result for n, a in found.nodes.items() if inside[n.result, a] != reads[n.result]}
        if not more:
            return found if found.is_worth() else None
        stays |= more


def _reached(take: Apply, makers: Mapping[Value, Apply], stays: Collection[Value]) -> _Picking:
    """All that picked rows may be made of, but for what stays as it is."""
    found = _Picking(take)
    seen: set[tuple[Value, int]] = set()
    pending = [(take.operands[0], take.attr("axis"))]
    while pending:
        value, axis = pending.pop()
        if (value, axis) in seen:
            continue
        seen.add((value, axis))
        node = makers.get(value)
        if (
            node is None
            or value in stays
            or (axes := _through(node, axis)) is None
            or found.nodes.get(node, axis) != axis
        ):
            found.leaves.add((value, axis))
            continue
        found.nodes[node], found.axes[node] = axis, axes
        pending += [(v, a) for v, a in zip(node.operands, axes, strict=True) if a is not None]
    order = {node: i for i, node in enumerate(makers.values())}
    found.nodes = dict(sorted(found.nodes.items(), key=lambda pair: order[pair[0]]))
    return found


# --- how rows of a result come from rows of operands ---


def _through(node: Apply, axis: int) -> list[int | None] | None:
    """Along which axis each operand is picked, None where it stays as it is; None where rows of
    the result are not made of rows."""
    if node.traits.elementwise:
        return [_spread(v, node.result, axis) for v in node.operands]
    if node.traits.along:
        return _along(node, axis)
    form = _FORMS.get(node.name)  # of draws there is none: as many numbers are drawn
    return None if form is None else form(node, axis)


def _spread(value: Value, result: Value, axis: int) -> int | None:
    """The axis of an operand that stretches to a result."""
    own = axis - (result.type.rank - value.type.rank)
    return None if own < 0 or value.type.shape[own] != result.type.shape[axis] else own


def _along(node: Apply, axis: int) -> list[int | None] | None:
    rank = node.operands[0].type.rank
    gone = axes_of(node, rank)
    if node.result.type.rank < rank:
        return [[a for a in range(rank) if a not in gone][axis]]
    return None if axis in gone else [axis]


def _matmul(node: Apply, axis: int) -> list[int | None]:
    a, b = node.operands
    rows, columns = a.type.rank > 1, b.type.rank > 1
    behind = node.result.type.rank - axis
    if columns and behind == 1:
        return [None, b.type.rank - 1]
    if rows and behind == 1 + columns:
        return [a.type.rank - 2, None]
    # Of a stack of products: there a matrix has two axes behind it, and a vector is of no stack.
    behind -= rows + columns
    size = node.result.type.shape[axis]
    stacked = [v.type.rank - min(v.type.rank, 2) - behind for v in node.operands]
    pairs = zip(node.operands, stacked, strict=True)
    return [at if at >= 0 and v.type.shape[at] == size else None for v, at in pairs]


def _einsum(node: Apply, axis: int) -> list[int | None] | None:
    given, _, result = node.attr("subscripts").partition("->")
    parts, letter = given.split(","), result[axis]
    if any(part.count(letter) > 1 for part in parts):
        return None
    pairs = zip(parts, node.operands, strict=True)
    found = [(v, part.index(letter) if letter in part else None) for part, v in pairs]
    size = node.result.type.shape[axis]
    return [at if at is not None and v.type.shape[at] == size else None for v, at in found]


def _index(node: Apply, axis: int) -> list[int | None] | None:
    own = out = 0
    for entry in spread(node.attr("entries"), node.operands[0].type.rank):
        if out == axis and entry is None:
            return None
        if out == axis and isinstance(entry, tuple):
            return [own] if entry == FULL else None
        own += entry is not None
        out += entry is None or isinstance(entry, tuple)
    return [own + axis - out]


def _joined(node: Apply, axis: int) -> list[int | None] | None:
    at = node.attr("axis")
    if at == axis:
        return None
    own = axis - (node.name == "stack" and axis > at)
    return [own] * len(node.operands)


_FORMS: dict[str, Callable[[Apply, int], list[int | None] | None]] = {
    "broadcast_to": lambda node, axis: [_spread(node.operands[0], node.result, axis)],
    "concatenate": _joined,
    "einsum": _einsum,
    "index": _index,
    "matmul": _matmul,
    "ones": lambda node, axis: [],
    "stack": _joined,
    "transpose": lambda node, axis: [node.attr("axes")[axis]],
    "zeros": lambda node, axis: [],
}


def _attrs(node: Apply, axis: int, size: Size) -> tuple[Any, ...]:
    """The attributes, of an array with so many rows."""

    def shorter(name: str, attr: Any) -> Any:
        return (*attr[:axis], size, *attr[axis + 1 :]) if name == "shape" else attr

    pairs = zip(node.op.attributes, node.attrs, strict=True)
    return tuple([shorter(field.name, attr) for field, attr in pairs])
