"""What NumPy allocates for an operation beside its result, and where the result lies.

All of it can be measured: `tests/memory` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from gradc.ir.layout import Layout, alike, packed
from gradc.ir.node import Apply
from gradc.ir.sizes import Size
from gradc.passes.target import ResultsAlone
from gradc.targets.numpy import tiles
from gradc.targets.numpy.products import einsum_layout, einsum_scratch
from gradc.targets.numpy.spelling import spelling_of

Known = Callable[[Size], int]
_LEAST_RECYCLED = 256 * 1024  # bytes from which NumPy writes over a temporary
_SCATTERED = 32768  # elements whose positions `_scatter_add` makes at a time
_FEW_COLUMNS = 16  # fewer it adds one by one
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
    """The place of each row in the flat result, and of the elements of some rows."""
    (x, indices), axis = operands[:2], node.attr("axis")
    if len(result.shape) == 1:
        return 0
    rows = indices.count * math.prod(result.shape[:axis])
    after = math.prod(result.shape[axis + 1 :])
    copied = 0 if x.is_packed else x.bytes
    if after < _FEW_COLUMNS:
        is_viewed = len(x.shape) == 2 and axis == 0  # a row for each position, as it is
        return 8 * rows + max(8 * indices.count, 0 if is_viewed else copied)
    block = min(rows, _SCATTERED // after + 1) * after
    return 8 * rows + max(8 * indices.count, 8 * block + copied)


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
    "conv2d_output": tiles.conv2d_output,
    "conv2d_weight": tiles.conv2d_weight,
    "conv2d_input": tiles.conv2d_input,
    "max_pool2d": tiles.max_pool2d,
    "max_pool2d_adjoint": tiles.unpooled,
    "max_pool2d_pick": tiles.unpooled,
}
"""Where nothing stands there is nothing beside the result that goes with its size."""


class NumPyMemory(ResultsAlone):
    """What NumPy allocates."""

    def made(self, node: Apply, operands: Sequence[Layout], packed: Layout) -> Layout:
        """How the result of a node lies in memory of its own."""
        if node.traits.elementwise:
            return alike(packed.shape, packed.itemsize, operands)
        if node.name == "einsum":
            return einsum_layout(str(node.attrs[0]), operands, packed)
        if node.name == "max_pool2d_adjoint":
            return tiles.within_padding(node, packed)
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
