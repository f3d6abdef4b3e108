"""ONNX operators that are losses: their classes are on axis 1, gradc's on the last."""

from __future__ import annotations

from gradc.importing.foreign import Operand, Tensor
from gradc.importing.onnx.bound import Bound
from gradc.importing.onnx.one_node import Node
from gradc.importing.onnx.sayings import says
from gradc.importing.onnx.shaping import moved_axis


def _attributes(n: Node, weight: int) -> dict[str, Operand]:
    attrs: dict[str, Operand] = {}
    if n.has(weight):
        attrs["weight"] = n.tensor(weight)
    if n.attr("ignore_index") is not None:
        attrs["ignore_index"] = int(n.attr("ignore_index"))
    if (reduction := n.attr("reduction", "mean")) != "mean":
        attrs["reduction"] = reduction
    return attrs


def _last(n: Node, x: Tensor) -> Tensor:
    return moved_axis(n, x, 1, x.rank - 1)


@says("NegativeLogLikelihoodLoss")
def nll(n: Node) -> Bound:
    return n.apply("nll_loss", _last(n, n.tensor(0)), n.tensor(1), **_attributes(n, 2))


@says("SoftmaxCrossEntropyLoss")
def cross_entropy(n: Node) -> Bound:
    x = n.tensor(0)
    loss = n.apply("cross_entropy", _last(n, x), n.tensor(1), **_attributes(n, 2))
    return (loss, n.apply("log_softmax", x, axis=1)) if n.wants(1) else loss
