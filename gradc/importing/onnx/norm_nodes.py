"""ONNX operators that normalise."""

from __future__ import annotations

from gradc.importing.foreign import Operand, Tensor
from gradc.importing.onnx.bound import Bound, Known
from gradc.importing.onnx.elementwise_nodes import short
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import moved_axis, padded


@says("BatchNormalization")
def batch_norm(n: Node) -> Bound:
    x, eps = n.tensor(0), short(n.attr("epsilon", 1e-5))
    weight, bias = n.tensor(1, "weight"), n.tensor(2, "bias")
    statistics = [_kept(n, 3, "mean"), _kept(n, 4, "var")]
    momentum = short(n.attr("momentum", 0.9))  # of what is kept
    if not n.attr("training_mode", 0):
        if n.wants(1):
            raise n.refuse("that hands out its statistics")
        attrs = {} if momentum == 0.9 else {"momentum": short(1 - momentum)}
        return n.apply("batch_norm", x, weight, bias, *statistics, **attrs, eps=eps)
    axes = tuple(a for a in range(x.rank) if a != 1)
    y = n.apply("batch_norm", x, weight, bias, eps=eps)
    if not n.wants(1):
        return y
    own = n.apply("mean", x, axis=axes), n.apply("var", x, axis=axes)
    following = [
        n.apply("add", n.apply("multiply", momentum, kept), n.apply("multiply", 1 - momentum, new))
        for kept, new in zip(statistics, own, strict=True)
    ]
    return y, *following


def _kept(n: Node, i: int, word: str) -> Tensor:
    bound = n.bound(i)
    return n.learned.state(bound, word) if isinstance(bound, Known) else n.tensor(i)


@says("InstanceNormalization")
def instance_norm(n: Node) -> Bound:
    eps = short(n.attr("epsilon", 1e-5))
    return n.apply(
        "instance_norm", n.tensor(0), n.tensor(1, "weight"), n.tensor(2, "bias"), eps=eps
    )


@says("GroupNormalization")
def group_norm(n: Node) -> Bound:
    x, groups = n.tensor(0), int(n.attr("num_groups"))
    eps = short(n.attr("epsilon", 1e-5))
    if n.version >= 21:
        return n.apply("group_norm", x, groups, n.tensor(1, "weight"), n.tensor(2, "bias"), eps=eps)
    # Until version 21 a group has one weight.
    share = x.shape[1] // groups
    weights = [n.apply("repeat", n.tensor(i), share) for i in (1, 2)]
    return n.apply("group_norm", x, groups, *weights, eps=eps)


@says("LayerNormalization")
def layer_norm(n: Node) -> Bound:
    x, axis = n.tensor(0), n.axis(0, -1)
    axes = tuple(range(axis, x.rank))
    attrs: dict[str, Operand] = {} if len(axes) == 1 else {"axis": axes}
    attrs["weight"] = n.tensor(1, "weight")
    if n.has(2):
        attrs["bias"] = n.tensor(2, "bias")
    eps = short(n.attr("epsilon", 1e-5))
    y = n.apply("layer_norm", x, **attrs, eps=eps)
    if not (n.wants(1) or n.wants(2)):
        return y
    mean = n.apply("mean", x, axis=axes, keepdims=True)
    var = n.apply("var", x, axis=axes, keepdims=True)
    deviation = n.apply("sqrt", n.apply("add", var, eps))
    return y, mean, n.apply("divide", 1.0, deviation)


@says("RMSNormalization", "SimplifiedLayerNormalization")
def rms_norm(n: Node) -> Bound:
    x, axis = n.tensor(0), n.axis(0, -1)
    axes = tuple(range(axis, x.rank))
    attrs: dict[str, Operand] = {} if len(axes) == 1 else {"axis": axes}
    eps = short(n.attr("epsilon", 1e-5))
    return n.apply("rms_norm", x, **attrs, weight=n.tensor(1, "weight"), eps=eps)


@says("LpNormalization")
def lp_norm(n: Node) -> Bound:
    x, p = n.tensor(0), int(n.attr("p", 2))
    attrs: dict[str, Operand] = {} if p == 2 else {"p": p}
    return n.apply("normalize", x, **attrs, axis=n.axis(0, -1))


@says("MeanVarianceNormalization")
def mean_variance(n: Node) -> Bound:
    x = n.tensor(0)
    axes = tuple(n.attr("axes") or (0, 2, 3))
    centred = n.apply("subtract", x, n.apply("mean", x, axis=axes, keepdims=True))
    deviation = n.apply("std", x, axis=axes, keepdims=True)
    return n.apply("divide", centred, n.apply("add", deviation, 1e-9))


@says("LRN")
def local_response(n: Node) -> Bound:
    x, size = n.tensor(0), int(n.attr("size"))
    alpha, beta = short(n.attr("alpha", 1e-4)), short(n.attr("beta", 0.75))
    margin = [0] * x.rank
    margin[-1] = (size - 1) // 2
    behind = [0] * x.rank
    behind[-1] = size - 1 - margin[-1]
    last = moved_axis(n, n.apply("square", x), 1, x.rank - 1)
    windows = n.apply("sliding_window", padded(n, last, margin, behind), size)
    near = moved_axis(n, n.apply("sum", windows, axis=-1), x.rank - 1, 1)
    scaled = n.apply("multiply", alpha / size, near)
    scale = n.apply("power", n.apply("add", short(n.attr("bias", 1.0)), scaled), beta)
    return n.apply("divide", x, scale)
