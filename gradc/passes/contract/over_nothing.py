"""Over nothing: what is divided by a count of elements is divided by 1 where there are none.

The quotient then meets no element, and may be anything; but a contraction multiplies with it behind
a sum, and a sum of nothing times `1 / 0` is no number. `dJ / N` becomes `dJ / max(N, 1)`.
"""

from __future__ import annotations

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.sizes import Poly, divides, maximum, never_negative, product
from gradc.passes.contract.readers import Readers, readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites


def over_nothing(graph: Graph) -> Rewrites:
    """What takes 1 for such counts where they are 0; nothing where no scalar is divided by one."""
    readers, found = readers_of(graph), dict[Value, Poly]()
    for node in readers.nodes:
        count = _count(node, readers)
        if count is not None and _meets_no_element(node.results[0], count, readers):
            found[node.results[0]] = count

    def divided(r: Rewriter, node: Apply) -> Apply | None:
        count = found.pop(node.result, None)
        if count is None:
            return None
        return r.instead(node, "divide", (node.operands[0], r.constant(maximum(count, 1))))

    return {"divide": divided} if found else {}


def _count(node: Node, readers: Readers) -> Poly | None:
    """The count that a node divides a scalar by, where that may be 0."""
    if not applies(node, "divide") or node.result.type.shape:
        return None
    size = readers.makers.get(node.operands[1])
    value = size.attr("value") if applies(size, "size") else None
    return value if isinstance(value, Poly) and not never_negative(value - 1) else None


def _meets_no_element(scalar: Value, count: Poly, readers: Readers) -> bool:
    """Whether all that is made of a scalar is arrays, which have no elements where a count is 0."""
    nodes = readers.of(scalar)
    return bool(nodes) and all(
        divides(count, product(result.type.shape))
        if result.type.shape
        else _meets_no_element(result, count, readers)
        for node in nodes
        for result in node.results
    )
