"""Products of matrix and vector, where a vector was stretched only to be multiplied and added up.

`(X * v).sum(axis=1)` is `X @ v`, and `(X * v[:, newaxis]).sum(axis=0)` is `v @ X`: the product that
is only added up is never made. It is done when all derivatives are taken, whose exact zeros are
masked where they are multiplied.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from gradc.ir.graph import Graph
from gradc.ir.node import Apply
from gradc.passes.contract.contraction import contraction_of
from gradc.passes.contract.readers import Readers, readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites


def matvec(graph: Graph) -> Rewrites:
    """What makes such products of sums."""

    @cache
    def readers() -> Readers:  # asked for by few graphs
        return readers_of(graph)

    return {"sum": lambda r, node: _weighed(r, node, readers)}


def _weighed(r: Rewriter, node: Apply, readers: Callable[[], Readers]) -> Apply | None:
    (product,) = node.operands
    found = None if product.named else contraction_of(node, r.producers.get)
    if found is None or not readers().is_alone(product):
        return None
    for matrix, vector in (found.factors, found.factors[::-1]):
        letters = matrix.letters
        if len(letters) != 2 or matrix.axes != letters or vector.letters != found.summed:
            continue
        if found.result == letters[0]:
            return r.instead(node, "matmul", (matrix.value, vector.value))
        if found.result == letters[1]:
            return r.instead(node, "matmul", (vector.value, matrix.value))
    return None
