"""Stuck: parameters that start at 0 and stay there, since each stands in a product with another.

What is 0 for certain is followed forwards, and where a derivative is 0 for certain backwards. A
parameter of which both hold never moves; those that do move are taken off until none is left.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Graph, Param
from gradc.ir.node import Node, Value

_PRODUCT = "matmul"  # what is multiplied element by element is a start that the caller gives
_OF_ALL = ("add", "subtract", "maximum", "minimum", "concatenate", "stack")
_OF_FIRST = ("divide", "negative", "relu", "tanh", "sin", "arctan", "sinh", "gelu", "silu", "elu",
             "leaky_relu", "sum", "mean", "abs", "expm1", "softsign", "erf")  # fmt: skip


def stuck(graph: Graph, live: Sequence[Node]) -> list[Param]:
    """The parameters that never move, of those that reach the loss; `live` are the nodes it needs.

    One alone is none: it is at the least value of what it is multiplied with itself for.
    """
    read = {v for node in live for v in node.operands}
    held = [p for p in graph.params if p.name in graph.wrt and p.value in read and _is_zero(p)]
    while len(held) > 1:
        zeros = _zeros(live, {p.value for p in held})
        moved = _moved(live, graph.loss_values, zeros)
        kept = [p for p in held if p.value not in moved]
        if len(kept) == len(held):
            return held
        held = kept
    return []


def _is_zero(param: Param) -> bool:
    start = param.initialiser
    return start.kind == "zeros" or (start.kind == "value" and start.data == 0)


def _zeros(nodes: Sequence[Node], zeros: set[Value]) -> set[Value]:
    """The values that are 0 for certain."""
    for node in nodes:
        given = [v in zeros for v in node.operands]
        if not given:
            continue
        first = node.name in _OF_FIRST or node.traits.view is not None
        product = node.name == _PRODUCT and any(given)
        if product or (node.name in _OF_ALL and all(given)) or (first and given[0]):
            zeros = zeros | set(node.results)
    return zeros


def _moved(nodes: Sequence[Node], goal: Sequence[Value], zeros: set[Value]) -> set[Value]:
    """The values whose derivatives may be other than 0."""
    moved = set(goal)
    for node in reversed(nodes):
        if moved.isdisjoint(node.results):
            continue
        a, b = node.operands if len(node.operands) == 2 else (None, None)
        if node.name == _PRODUCT and a is not b:
            moved.update(v for v, other in zip(node.operands, (b, a), strict=True)
                         if other not in zeros)  # fmt: skip
        else:
            moved.update(node.operands)
    return moved
