"""Convolutions, by functions that all of a source share: windows as columns, times the weights."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size, product
from gradc.ir.types import FLOATS, Type
from gradc.targets.c.calling import Calling
from gradc.targets.c.kernels import CORES
from gradc.targets.c.reading import Reader, is_packed
from gradc.targets.c.split import SHARED

_NUMBERS = (
    ("channels", "height", "width", "down", "right"),
    ("step_down", "step_right", "apart_down", "apart_right"),
    ("above", "left", "rows", "columns"),
)
"""The members of the struct that says where windows are, line by line."""

_COLUMNS = 49_152  # elements that stay in cache
_FEW_ROWS = 4  # of an image, where its size is not known


def output_lines(reader: Reader, node: Apply, room: Calling) -> list[str] | None:
    """A convolution of images."""
    x, w = node.operands
    return _lines(reader, node, room, image=x, weights=w, out=node.result)


def input_lines(reader: Reader, node: Apply, room: Calling) -> list[str] | None:
    """The cotangent of the images."""
    dy, w = node.operands
    return _lines(reader, node, room, image=node.result, weights=w, out=dy)


def weight_lines(reader: Reader, node: Apply, room: Calling) -> list[str] | None:
    """The cotangent of the weights."""
    dy, x = node.operands
    return _lines(reader, node, room, image=x, weights=node.result, out=dy)


def _lines(
    reader: Reader, node: Apply, room: Calling, *, image: Value, weights: Value, out: Value
) -> list[str] | None:
    dtype = node.result.type.dtype
    values = [*node.operands, node.result]
    pointers = [_whole(reader, v) for v in values]
    if dtype not in FLOATS or None in pointers or any(v.type.dtype != dtype for v in values):
        return None
    images, _, height, width = image.type.shape
    outs, channels, down, right = weights.type.shape
    _, _, rows, columns = out.type.shape
    groups = node.attr("groups")
    inner = channels * down * right
    few = _few_rows(inner, rows, columns)
    stride, padding = node.attr("stride"), node.attr("padding")
    dilation = node.attr("dilation") if "dilation" in node.op.attribute_index else (1, 1)
    numbers = [
        channels, height, width, down, right, *stride, *dilation, padding[0][0], padding[1][0],
        rows, columns,
    ]  # fmt: skip
    each = outs // groups
    counts = [reader.size(s).text for s in (images, groups, each)]
    given = [p for p in pointers if p is not None]
    parts = _parts(images * groups)
    if weights is node.result:
        if not isinstance(size := product(weights.type.shape), int) or size > SHARED:
            parts = 1
        given.append(room.scratch("turned", Type(dtype, (parts, inner * each))))
        others = Type(dtype, (parts - 1, size))
        given.append(room.scratch("others", others) if parts > 1 else "NULL")
    given += [
        room.scratch("columns", Type(dtype, (parts, inner * _rounded(few * columns)))),
        str(parts),
    ]
    given += room.panel(dtype)[:1]
    window = room.name(f"{node.result.name.rpartition('.')[2]}_windows")
    return [
        f"const windows {window} = {{",
        *(f"    {', '.join(_told(room, numbers, row))}," for row in _NUMBERS),
        "};",
        *room.call(node.name, dtype, [*counts, f"&{window}", room.size(few)], given),
    ]


def _told(room: Calling, numbers: Sequence[Size], row: Sequence[str]) -> list[str]:
    """Members of a struct by their names."""
    names = [name for names in _NUMBERS for name in names]
    return [f".{name} = {room.size(numbers[names.index(name)])}" for name in row]


def _few_rows(inner: Size, rows: Size, columns: Size) -> Size:
    """How many rows of windows are columns at a time."""
    long = inner * columns
    if not isinstance(long, int):
        return _FEW_ROWS
    few = max(1, _COLUMNS // max(1, long))
    return min(few, rows) if isinstance(rows, int) else few


def _rounded(size: Size) -> Size:
    """At least as much as makes rows of columns begin where vectors do."""
    return -(-size // 16) * 16 if isinstance(size, int) else size + 15


def _parts(images: Size) -> int:
    """In how many parts images go at most: one where there may not be as many."""
    return 1 if isinstance(images, int) and images < CORES else CORES


def _whole(reader: Reader, value: Value) -> str | None:
    """Where all elements of a value lie one behind the other."""
    found = reader.strided(value)
    if found is None:
        return None
    array, start, steps = found
    shape = value.type.shape
    if product(shape) == 0 or not is_packed(shape, steps):
        return None
    at = reader.size(start).text
    return array.name if at == "0" else f"{array.name} + {at}"
