"""Elements at positions that are numbers of the graph, and what is added or put there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.sizes import Size, product
from gradc.ir.types import broadcast
from gradc.targets.onnx.logic import chosen
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.operations.movement import inverse
from gradc.targets.onnx.writer import Writer


def _take(w: Writer, node: Apply, x: Tensor, indices: Tensor) -> Tensor:
    axis, shape = node.attr("axis"), node.operands[0].type.shape
    if axis is None:
        return w.op("Gather", w.reshaped(x, (product(shape),)), indices, axis=0)
    return w.op("Gather", x, indices, axis=axis)


def _look_up(w: Writer, node: Apply, labels: Tensor, table: Tensor) -> Tensor:
    return w.op("Gather", table, labels, axis=node.attr("axis"))


def _scatter_add(w: Writer, node: Apply, x: Tensor, indices: Tensor) -> Tensor:
    shape, axis, rank = node.result.type.shape, node.attr("axis"), node.operands[1].type.rank
    # The positions and their axis go first, as ScatterND has them.
    order = [
        *range(axis, axis + rank),
        *range(axis),
        *range(axis + rank, node.operands[0].type.rank),
    ]
    others = [a for a in range(len(shape)) if a != axis]
    zeros = w.filled(0, [shape[a] for a in (axis, *others)], x.dtype)
    where = w.unsqueezed(w.cast(indices, "i64"), [rank])
    found = w.op("ScatterND", zeros, where, w.transposed(x, order), reduction="add")
    return w.transposed(found, inverse([axis, *others]))


# --- each position in its own row ---


def _take_along_axis(w: Writer, node: Apply, x: Tensor, indices: Tensor) -> Tensor:
    return w.op("GatherElements", *_along(w, node, x, indices), axis=node.attr("axis"))


def _along(w: Writer, node: Apply, x: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """An array and positions, which have the same sizes but along the axis."""
    x_type, axis, shape = node.operands[0].type, node.attr("axis"), node.result.type.shape
    wide = (*shape[:axis], x_type.shape[axis], *shape[axis + 1 :])
    x = x if x_type.shape == wide else w.expanded(x, wide)
    return x, _spread(w, indices, node.operands[1].type.shape, shape)


def _spread(w: Writer, x: Tensor, shape: Sequence[Size], wanted: Sequence[Size]) -> Tensor:
    return x if tuple(shape) == tuple(wanted) else w.expanded(x, wanted)


def _add_along_axis(w: Writer, node: Apply, x: Tensor, indices: Tensor) -> Tensor:
    zeros = w.filled(0, node.result.type.shape, x.dtype)
    x_type, at_type = (v.type for v in node.operands)
    indices = _spread(w, indices, at_type.shape, x_type.shape)
    return w.op("ScatterElements", zeros, indices, x, axis=node.attr("axis"), reduction="add")


def _put_along_axis(w: Writer, node: Apply, x: Tensor, indices: Tensor, values: Tensor) -> Tensor:
    axis = node.attr("axis")
    x_type, at_type, values_type = (v.type for v in node.operands)
    places = (*x_type.shape[:axis], at_type.shape[axis], *x_type.shape[axis + 1 :])
    indices = _spread(w, indices, at_type.shape, places)
    values = _spread(w, w.cast(values, x.dtype), values_type.shape, places)
    return w.op("ScatterElements", x, indices, values, axis=axis)


def _last_along_axis(w: Writer, node: Apply, x: Tensor, indices: Tensor) -> Tensor:
    shape, axis = node.result.type.shape, node.attr("axis")
    x, indices = _along(w, node, x, indices)
    wide = (*shape[:axis], node.operands[0].type.shape[axis], *shape[axis + 1 :])
    line = [shape[a] if a == axis else 1 for a in range(len(shape))]
    order = w.expanded(w.reshaped(w.counted(0, shape[axis]), line), shape)
    last = w.op("ScatterElements", w.filled(0, wide, "i64"), indices, order, axis=axis)
    seen = w.op("GatherElements", last, indices, axis=axis)
    found = w.op("GatherElements", x, indices, axis=axis)
    return chosen(w, w.op("Equal", seen, order, dtype="bool"), found, w.number(0, x.dtype))


def _index_put(w: Writer, node: Apply, x: Tensor, indices: Tensor, values: Tensor) -> Tensor:
    axis, shape = node.attr("axis"), node.result.type.shape
    at, values_type = node.operands[1].type, node.operands[2].type
    seen = (*shape[:axis], *at.shape, *shape[axis + 1 :])
    values = _spread(w, w.cast(values, x.dtype), values_type.shape, seen)
    order = [axis, *(a for a in range(len(shape)) if a != axis)]
    moved = [*range(axis, axis + at.rank), *range(axis), *range(axis + at.rank, len(seen))]
    where = w.unsqueezed(w.cast(indices, "i64"), [at.rank])
    found = w.op("ScatterND", w.transposed(x, order), where, w.transposed(values, moved))
    return w.transposed(found, inverse(order))


def _last_put(w: Writer, node: Apply, indices: Tensor) -> Tensor:
    size, shape = node.attr("size"), node.operands[0].type.shape
    count = product(shape)
    places = w.reshaped(w.cast(indices, "i64"), (count,))
    order = w.counted(0, count)
    last = w.op("ScatterElements", w.filled(0, (size,), "i64"), places, order, axis=0)
    seen = w.op("Equal", w.op("Gather", last, places, axis=0), order, dtype="bool")
    return w.reshaped(seen, shape)


# --- positions along several axes ---


def _pick_at(w: Writer, node: Apply, x: Tensor, *positions: Tensor) -> Tensor:
    first, count = len(node.attr("before")), len(positions)
    rank = node.operands[0].type.rank
    where, among = _together(w, node, positions)
    order = [*range(first, first + count), *range(first), *range(first + count, rank)]
    found = w.op("GatherND", w.transposed(x, order), where)
    return w.transposed(found, inverse(_positions_first(first, among, rank - count)))


def _add_at(w: Writer, node: Apply, x: Tensor, *positions: Tensor) -> Tensor:
    shape, first, count = node.result.type.shape, len(node.attr("before")), len(positions)
    where, among = _together(w, node, positions)
    order = [*range(first, first + count), *range(first), *range(first + count, len(shape))]
    zeros = w.filled(0, [shape[a] for a in order], x.dtype)
    moved = w.transposed(x, _positions_first(first, among, len(shape) - count))
    found = w.op("ScatterND", zeros, where, moved, reduction="add")
    return w.transposed(found, inverse(order))


def _together(w: Writer, node: Apply, positions: Sequence[Tensor]) -> tuple[Tensor, int]:
    """The positions as vectors, one for each place, and how many axes the places have."""
    shapes = [v.type.shape for v in node.operands[1:]]
    places = broadcast(shapes)
    spread = [
        w.unsqueezed(_spread(w, w.cast(p, "i64"), shape, places), [len(places)])
        for p, shape in zip(positions, shapes, strict=True)
    ]
    return (w.op("Concat", *spread, axis=len(places)) if len(spread) > 1 else spread[0]), len(
        places
    )


def _positions_first(first: int, among: int, others: int) -> list[int]:
    """The order in which the axes of places, behind `first` others, stand before all."""
    return [*range(first, first + among), *range(first), *range(first + among, among + others)]


# --- one element of each row of a matrix ---


def _pick(w: Writer, node: Apply, x: Tensor, labels: Tensor) -> Tensor:
    column = w.unsqueezed(labels, [1])
    return w.squeezed(w.op("GatherElements", x, column, axis=1), [1])


def _unpick(w: Writer, node: Apply, x: Tensor, labels: Tensor) -> Tensor:
    return _in_rows(w, node, x, labels)


def _in_rows(w: Writer, node: Apply, x: Tensor, labels: Tensor) -> Tensor:
    """A matrix of zeros but for one element in each row."""
    zeros = w.filled(0, node.result.type.shape, x.dtype)
    column, values = w.unsqueezed(labels, [1]), w.unsqueezed(x, [1])
    return w.op("ScatterElements", zeros, column, values, axis=1)


def _less_at(w: Writer, node: Apply, x: Tensor, labels: Tensor, amount: Tensor) -> Tensor:
    labels_type, amount_type = (v.type for v in node.operands[1:])
    amount = _spread(w, w.cast(amount, x.dtype), amount_type.shape, labels_type.shape)
    return w.op("Sub", x, _in_rows(w, node, amount, labels))


RULES: dict[str, Any] = {
    "take": _take,
    "look_up": _look_up,
    "scatter_add": _scatter_add,
    "take_along_axis": _take_along_axis,
    "add_along_axis": _add_along_axis,
    "put_along_axis": _put_along_axis,
    "last_along_axis": _last_along_axis,
    "index_put": _index_put,
    "last_put": _last_put,
    "pick_at": _pick_at,
    "add_at": _add_at,
    "pick": _pick,
    "unpick": _unpick,
    "less_at": _less_at,
}
