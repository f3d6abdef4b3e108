"""Arrays that are made of nothing but their shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.ir.node import Apply
from gradc.ir.sizes import Poly
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.writer import Writer


def _zeros(w: Writer, node: Apply, *_: Tensor) -> Tensor:
    return w.filled(0, node.result.type.shape, node.result.type.dtype)


def _ones(w: Writer, node: Apply, *_: Tensor) -> Tensor:
    return w.filled(1, node.result.type.shape, node.result.type.dtype)


def _full(w: Writer, node: Apply, *given: Tensor) -> Tensor:
    return w.expanded(w.cast(given[-1], node.result.type.dtype), node.result.type.shape)


def _eye(w: Writer, node: Apply) -> Tensor:
    return _on_diagonal(w, node, "Equal")


def _tri(w: Writer, node: Apply) -> Tensor:
    return _on_diagonal(w, node, "LessOrEqual")


def _on_diagonal(w: Writer, node: Apply, relation: str) -> Tensor:
    """1 where the column is equal to the row and `k`, or no larger."""
    rows, columns = (w.counted(0, size) for size in node.result.type.shape)
    moved = w.op("Add", w.unsqueezed(rows, [1]), w.number(node.attr("k"), "i64"))
    holds = w.op(relation, w.unsqueezed(columns, [0]), moved, dtype="bool")
    return w.cast(holds, node.result.type.dtype)


def _arange(w: Writer, node: Apply) -> Tensor:
    start, stop, step = node.attr("start"), node.attr("stop"), node.attr("step")
    dtype, (count,) = node.result.type.dtype, node.result.type.shape
    low: Any = 0 if stop is None else start
    whole = all(isinstance(v, int | Poly) for v in (low, step))
    steps = w.counted(0, count)
    if not whole:  # in double precision, as NumPy counts
        steps = w.cast(steps, "f64")
    found = w.op("Mul", steps, w.number(step, steps.dtype))
    return w.cast(w.op("Add", found, w.number(low, steps.dtype)), dtype)


def _one_hot(w: Writer, node: Apply, labels: Tensor) -> Tensor:
    *_, classes = node.result.type.shape
    last = w.unsqueezed(w.cast(labels, "i64"), [node.result.type.rank - 1])
    holds = w.op("Equal", last, w.counted(0, classes), dtype="bool")
    return w.cast(holds, node.result.type.dtype)


def _array(w: Writer, node: Apply) -> Tensor:
    kind = node.result.type
    shape = tuple(int(size) for size in kind.shape if isinstance(size, int))
    return w.array(np.array(node.attr("value")).reshape(shape), kind.dtype)


RULES: dict[str, Any] = {
    "zeros": _zeros,
    "ones": _ones,
    "full": _full,
    "zeros_like": _zeros,
    "ones_like": _ones,
    "full_like": _full,
    "eye": _eye,
    "tri": _tri,
    "arange": _arange,
    "one_hot": _one_hot,
    "array": _array,
}
