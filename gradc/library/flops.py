"""How many arithmetic operations an operation makes. Stanzas call these by name.

Multiplications and additions count one each; so does a call of a function such as `exp`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.ir.sizes import Size, product
from gradc.ir.traits import FlopsRule
from gradc.ir.types import Type

Types = Sequence[Type]


def each(count: int) -> FlopsRule:
    """So many for each element of the results."""

    def rule(operands: Types, results: Types, attrs: Sequence[Any]) -> Size:
        total: Size = 0
        for result in results:
            total = total + product(result.shape)
        return count * total

    return rule


def contraction(operands: Types, results: Types, attrs: Sequence[Any]) -> Size:
    """A product of matrices: a product and a sum for each element and each inner index."""
    return 2 * product(results[0].shape) * operands[0].shape[-1]


def einsum(operands: Types, results: Types, attrs: Sequence[Any]) -> Size:
    """A product of all operands, and a sum, for each value that the indices together take."""
    sizes: dict[str, Size] = {}
    for label, operand in zip(str(attrs[0]).partition("->")[0].split(","), operands, strict=True):
        for index, size in zip(_indices(label.strip(), operand.rank), operand.shape, strict=True):
            if sizes.get(index, 1) == 1:
                sizes[index] = size
    return len(operands) * product(tuple(sizes.values()))


def _indices(label: str, rank: int) -> list[str]:
    """What each axis is called; those of an ellipsis are counted from the right."""
    head, dots, tail = label.partition("...")
    rest = range(rank - len(head) - len(tail), 0, -1) if dots else ()
    return [*head, *(f".{n}" for n in rest), *tail]


def convolution(operands: Types, results: Types, attrs: Sequence[Any]) -> Size:
    """`conv2d_output`: each number of the result is a sum over a window."""
    return _windows(results[0], operands[1])


def convolution_input(operands: Types, results: Types, attrs: Sequence[Any]) -> Size:
    """Its adjoint in the images: each number of the cotangent goes to a window."""
    return _windows(operands[0], operands[1])


def convolution_weight(operands: Types, results: Types, attrs: Sequence[Any]) -> Size:
    """Its adjoint in the weights: each number of the cotangent meets a window of the images."""
    return _windows(operands[0], results[0])


def _windows(image: Type, weight: Type) -> Size:
    return 2 * product(image.shape) * product(weight.shape[1:])


FUNCTIONS: dict[str, FlopsRule] = {
    f.__name__: f for f in (contraction, einsum, convolution, convolution_input, convolution_weight)
}
