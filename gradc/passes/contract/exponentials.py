"""Exponentials: what `exp(-abs(z))` was taken for is there for the logistic function of `z` too.

`sigmoid(z)` is `exp(minimum(z, 0)) / (exp(-abs(z)) + 1)`: no exponential of that overflows, so
there is nothing to keep quiet about, and each of the steps can be written over the one before.
"""

from __future__ import annotations

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value, applies
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites


def exponentials(graph: Graph) -> Rewrites:
    """What takes logistic functions of arrays of which softplus was taken."""
    nodes = (*graph.nodes, *graph.adjoints)
    makers = {n.results[0]: n for n in nodes if applies(n, "abs") or applies(n, "negative")}
    known: set[Value] = set()
    for node in nodes:
        if applies(node, "exp"):
            opposite = makers.get(node.operands[0])
            inner = makers.get(opposite.operands[0]) if applies(opposite, "negative") else None
            if applies(inner, "abs"):
                known.add(inner.operands[0])
    if not known:
        return {}
    return {"sigmoid": lambda r, node: _shared(r, node, known)}


def _shared(r: Rewriter, node: Apply, known: set[Value]) -> Apply | None:
    (x,) = node.operands
    opposite = r.made_by(x, "negative")
    z = x if x in known else None if opposite is None else opposite.operands[0]
    if z not in known or not x.type.shape:
        return None
    small = r.emit("exp", (r.emit("negative", (r.emit("abs", (z,)),)),))
    over = r.emit("exp", (r.emit("minimum", (x, r.constant(0))),))
    return r.instead(node, "divide", (over, r.emit("add", (small, r.constant(1)))))
