"""What is sorted along an axis, and what is searched or marked there."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply
from gradc.ir.types import promote
from gradc.targets.c.calling import Calling
from gradc.targets.c.elements.picking import along_index, counted
from gradc.targets.c.expression import Expr, ternary
from gradc.targets.c.groups import identity
from gradc.targets.c.identifiers import number
from gradc.targets.c.loops import assigned
from gradc.targets.c.reading import Array
from gradc.targets.c.sizes import Index, flat, opaque, strides


def _sort(calling: Calling, node: Apply) -> list[str]:
    """A copy, whose lines along the axis are then sorted where they are."""
    (x,) = node.operands
    dtype, axis = x.type.dtype, node.attr("axis") % x.type.rank
    count, step = x.type.shape[axis], strides(x.type.shape)[axis]
    line = calling.pointer(_line(calling, node, axis))
    room = calling.room("room", dtype, 2 * count)
    sizes = calling.size(count), line, calling.size(step)
    call = f"{calling.function('sort', dtype)}({', '.join([*sizes, room.name])});"
    return [*assigned(calling.reader, node.result, x), *_each_line(calling, node, axis, [call])]


def _argsort(calling: Calling, node: Apply) -> list[str]:
    """The places of the numbers of each line, which are laid out first."""
    (x,) = node.operands
    dtype, axis = x.type.dtype, node.attr("axis") % x.type.rank
    count, step = x.type.shape[axis], strides(x.type.shape)[axis]
    keys = calling.room("keys", dtype, count)
    room = calling.room("room", "i64", 2 * count)
    line = calling.pointer(_line(calling, node, axis))
    given = [calling.size(count), keys.name, line, calling.size(step), room.name]
    index = _along(node, axis, "at")
    lines = [
        _counter("at", calling.size(count)),
        f"    {keys.name}[at] = {calling.reader.read(x, index).text};",
        "}",
        f"{calling.function('argsort', dtype)}({', '.join(given)});",
    ]
    return _each_line(calling, node, axis, lines)


def _searchsorted(calling: Calling, node: Apply) -> list[str]:
    """The numbers that ascend are laid out, and then searched for each one."""
    a, v = node.operands
    dtype = promote([a.type, v.type])[0]
    (count,) = a.type.shape
    among = calling.room("among", dtype, count)
    at = identity(v.type.shape)
    one = calling.reader.read(v, at, dtype).text
    behind = int(node.attr("side") == "right")
    given = [calling.size(count), among.name, one, str(behind)]
    call = f"{calling.function('place_among', dtype)}({', '.join(given)})"
    found = calling.each(v.type.shape, [calling.left(node.result, at, call)])
    return [*calling.filled(among, dtype, a, (), 1), *found]


def _last_along_axis(calling: Calling, node: Apply) -> list[str]:
    """Along each line: which of the positions names a place last, and then what is at those."""
    x, indices = node.operands
    axis, size = node.attr("axis") % x.type.rank, x.type.shape[node.attr("axis")]
    last = calling.room("last", "i64", size)
    index = _along(node, axis, "at")
    place = along_index(calling.reader, node, 1, size, index)
    moved = tuple([0 if s == 1 and a != axis else i
             for a, (s, i) in enumerate(zip(x.type.shape, place, strict=True))])  # fmt: skip
    named = calling.element(last, place[axis])
    is_last = Expr(f"{named} == at", 4)
    nothing = Expr(number(0, x.type.dtype))
    element = ternary(is_last, calling.reader.read(x, moved), nothing)
    head = _counter("at", calling.size(indices.type.shape[axis]))
    target = calling.part(node.result, index)
    lines = [
        head,
        f"    {named} = at;",
        "}",
        head,
        f"    {calling.element(target, 0)} = {element.text};",
        "}",
    ]
    return _each_line(calling, node, axis, lines)


def _last_put(calling: Calling, node: Apply) -> list[str]:
    """Which of the positions names a place last."""
    (indices,) = node.operands
    shape = indices.type.shape
    last = calling.room("last", "i64", node.attr("size"))
    at = identity(shape)
    named = calling.element(last, counted(calling.reader, node, 0, at, node.attr("size")))
    number_of = calling.size(flat(at, shape))
    marks = calling.each(shape, [f"{named} = {number_of};"])
    return [
        *marks,
        *calling.each(shape, [calling.left(node.result, at, f"{named} == {number_of}")]),
    ]


def _along(node: Apply, axis: int, position: str) -> Index:
    """A position of the line that the loops around are at."""
    index = identity(node.result.type.shape)
    return (*index[:axis], opaque(Expr(position)), *index[axis + 1 :])


def _line(calling: Calling, node: Apply, axis: int) -> Array:
    """Where the line begins that the loops around are at."""
    index = identity(node.result.type.shape)
    return calling.part(node.result, (*index[:axis], 0, *index[axis + 1 :]))


def _counter(name: str, count: str) -> str:
    return f"for (int64_t {name} = 0; {name} < {count}; {name}++) {{"


def _each_line(calling: Calling, node: Apply, axis: int, lines: list[str]) -> list[str]:
    shape = node.result.type.shape
    return calling.each([1 if a == axis else s for a, s in enumerate(shape)], lines)


ORDERED: dict[str, Callable[[Calling, Apply], list[str]]] = {
    "sort": _sort,
    "argsort": _argsort,
    "searchsorted": _searchsorted,
    "last_along_axis": _last_along_axis,
    "last_put": _last_put,
}
"""The operations by their names."""
