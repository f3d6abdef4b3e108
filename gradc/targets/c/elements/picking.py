"""Elements at positions that are numbers of the graph."""

from __future__ import annotations

from gradc.ir.node import Apply, Value
from gradc.ir.positions import positions_at
from gradc.ir.sizes import Size
from gradc.targets.c.expression import Expr, binary, ternary
from gradc.targets.c.reading import ElementRule, Reader, broadcast_index
from gradc.targets.c.sizes import Index, opaque


def counted(reader: Reader, node: Apply, operand: int, index: Index, size: Size) -> Size:
    """The position that an operand has, counted from the beginning of an axis of a size."""
    value = node.operands[operand]
    position = reader.read(value, broadcast_index(value, index), "i64")
    labels = [p.is_label for i, p in positions_at(node) if i == operand]
    if all(labels):
        return opaque(position)
    position = reader.bound(position, "i64", "position")
    from_end = binary("+", position, reader.size(size))
    wrapped = ternary(binary("<", position, Expr("0")), from_end, position)
    return opaque(reader.bound(wrapped, "i64", "place"))


def taken_index(reader: Reader, node: Apply, of: Value, operand: int, index: Index) -> Index:
    """The position in an array that `take` finds at one of its result."""
    indices, axis = node.operands[operand], node.attr("axis")
    if axis is None:
        size: Size = 1
        for s in of.type.shape:
            size = size * s
        return reader.unflattened(counted(reader, node, operand, index, size), of.type.shape)
    return taken_from(reader, node, of.type.shape, operand, indices.type.rank, index)


def taken_from(
    reader: Reader, node: Apply, shape: tuple[Size, ...], operand: int, rank: int, index: Index
) -> Index:
    """The same along an axis of an array of a shape."""
    axis = node.attr("axis") % len(shape)
    inner = index[axis : axis + rank]
    place = counted(reader, node, operand, inner, shape[axis])
    return (*index[:axis], place, *index[axis + rank :])


def along_index(reader: Reader, node: Apply, operand: int, size: Size, index: Index) -> Index:
    """The position that `take_along_axis` finds at one of its result."""
    axis = node.attr("axis") % len(index)
    place = counted(reader, node, operand, index, size)
    return (*index[:axis], place, *index[axis + 1 :])


def picked_index(reader: Reader, node: Apply, shape: tuple[Size, ...], index: Index) -> Index:
    """The position that `pick_at` finds at one of its result."""
    first = len(node.attr("before"))
    positions = node.operands[1:]
    rank = max(p.type.rank for p in positions)
    inner = index[first : first + rank]
    places = [
        counted(reader, node, 1 + n, inner[rank - p.type.rank :], shape[first + n])
        for n, p in enumerate(positions)
    ]
    return (*index[:first], *places, *index[first + rank :])


def _take(reader: Reader, node: Apply, index: Index) -> Expr:
    x = node.operands[0]
    return reader.read(x, taken_index(reader, node, x, 1, index))


def _look_up(reader: Reader, node: Apply, index: Index) -> Expr:
    table = node.operands[1]
    return reader.read(table, taken_index(reader, node, table, 0, index))


def _take_along_axis(reader: Reader, node: Apply, index: Index) -> Expr:
    x = node.operands[0]
    axis = node.attr("axis") % x.type.rank
    place = along_index(reader, node, 1, x.type.shape[axis], index)
    moved = [0 if s == 1 and a != axis else i
             for a, (s, i) in enumerate(zip(x.type.shape, place, strict=True))]  # fmt: skip
    return reader.read(x, tuple(moved))


def _pick_at(reader: Reader, node: Apply, index: Index) -> Expr:
    x = node.operands[0]
    return reader.read(x, picked_index(reader, node, x.type.shape, index))


def _pick(reader: Reader, node: Apply, index: Index) -> Expr:
    x, labels = node.operands
    return reader.read(x, (index[0], reader.position(labels, broadcast_index(labels, index))))


def _unpick(reader: Reader, node: Apply, index: Index) -> Expr:
    x, labels = node.operands
    row = index[:1]
    hit = binary(
        "==", reader.size(index[1]), reader.read(labels, broadcast_index(labels, row), "i64")
    )
    value = reader.read(x, broadcast_index(x, row))
    return ternary(hit, value, Expr("0"))


def _less_at(reader: Reader, node: Apply, index: Index) -> Expr:
    x, labels, amount = node.operands
    row, dtype = index[:1], x.type.dtype
    hit = binary(
        "==", reader.size(index[1]), reader.read(labels, broadcast_index(labels, row), "i64")
    )
    less = reader.read(amount, broadcast_index(amount, row), dtype)
    return binary("-", reader.read(x, index), ternary(hit, less, Expr("0")))


RULES: dict[str, ElementRule] = {
    "take": _take,
    "look_up": _look_up,
    "take_along_axis": _take_along_axis,
    "pick_at": _pick_at,
    "pick": _pick,
    "unpick": _unpick,
    "less_at": _less_at,
}
