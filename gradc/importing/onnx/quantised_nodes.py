"""ONNX operators of quantised models: integers that stand for numbers, by a scale and a zero."""

from __future__ import annotations

import numpy as np
from onnx import helper

from gradc.importing.foreign import Operand, Tensor, numpy_type
from gradc.importing.onnx.bound import Array, Bound, Known
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says

_NAMES = ("int8", "uint8", "int16", "uint16")
"""Element types whose range is held."""


@says("DequantizeLinear")
def dequantise(n: Node) -> Bound:
    """`(x - zero) * scale`. What the file holds as integers is a weight of floats."""
    x = n.bound(0)
    if isinstance(x, Known) and n.is_known(1) and n.is_known(2):
        scale, zero = n.numbers(1), n.numbers(2) if n.has(2) else np.zeros((), np.int32)
        wide, less = (_spread(n, a, x.data.shape) for a in (scale, zero))
        data = (x.data.astype(np.int32) - less.astype(np.int32)).astype(np.float32) * wide
        return Known(data.astype(np.float32), x.name, data.size > 1)
    tensor = n.tensor(0)
    zero_told = _told(n, 2, tensor, tensor.dtype)
    apart = tensor if zero_told is None else n.apply("subtract", tensor, zero_told)
    return n.apply("multiply", n.apply("astype", apart, "f32"), _told(n, 1, tensor, "f32"))


@says("QuantizeLinear")
def quantise(n: Node) -> Bound:
    """`round(x / scale) + zero`, kept within the element type; derivatives end there."""
    x = n.tensor(0)
    low, high = _range(n)
    found = n.apply("round", n.apply("divide", x, _told(n, 1, x, x.dtype)))
    zero = _told(n, 2, x, x.dtype)
    if zero is not None:
        found = n.apply("add", found, zero)
    return n.apply("astype", n.apply("clip", found, min=low, max=high), "i32")


@says("MatMulInteger")
def integer_product(n: Node) -> Bound:
    """The product of what integers stand for, before any scale."""
    given: list[Operand] = []
    for i in range(2):
        x = n.tensor(i)
        if n.has(i + 2) and not (n.is_known(i + 2) and not n.numbers(i + 2).any()):
            zero = n.tensor(i + 2)
            if zero.rank == 1 and not i:  # one for each row
                zero = n.apply("index", zero, entries=(slice(None), None))
            x = n.apply("subtract", x, zero)
        given.append(x)
    return n.apply("matmul", *given)


def _told(n: Node, i: int, x: Tensor, dtype: str) -> Operand:
    """A scale or a zero beside the array: a number, or one for each place of its axis.

    None is a zero that changes nothing.
    """
    if not n.has(i):
        return None
    if not n.is_known(i):
        tensor = n.tensor(i)
        if tensor.rank:
            raise n.refuse("by scales that are computed along an axis", "hold them in the file")
        return tensor if tensor.dtype == dtype else n.apply("astype", tensor, dtype)
    data = n.numbers(i)
    if i == 1 and data.dtype != np.float32:
        raise n.refuse(f"by a scale of {data.dtype.name}", "export the model in float32")
    if i == 2 and not data.any():
        return None
    data = data.astype(numpy_type(dtype))
    if data.size == 1:
        number: int | float = data.reshape(-1)[0].item()
        return number
    if data.ndim != 1 or n.attr("block_size", 0):
        raise n.refuse("in blocks", "export the model with one scale for each channel")
    axis = n.axis(0, 1)
    shape = [data.size if a == axis else 1 for a in range(axis, x.rank)]
    return n.making.known(data.reshape(shape))


def _range(n: Node) -> tuple[int, int]:
    """The ends of the element type that comes out. Raises Unsupported."""
    asked = n.attr("output_dtype", 0)
    name = "uint8"
    if asked:
        name = helper.tensor_dtype_to_np_dtype(asked).name
    elif n.has(2):
        zero = n.inputs[2]
        name = zero.data.dtype.name if isinstance(zero, Known) else "uint8"
    if name not in _NAMES:
        raise n.refuse(f"to {name}", f"elements may be {', '.join(_NAMES)}")
    ends = np.iinfo(name)
    return int(ends.min), int(ends.max)


def _spread(n: Node, data: Array, shape: tuple[int, ...]) -> Array:
    """A scale or a zero for each element of an array of this shape."""
    if data.size == 1:
        return data.reshape(())
    axis = int(n.attr("axis", 1)) % len(shape)
    if data.ndim == 1 and not n.attr("block_size", 0):
        return data.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    block = int(n.attr("block_size", 0)) or -(-shape[axis] // data.shape[axis])
    wide = np.repeat(data, block, axis=axis)
    return wide[tuple(slice(s) for s in shape)]
