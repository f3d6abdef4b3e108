"""Convolutions and pooling, element by element."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.targets.c.expression import Expr, binary, both, ternary
from gradc.targets.c.identifiers import number
from gradc.targets.c.nests.nest import ElementAt, Nest, Scatter, Total
from gradc.targets.c.reading import Reader
from gradc.targets.c.sizes import Index, opaque


def _place(node: Apply, out: Index, inner: Index) -> Index:
    """Where in an image, which padding may lie around, an element of a window is."""
    found: list[Size] = []
    dilations = node.attr("dilation") if "dilation" in node.op.attribute_index else (1, 1)
    for axis in range(2):
        before = node.attr("padding")[axis][0]
        found.append(out[axis] * _stride(node)[axis] + inner[axis] * dilations[axis] - before)
    return tuple(found)


def _stride(node: Apply) -> tuple[int, int]:
    stride: tuple[int, int] | None = node.attr("stride")
    return node.attr("size") if stride is None else stride


def _inside(reader: Reader, node: Apply, place: Index, shape: tuple[Size, ...]) -> Expr | None:
    """Whether that is within the image; None where nothing lies around it."""
    conditions = []
    for axis, (before, after) in enumerate(node.attr("padding")):
        position = reader.size(place[axis])
        if before != 0:
            conditions.append(binary(">=", position, Expr("0")))
        if after != 0:
            conditions.append(binary("<", position, reader.size(shape[axis])))
    return both(conditions)


def _or_nothing(reader: Reader, node: Apply, x: Value, index: Index, fill: float) -> Expr:
    """An element of an image, or what stands around it."""
    condition = _inside(reader, node, index[2:], x.type.shape[2:])
    if condition is None:
        return reader.read(x, index)
    with reader.under_condition():
        return ternary(condition, reader.read(x, index), Expr(number(fill, x.type.dtype)))


def _channel(reader: Reader, node: Apply, w: tuple[Size, ...], out: Size, inner: Size) -> Size:
    """The channel of the image that a channel of a group is."""
    groups = node.attr("groups")
    if groups == 1:
        return inner
    each = w[0] // groups
    return opaque(binary("/", reader.size(out), reader.divisor(each))) * w[1] + inner


def _conv2d(node: Apply) -> Total:
    x, w = node.operands
    domain = (*node.result.type.shape, *w.type.shape[1:])

    def element(reader: Reader, index: Index) -> Expr:
        image, channel, row, column, inner, down, right = index
        place = _place(node, (row, column), (down, right))
        of = _channel(reader, node, w.type.shape, channel, inner)
        left = _or_nothing(reader, node, x, (image, of, *place), 0)
        return binary("*", left, reader.read(w, (channel, inner, down, right)))

    return Total(domain, frozenset((4, 5, 6)), "sum", element)


def _conv2d_weight(node: Apply) -> Total:
    dy, x = node.operands
    shape = node.result.type.shape
    images, _, rows, columns = dy.type.shape

    def element(reader: Reader, index: Index) -> Expr:
        channel, inner, down, right, image, row, column = index
        place = _place(node, (row, column), (down, right))
        of = _channel(reader, node, shape, channel, inner)
        left = _or_nothing(reader, node, x, (image, of, *place), 0)
        return binary("*", left, reader.read(dy, (image, channel, row, column)))

    return Total((*shape, images, rows, columns), frozenset((4, 5, 6)), "sum", element)


def _conv2d_input(node: Apply) -> Scatter:
    dy, w = node.operands
    shape = node.result.type.shape

    def place(reader: Reader, index: Index) -> Index:
        image, channel, row, column, inner, down, right = index
        of = _channel(reader, node, w.type.shape, channel, inner)
        return (image, of, *_place(node, (row, column), (down, right)))

    def element(reader: Reader, index: Index) -> Expr:
        return binary("*", reader.read(dy, index[:4]), reader.read(w, (index[1], *index[4:])))

    def condition(reader: Reader, index: Index) -> Expr | None:
        return _inside(reader, node, place(reader, index)[2:], shape[2:])

    domain = (*dy.type.shape, *w.type.shape[1:])
    return Scatter(domain, None, place, element, True, condition)


def _max_pool2d(node: Apply) -> Total:
    (x,) = node.operands
    shape = node.result.type.shape
    domain = (*shape, *node.attr("size"))
    rank = len(shape)

    def element(reader: Reader, index: Index) -> Expr:
        place = _in_image(node, index)
        condition = _inside(reader, node, place[-2:], x.type.shape[-2:])
        if condition is None:
            return reader.read(x, place)
        with reader.under_condition():
            least = Expr(number(float("-inf"), x.type.dtype))
            return ternary(condition, reader.read(x, place), least)

    return Total(domain, frozenset((rank, rank + 1)), "max", element)


def _max_pool2d_adjoint(node: Apply) -> Scatter:
    def element(reader: Reader, index: Index) -> Expr:
        return reader.read(node.operands[0], index[:-2])

    return _at_the_largest(node, node.operands[0], element, from_window=True)


def _max_pool2d_pick(node: Apply) -> Scatter:
    def element(reader: Reader, index: Index) -> Expr:
        return reader.read(node.operands[0], _in_image(node, index))

    return _at_the_largest(node, node.result, element, from_window=False)


def _at_the_largest(
    node: Apply, windows: Value, element: ElementAt, *, from_window: bool
) -> Scatter:
    """What goes to, or comes from, the first of the largest elements of each window."""
    _, image, most = node.operands

    def condition(reader: Reader, index: Index) -> Expr | None:
        place = _in_image(node, index)
        inside = _inside(reader, node, place[-2:], image.type.shape[-2:])
        with reader.under_condition():
            largest = reader.read(most, index[:-2])
            is_largest = binary("==", reader.read(image, place), largest)
        return both([*([] if inside is None else [inside]), is_largest])

    def place(reader: Reader, index: Index) -> Index:
        return _in_image(node, index) if from_window else index[:-2]

    shape = windows.type.shape
    domain = (*shape, *node.attr("size"))
    return Scatter(domain, None, place, element, from_window, condition, len(shape))


def _in_image(node: Apply, index: Index) -> Index:
    """The place in an image of an element of a window."""
    return (*index[:-4], *_place(node, index[-4:-2], index[-2:]))


RULES: dict[str, Callable[[Apply], Nest]] = {
    "conv2d_output": _conv2d,
    "conv2d_input": _conv2d_input,
    "conv2d_weight": _conv2d_weight,
    "max_pool2d": _max_pool2d,
    "max_pool2d_adjoint": _max_pool2d_adjoint,
    "max_pool2d_pick": _max_pool2d_pick,
}
