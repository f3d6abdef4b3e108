"""Sorting along an axis, by insertion: lines are short, and equal numbers stay in their order."""

from __future__ import annotations

from gradc.ir.node import Apply
from gradc.ir.types import FLOATS
from gradc.targets.c.expression import ADD, POSTFIX, Expr
from gradc.targets.c.groups import identity
from gradc.targets.c.identifiers import TYPES
from gradc.targets.c.loops import assigned
from gradc.targets.c.nesting import nested
from gradc.targets.c.reading import Reader
from gradc.targets.c.sizes import Index, flat, opaque, strides

NAMES = ("item", "slot", "before", "one", "other")
"""The variables of a sort, which are called so in every function."""


def sort_lines(reader: Reader, node: Apply) -> list[str]:
    """A copy, whose lines along the axis are then sorted where they are."""
    (x,) = node.operands
    shape, axis = x.type.shape, node.attr("axis") % x.type.rank
    array = reader.arrays[node.result]
    reader.helpers["sort", x.type.dtype] = None
    at = reader.size(flat(_along(node, axis, "0"), shape) + array.offset).text
    sizes = [reader.size(s).text for s in (shape[axis], strides(shape)[axis])]
    call = f"sort_{x.type.dtype}({sizes[0]}, {array.name} + {at}, {sizes[1]});"
    return [*assigned(reader, node.result, x), *_each_line(reader, node, axis, [call])]


def argsort_lines(reader: Reader, node: Apply) -> list[str]:
    """The positions of a line, put where their numbers belong; those are read where they are."""
    (x,) = node.operands
    shape, axis = x.type.shape, node.attr("axis") % x.type.rank
    array, kind = reader.arrays[node.result], TYPES[x.type.dtype]

    def place(name: str) -> str:
        at = flat(_along(node, axis, name), shape) + array.offset
        return f"{array.name}[{reader.size(at).text}]"

    one, other = (reader.read(x, _along(node, axis, n)).text for n in ("item", "before"))
    last = " || (other != other && one == one)" if x.type.dtype in FLOATS else ""
    lines = [
        f"for (int64_t item = 0; item < {reader.size(shape[axis]).text}; item++) {{",
        f"    const {kind} one = {one};",
        "    int64_t slot = item;",
        "    for (; slot > 0; slot--) {",
        f"        const int64_t before = {place('slot - 1')};",
        f"        const {kind} other = {other};",
        f"        if (!(one < other{last})) break;",
        f"        {place('slot')} = before;",
        "    }",
        f"    {place('slot')} = item;",
        "}",
    ]
    return _each_line(reader, node, axis, lines)


def _along(node: Apply, axis: int, position: str) -> Index:
    """A position of the line that the loops around are at."""
    index = identity(node.result.type.shape)
    here = 0 if position == "0" else opaque(Expr(position, POSTFIX if position.isalpha() else ADD))
    return (*index[:axis], here, *index[axis + 1 :])


def _each_line(reader: Reader, node: Apply, axis: int, lines: list[str]) -> list[str]:
    shape = node.result.type.shape
    order = [a for a, s in enumerate(shape) if s != 1 and a != axis]
    return nested(shape, order, lines, reader)
