"""Elements that are moved, repeated or left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size, maximum, minimum, product
from gradc.targets.c.expression import Expr, binary, both, ternary
from gradc.targets.c.identifiers import number
from gradc.targets.c.reading import ElementRule, Reader
from gradc.targets.c.sizes import Index, flat, opaque


def _replaced(index: Index, axis: int, position: Size) -> Index:
    return (*index[:axis], position, *index[axis + 1 :])


def _concatenate(reader: Reader, node: Apply, index: Index) -> Expr:
    axis = node.attr("axis") % node.result.type.rank
    bounds: list[Size] = [0]
    for operand in node.operands:
        bounds.append(bounds[-1] + operand.type.shape[axis])

    def part(n: int) -> Expr:
        inside = _replaced(index, axis, index[axis] - bounds[n])
        return reader.read(node.operands[n], inside, node.result.type.dtype)

    return chosen(reader, index[axis], bounds, part, reader.under_condition())


def _stack(reader: Reader, node: Apply, index: Index) -> Expr:
    axis = node.attr("axis") % node.result.type.rank
    inside = (*index[:axis], *index[axis + 1 :])

    def part(n: int) -> Expr:
        return reader.read(node.operands[n], inside, node.result.type.dtype)

    bounds = list(range(len(node.operands) + 1))
    return chosen(reader, index[axis], bounds, part, nullcontext())


def chosen(
    reader: Reader,
    position: Size,
    bounds: Sequence[Size],
    part: Callable[[int], Expr],
    reading: AbstractContextManager[None],
) -> Expr:
    """The part that a position is in, where the loops do not say which one that is."""
    if reader.cuts is not None:
        reader.cuts.append((position, bounds))
    known = reader.between(position, bounds)
    if known is not None:
        return part(known)
    with reading:
        *parts, chosen = [part(n) for n in range(len(bounds) - 1)]
    for bound, one in zip(reversed(bounds[1:-1]), reversed(parts), strict=True):
        condition = binary("<", reader.size(position), reader.size(bound))
        chosen = ternary(condition, one, chosen)
    return chosen


def _pad(reader: Reader, node: Apply, index: Index) -> Expr:
    (x,) = node.operands
    inside: list[Size] = []
    conditions: list[Expr] = []
    for position, size, (before, after) in zip(
        index, x.type.shape, node.attr("pad_width"), strict=True
    ):
        inside.append(position - before)
        if before != 0:
            conditions.append(binary(">=", reader.size(position), reader.size(before)))
        if after != 0:
            conditions.append(binary("<", reader.size(position), reader.size(before + size)))
    fill = Expr(number(node.attr("constant_values"), x.type.dtype))
    return _where(reader, both(conditions), x, tuple(inside), fill)


def _pad_copied(reader: Reader, node: Apply, index: Index) -> Expr:
    (x,) = node.operands
    inside = [
        _mirrored(reader, node.attr("mode"), position - margins[0], size)
        if any(margin != 0 for margin in margins)
        else position
        for position, size, margins in zip(index, x.type.shape, node.attr("pad_width"), strict=True)
    ]
    return reader.read(x, tuple(inside))


def _mirrored(reader: Reader, mode: str, position: Size, size: Size) -> Size:
    """The position along an axis of what is repeated beyond its ends."""
    if size == 1:
        return 0
    if mode == "wrap":
        return _modulo(reader, position, size)
    if mode == "edge":
        return minimum(maximum(position, 0), size - 1)
    # There and back again, with what stands at the ends once or twice.
    last = size - 1 if mode == "reflect" else size
    around = reader.size(_modulo(reader, position, maximum(2 * last, 1)))
    around = reader.bound(around, "i64", "around")
    back = reader.size(2 * last - (0 if mode == "reflect" else 1))
    condition = binary("<", around, reader.size(size))
    return opaque(ternary(condition, around, binary("-", back, around)))


def _where(reader: Reader, condition: Expr | None, x: Value, index: Index, fill: Expr) -> Expr:
    """An element where there is one."""
    if condition is None:
        return reader.read(x, index)
    with reader.under_condition():
        return ternary(condition, reader.read(x, index), fill)


def _roll(reader: Reader, node: Apply, index: Index) -> Expr:
    (x,) = node.operands
    axis, shape = node.attr("axis"), x.type.shape
    if axis is None:
        at = _modulo(reader, flat(index, shape) - node.attr("shift"), product(shape))
        return reader.read(x, reader.unflattened(at, x.type.shape))
    moved = _modulo(reader, index[axis] - node.attr("shift"), shape[axis])
    return reader.read(x, _replaced(index, axis, moved))


def _modulo(reader: Reader, position: Size, size: Size) -> Size:
    """A position around the end of an axis, which may be before its beginning."""
    around = reader.divisor(size)
    rest = binary("%", reader.size(position), around)
    return opaque(binary("%", binary("+", rest, around), around))


def _tile(reader: Reader, node: Apply, index: Index) -> Expr:
    (x,) = node.operands
    inside = index[len(index) - x.type.rank :]
    found = [
        0 if size == 1 else opaque(binary("%", reader.size(position), reader.divisor(size)))
        for position, size in zip(inside, x.type.shape, strict=True)
    ]
    return reader.read(x, tuple(found))


def _repeat(reader: Reader, node: Apply, index: Index) -> Expr:
    (x,) = node.operands
    axis = node.attr("axis")
    place = index[0 if axis is None else axis]
    counted = opaque(binary("/", reader.size(place), reader.divisor(node.attr("repeats"))))
    if axis is None:
        return reader.read(x, reader.unflattened(counted, x.type.shape))
    return reader.read(x, _replaced(index, axis, counted))


def _tril(reader: Reader, node: Apply, index: Index) -> Expr:
    return _triangle(reader, node, index, "<=")


def _triu(reader: Reader, node: Apply, index: Index) -> Expr:
    return _triangle(reader, node, index, ">=")


def _triangle(reader: Reader, node: Apply, index: Index, relation: str) -> Expr:
    (x,) = node.operands
    row, column = index[-2:]
    condition = binary(relation, reader.size(column), reader.size(row + node.attr("k")))
    return _where(reader, condition, x, index, Expr(number(0, x.type.dtype)))


def _shifted(reader: Reader, node: Apply, index: Index) -> Expr:
    (x,) = node.operands
    axis = node.attr("axis") % x.type.rank
    condition = binary(">", reader.size(index[axis]), Expr("0"))
    fill = Expr(number(node.attr("fill"), x.type.dtype))
    return _where(reader, condition, x, _replaced(index, axis, index[axis] - 1), fill)


RULES: dict[str, ElementRule] = {
    "concatenate": _concatenate,
    "stack": _stack,
    "pad_constant": _pad,
    "pad_copied": _pad_copied,
    "roll": _roll,
    "tile": _tile,
    "repeat": _repeat,
    "tril": _tril,
    "triu": _triu,
    "shifted": _shifted,
}
