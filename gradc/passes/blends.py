"""Blends: which `1 - z` weigh one of two values, and `z` the other?

In `(1 - z) * h + z * c` what `1 - z` loses where `z` is nearly 1 is lost beside `z * c`, so that
nothing is gained by a form that does not cancel.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Node, Value, applies

_OF_BLENDS = frozenset({"sigmoid", "subtract", "multiply", "add"})


def weights_in(nodes: Sequence[Node]) -> frozenset[Node]:
    """The differences that serve such sums alone; one with a name may be wanted for itself."""
    if not {n.name for n in nodes} >= _OF_BLENDS:
        return frozenset()
    made = {r: n for n in nodes for r in n.results}
    readers: dict[Value, list[Node]] = {}
    for node in nodes:
        for value in node.operands:
            readers.setdefault(value, []).append(node)

    def is_beside(product: Node, weight: Value) -> bool:
        sums = readers.get(product.results[0], [])
        return (
            applies(product, "multiply")
            and bool(sums)
            and all(
                applies(s, "add") and any(_weighs(made.get(v), weight) for v in s.operands)
                for s in sums
            )
        )

    return frozenset([
        n
        for n in nodes
        if applies(n, "subtract")
        and not n.result.named
        and (products := readers.get(n.result))
        and all(is_beside(p, n.operands[1]) for p in products)
    ])  # fmt: skip


def _weighs(product: Node | None, weight: Value) -> bool:
    return applies(product, "multiply") and weight in product.operands
