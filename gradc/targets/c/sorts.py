"""Sorting along an axis, by functions that all of a source share."""

from __future__ import annotations

from gradc.ir.node import Apply
from gradc.targets.c.groups import identity, unsupported
from gradc.targets.c.loops import assigned, nested
from gradc.targets.c.reading import Reader
from gradc.targets.c.sizes import Index, flat, strides


def sort_lines(reader: Reader, node: Apply) -> list[str]:
    """A copy, whose lines along the axis are then sorted where they are."""
    (x,) = node.operands
    return [*assigned(reader, node.result, x), *_each_line(reader, node, "sort", x.type.dtype)]


def argsort_lines(reader: Reader, node: Apply) -> list[str]:
    """The positions of a line, in the order of its numbers, which are read where they are."""
    (x,) = node.operands
    found = reader.strided(x)
    if found is None:
        raise unsupported(node)
    array, position, steps = found
    axis = node.attr("axis") % x.type.rank
    for a, i in enumerate(_along(node, axis)):
        position = position + i * steps[a]
    numbers = f"{array.name} + {reader.size(position).text}, {reader.size(steps[axis]).text}"
    return _each_line(reader, node, "argsort", x.type.dtype, numbers)


def _along(node: Apply, axis: int) -> Index:
    """Where the line begins that a nest is at."""
    index = identity(node.result.type.shape)
    return (*index[:axis], 0, *index[axis + 1 :])


def _each_line(reader: Reader, node: Apply, name: str, dtype: str, numbers: str = "") -> list[str]:
    """A call for each line along the axis."""
    shape = node.result.type.shape
    axis = node.attr("axis") % len(shape)
    array = reader.arrays[node.result]
    at = reader.size(flat(_along(node, axis), shape) + array.offset).text
    reader.helpers[name, dtype] = None
    sizes = [
        reader.size(shape[axis]).text,
        f"{array.name} + {at}",
        reader.size(strides(shape)[axis]).text,
    ]
    arguments = ", ".join([*sizes, *([numbers] if numbers else [])])
    order = [a for a, s in enumerate(shape) if s != 1 and a != axis]
    return nested(shape, order, [f"{name}_{dtype}({arguments});"], reader)
