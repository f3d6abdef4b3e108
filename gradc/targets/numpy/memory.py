"""What NumPy allocates for an operation beside its result, and where the result lies.

All of it can be measured: `tests/memory` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from gradc.ir.layout import Layout, alike, packed
from gradc.ir.node import Apply
from gradc.ir.sizes import Size
from gradc.targets.numpy.products import einsum_layout, einsum_scratch
from gradc.targets.numpy.spelling import spelling_of

Known = Callable[[Size], int]
_LEAST_RECYCLED = 256 * 1024  # bytes from which NumPy writes over a temporary
_BOTH, _FIRST = ("+", "*"), ("-", "/", "//")


def _fits(node: Apply, operands: Sequence[Layout], at: int) -> bool:
    """Whether the result has the place of an operand, and the other one does not stretch it."""
    mine, other = operands[at], operands[1 - at]
    kind = node.operands[at].type
    if mine.bytes < _LEAST_RECYCLED or kind.dtype != node.result.type.dtype:
        return False
    if not other.shape:
        # A scalar of NumPy's in front has an operator of its own.
        return at == 0 or node.operands[0].type.weak
    return mine.shape == other.shape


Rule = Callable[[Apply, Sequence[Layout], Layout], int]


def _masked(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    return operands[1].count


def _of_truth(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    """A mask of the result's size, or of its matrices'."""
    return math.prod(result.shape[-2:])


def _one_hot(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    return result.count


def _packed_first(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    x = operands[1 if node.name == "look_up" else 0]
    return 0 if x.is_packed else x.bytes


def _position(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    """`argmax` brings its axis to the end."""
    axis, (x,) = node.attr("axis"), operands
    is_last = axis is None or axis % len(x.shape) == len(x.shape) - 1
    return 0 if is_last and x.is_packed else x.bytes


def _scattered(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    """The place of each element in the flat result, and of each row."""
    x, indices = operands[:2]
    if len(result.shape) == 1:
        return 0
    rows = 8 * indices.count * math.prod(result.shape[: node.attr("axis")])
    return rows + 8 * x.count + (0 if x.is_packed else x.bytes)


def _rows(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    """Positions of rows; what is changed there is fetched first."""
    rows = operands[1].count
    return rows * (8 + (2 * result.itemsize if node.name == "less_at" else 0))


def _mask_of_draws(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    return result.count


def _tiles(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    reps = [r for r in node.attr("reps") if r != 1]
    last = result.shape[-1] // max(operands[0].shape[-1], 1) if operands[0].shape else 1
    return result.bytes // max(last, 1) if len(reps) > 1 else 0


def _like_operand(arrays: float) -> Rule:
    """So many arrays like the operand."""
    return lambda node, operands, result: int(arrays * operands[0].bytes)


def _in_double(bytes_each: int) -> Rule:
    """So many bytes an element where it is computed in f64, and the result once more in f32."""

    def rule(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
        return result.count * (bytes_each + 8 - result.itemsize)

    return rule


def _polygamma(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    each = {0: 57, 1: 65}.get(node.attr("n"), 56)
    return _in_double(each)(node, operands, result)


def _sinc_derivative(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    return _in_double(57 + 8 * int(node.attr("n")))(node, operands, result)


def _einsum(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    return einsum_scratch(str(node.attrs[0]), operands, result)


# --- windows ---


def _padding(node: Apply) -> tuple[int, int]:
    """By how much rows and columns are more."""
    (top, bottom), (left, right) = node.attr("padding")
    return top + bottom, left + right


def _wide(node: Apply, x: Layout) -> int:
    """The bytes of images with what is padded."""
    rows, columns = _padding(node)
    *lead, h, w = x.shape
    return math.prod([*lead, h + rows, w + columns]) * x.itemsize


def _padded(node: Apply, x: Layout) -> int:
    return _wide(node, x) if any(_padding(node)) else 0


def _within_padding(node: Apply, usual: Layout) -> Layout:
    """What is cut out of padded images."""
    rows, columns = _padding(node)
    *lead, h, w = usual.shape
    wide = packed((*lead, h + rows, w + columns), usual.itemsize)
    return Layout(usual.shape, wide.strides, usual.itemsize)


def _columns(x: Layout, weights: tuple[int, ...], places: tuple[int, ...]) -> int:
    """The bytes of the windows of all images as columns."""
    return x.shape[0] * x.shape[1] * math.prod(weights[2:]) * math.prod(places) * x.itemsize


def _conv2d(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    x, w = operands
    columns = _columns(x, w.shape, result.shape[2:])
    return columns + max(_padded(node, x) - result.bytes, 0)


def _conv2d_weight(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    dy, x = operands
    columns = _columns(x, result.shape, dy.shape[2:])
    of_each = x.shape[0] * result.bytes
    return columns + max(_padded(node, x) - result.bytes, of_each)


def _conv2d_input(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    dy, w = operands
    return _columns(result, w.shape, dy.shape[2:])


def _max_pool2d(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    return _padded(node, operands[0])


def _unpooled(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    _, at, most = operands
    return _padded(node, at) + most.count * (2 + most.itemsize)


_SCRATCH: dict[str, Rule] = {
    "guard": _masked,
    "tril": _of_truth,
    "triu": _of_truth,
    "tri": _of_truth,
    "one_hot": _one_hot,
    "take": _packed_first,
    "look_up": _packed_first,
    "argmax": _position,
    "argmin": _position,
    "scatter_add": _scattered,
    "pick": _rows,
    "unpick": _rows,
    "less_at": _rows,
    "dropout_mask": _mask_of_draws,
    "tile": _tiles,
    "einsum": _einsum,
    "erf": _like_operand(4),
    "erfc": _in_double(48),
    "erfcx": _in_double(40),
    "lgamma": _in_double(88),
    "polygamma": _polygamma,
    "sinc": _like_operand(2),
    "sinc_derivative": _sinc_derivative,
    "cofactors": _like_operand(4.1),
    "pinv": _like_operand(3),
    "conv2d": _conv2d,
    "conv2d_weight": _conv2d_weight,
    "conv2d_input": _conv2d_input,
    "max_pool2d": _max_pool2d,
    "max_pool2d_adjoint": _unpooled,
    "max_pool2d_pick": _unpooled,
}
"""Where nothing stands there is nothing beside the result that goes with its size."""


class NumPyMemory:
    """What NumPy allocates."""

    def made(self, node: Apply, operands: Sequence[Layout], packed: Layout) -> Layout:
        """How the result of a node lies in memory of its own."""
        if node.traits.elementwise:
            return alike(packed.shape, packed.itemsize, operands)
        if node.name == "einsum":
            return einsum_layout(str(node.attrs[0]), operands, packed)
        if node.name in ("conv2d_input", "max_pool2d_adjoint"):
            return _within_padding(node, packed)
        return packed

    def recycles(self, node: Apply, operands: Sequence[Layout]) -> list[int]:
        """The operands that Python's operator writes over, where they are temporaries."""
        operator = spelling_of(node.op).operator
        if operator == "**":
            exponent = node.operands[1]
            return [0] if exponent.type.weak and not exponent.type.shape else []
        if len(operands) == 1:
            return [0] if operator == "-" and operands[0].bytes >= _LEAST_RECYCLED else []
        found = []
        if operator in (*_BOTH, *_FIRST) and _fits(node, operands, 0):
            found.append(0)
        if operator in _BOTH and _fits(node, operands, 1):
            found.append(1)
        return found

    def scratch(self, node: Apply, operands: Sequence[Layout], known: Known) -> int:
        """The bytes beside the result at the moment when they are the most."""
        rule = _SCRATCH.get(node.name)
        if rule is None:
            return 0
        shape = tuple([known(s) for s in node.result.type.shape])
        itemsize = operands[0].itemsize if operands else 8
        return rule(node, operands, packed(shape, itemsize))
