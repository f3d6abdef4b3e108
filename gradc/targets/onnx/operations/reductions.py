"""What is reduced over axes, and sums of products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.sizes import product
from gradc.targets.onnx.logic import applied
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.writer import Writer


def _reduced(kind: str) -> Any:
    def rule(w: Writer, node: Apply, x: Tensor) -> Tensor:
        return numbered(w, w.cast(x, node.result.type.dtype), lambda x: _over(w, node, x, kind))

    return rule


def numbered(w: Writer, x: Tensor, rule: Callable[[Tensor], Tensor]) -> Tensor:
    """What a rule makes of numbers, which bools are made where ONNX has nothing for them."""
    if x.dtype != "bool":
        return rule(x)
    return w.cast(rule(w.cast(x, "i32")), "bool")


def _logical(kind: str) -> Any:
    """ONNX reduces no bools: those that hold are 1."""

    def rule(w: Writer, node: Apply, x: Tensor) -> Tensor:
        return w.cast(_over(w, node, w.cast(w.cast(x, "bool"), "i32"), kind), "bool")

    return rule


def _over(w: Writer, node: Apply, x: Tensor, kind: str) -> Tensor:
    axis, rank = node.attr("axis"), node.operands[0].type.rank
    axes = range(rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    keeps = node.result.type.rank == rank and bool(rank)
    if not tuple(axes):
        return w.op("Identity", x)
    return w.op(kind, x, w.ints(sorted(a % rank for a in axes)), keepdims=int(keeps))


def _position(kind: str) -> Any:
    def rule(w: Writer, node: Apply, x: Tensor) -> Tensor:
        axis, kind_of = node.attr("axis"), node.operands[0].type
        keeps = int(node.result.type.rank == kind_of.rank)
        if x.dtype == "bool":
            x = w.cast(x, "i32")
        if axis is not None:
            return w.op(kind, x, dtype="i64", axis=axis % kind_of.rank, keepdims=keeps)
        flat = w.reshaped(x, (product(kind_of.shape),))
        found = w.op(kind, flat, dtype="i64", axis=0, keepdims=0)
        return w.reshaped(found, node.result.type.shape) if node.result.type.shape else found

    return rule


def _matmul(w: Writer, node: Apply, a: Tensor, b: Tensor) -> Tensor:
    """A vector is a matrix of one row or column: runtimes that fuse a transposition with `MatMul`
    take a vector beside it for something else.
    """
    dtype, ranks = node.result.type.dtype, [v.type.rank for v in node.operands]
    a, b = w.cast(a, dtype), w.cast(b, dtype)
    if 1 not in ranks or max(ranks) == 1:
        return w.op("MatMul", a, b)
    a = w.unsqueezed(a, [0]) if ranks[0] == 1 else a
    b = w.unsqueezed(b, [1]) if ranks[1] == 1 else b
    return w.squeezed(w.op("MatMul", a, b), [-2 if ranks[0] == 1 else -1])


def _einsum(w: Writer, node: Apply, *arrays: Tensor) -> Tensor:
    dtype = node.result.type.dtype
    given = [w.cast(x, dtype) for x in arrays]
    return w.op("Einsum", *given, equation=node.attr("subscripts").replace(" ", ""))


def _det(w: Writer, node: Apply, x: Tensor) -> Tensor:
    return w.op("Det", x)


def _vecdot(w: Writer, node: Apply, a: Tensor, b: Tensor) -> Tensor:
    both = applied(w, "Mul", [a, b])
    return numbered(w, both, lambda x: w.op("ReduceSum", x, w.ints([-1]), keepdims=0))


RULES: dict[str, Any] = {
    "sum": _reduced("ReduceSum"),
    "mean": _reduced("ReduceMean"),
    "max": _reduced("ReduceMax"),
    "min": _reduced("ReduceMin"),
    "prod": _reduced("ReduceProd"),
    "max_or_least": _reduced("ReduceMax"),
    "max_of_some": _reduced("ReduceMax"),
    "all": _logical("ReduceMin"),
    "any": _logical("ReduceMax"),
    "argmax": _position("ArgMax"),
    "argmin": _position("ArgMin"),
    "matmul": _matmul,
    "einsum": _einsum,
    "vecdot": _vecdot,
    "det": _det,
}
