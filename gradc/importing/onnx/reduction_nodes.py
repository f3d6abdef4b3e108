"""ONNX operators that reduce along axes, or go along one."""

from __future__ import annotations

from gradc.importing.foreign import Operand, Tensor
from gradc.importing.norms import vector_norm
from gradc.importing.onnx.bound import Bound
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import cut, spread

REDUCTIONS = {
    "ReduceSum": "sum", "ReduceMean": "mean", "ReduceMax": "max", "ReduceMin": "min",
    "ReduceProd": "prod", "ReduceLogSumExp": "logsumexp", "ReduceSumSquare": "sum",
    "ReduceLogSum": "sum", "ReduceL1": "norm", "ReduceL2": "norm",
}  # fmt: skip


@says(*REDUCTIONS)
def reduction(n: Node) -> Bound:
    x = n.tensor(0)
    axes = n.given_ints("axes", 1)
    if not axes and n.attr("noop_with_empty_axes", 0):
        axes = []
    elif not axes:
        axes = list(range(x.rank))
    axes = [a % x.rank for a in axes] if x.rank else []
    keep = bool(n.attr("keepdims", 1))
    # An element for itself still has its square, its root, its logarithm taken.
    return reduced(n, x, axes, keep)


def reduced(n: Node, x: Tensor, axes: list[int], keep: bool) -> Tensor:
    """The reduction that the node's operator is."""
    attrs: dict[str, Operand] = {"keepdims": True} if keep else {}
    if len(axes) != x.rank or keep:
        attrs = {"axis": axes[0] if len(axes) == 1 else tuple(axes), **attrs}
    match n.op:
        case "ReduceSumSquare":
            return n.apply("sum", n.apply("square", x), **attrs) if axes else n.apply("square", x)
        case "ReduceLogSum":
            return n.apply("log", n.apply("sum", x, **attrs) if axes else x)
        case "ReduceL1":
            if not axes:
                return n.apply("abs", x)
            return n.apply("sum", n.apply("abs", x), **attrs)
        case "ReduceL2":
            if not axes:
                return n.apply("abs", x)
            if not x.dtype.startswith("f"):
                raise n.refuse("of integers")
            return n.apply("sqrt", n.apply("sum", n.apply("square", x), **attrs))
        case "ReduceLogSumExp" if not axes:
            return x
        case "ReduceMax" | "ReduceMin" if x.dtype == "bool":
            return n.apply("any" if n.op == "ReduceMax" else "all", x, **attrs) if axes else x
    if not axes:
        return x
    if n.op in ("ReduceMax", "ReduceMin") and any(x.shape[a] == 0 for a in axes):
        ends = float("-inf") if n.op == "ReduceMax" else float("inf")
        kept = [1 if i in axes else s for i, s in enumerate(x.shape)]
        shape = kept if keep else [s for i, s in enumerate(x.shape) if i not in axes]
        return n.apply("full", tuple(shape), ends, dtype=x.dtype)
    found = n.apply(REDUCTIONS[n.op], x, **attrs)
    return found if found.dtype == x.dtype else n.apply("astype", found, x.dtype)


@says("ArgMax", "ArgMin")
def arg_extreme(n: Node) -> Bound:
    x, axis = n.tensor(0), n.axis(0)
    name = "argmax" if n.op == "ArgMax" else "argmin"
    attrs: dict[str, Operand] = {"axis": axis}
    if n.attr("keepdims", 1):
        attrs["keepdims"] = True
    if not n.attr("select_last_index", 0):
        return n.apply(name, x, **attrs)
    from_end = n.apply(name, n.apply("flip", x, axis=axis), **attrs)
    return n.apply("subtract", x.shape[axis] - 1, from_end)


@says("CumSum", "CumProd")
def cumulative(n: Node) -> Bound:
    x = n.tensor(0)
    axis = int(n.numbers(1).item()) % x.rank
    turned = n.apply("flip", x, axis=axis) if n.attr("reverse", 0) else x
    found = n.apply(n.op.lower(), turned, axis=axis)
    if n.attr("exclusive", 0):
        entries: list[Operand] = [slice(None)] * x.rank
        entries[axis] = slice(None, -1)
        shape = tuple(1 if i == axis else s for i, s in enumerate(x.shape))
        first = n.apply("full", shape, 0 if n.op == "CumSum" else 1, dtype=x.dtype)
        found = n.apply("concatenate", (first, cut(n, found, entries)), axis=axis)
    if n.attr("reverse", 0):
        found = n.apply("flip", found, axis=axis)
    return found if found.dtype == x.dtype else n.apply("astype", found, x.dtype)


@says("Softmax", "LogSoftmax")
def softmax(n: Node) -> Bound:
    x = n.tensor(0)
    name = "softmax" if n.op == "Softmax" else "log_softmax"
    if n.version >= 13:
        axis = int(n.attr("axis", -1))
        axis = axis + x.rank if axis < 0 else axis
        return n.apply(name, x) if axis == x.rank - 1 else n.apply(name, x, axis=axis)
    # Older files mean all axes from this one on.
    axis = int(n.attr("axis", 1)) % x.rank
    if axis == x.rank - 1:
        return n.apply(name, x)
    return n.apply(name, x, axis=tuple(range(axis, x.rank)))


@says("Hardmax")
def hardmax(n: Node) -> Bound:
    x = n.tensor(0)
    if n.version < 13 and n.axis(0, 1) != x.rank - 1:
        raise n.refuse("over several axes")
    axis = n.axis(0, -1 if n.version >= 13 else 1)
    size = x.shape[axis]
    found = n.apply("one_hot", n.apply("argmax", x, axis=axis), size, dtype=x.dtype)
    return found if axis == x.rank - 1 else n.apply("moveaxis", found, -1, axis)


@says("TopK")
def topk(n: Node) -> Bound:
    x, axis = n.tensor(0), n.axis(0, -1)
    k = n.sizes(1)[0] if n.has(1) else n.attr("k")
    attrs: dict[str, Operand] = {} if axis == x.rank - 1 else {"axis": axis}
    if not n.attr("largest", 1):
        attrs["largest"] = False
    return n.apply_all("topk", x, k, **attrs)


@says("MatMul")
def matmul(n: Node) -> Bound:
    return n.apply("matmul", n.tensor(0, "W"), n.tensor(1, "W"))


@says("Einsum")
def einsum(n: Node) -> Bound:
    return n.apply("einsum", str(n.attr("equation")).replace(" ", ""), *n.tensors())


@says("Det")
def det(n: Node) -> Bound:
    return n.apply("det", n.tensor(0))


@says("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(n: Node) -> Bound:
    x = n.tensor(0)
    axes = 2 if x.rank == 3 else tuple(range(2, x.rank))
    if n.op == "GlobalLpPool":
        return vector_norm(n.apply, x, n.attr("p", 2), axis=axes, keepdims=True)
    name = "mean" if n.op == "GlobalAveragePool" else "max"
    return n.apply(name, x, axis=axes, keepdims=True)


@says("Gemm")
def gemm(n: Node) -> Bound:
    a, b = n.bound(0), n.bound(1)
    x = n.swapped(a, "W") if n.attr("transA", 0) else n.as_tensor(a, "W")
    w = n.swapped(b, "W") if n.attr("transB", 0) else n.as_tensor(b, "W")
    y = n.apply("matmul", x, w)
    if (alpha := n.attr("alpha", 1.0)) != 1:
        y = n.apply("multiply", alpha, y)
    if not n.has(2):
        return y
    bias = n.tensor(2, "b")
    if (beta := n.attr("beta", 1.0)) != 1:
        bias = n.apply("multiply", beta, bias)
    total = n.apply("add", y, bias)
    return total if total.shape == y.shape else spread(n, total, y.shape)
