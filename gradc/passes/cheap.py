"""Cheap: what backward makes again because that costs no more than to keep it.

A pass over arrays that are saved anyway reads as much memory as what it makes would be, and what it
makes need not be held between forward and backward.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradc.ir.aliases import views_behind
from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value

_PASSES = 2  # over arrays, one after the other


def cheap(joint: Graph, saved: tuple[Value, ...]) -> frozenset[Value]:
    """The values saved that take few passes over what is saved beside them, and their views."""
    producers = {r: n for n in joint.nodes for r in n.results}
    shown = {views_behind(o.value, producers)[1] for o in (*joint.outputs, *joint.updates)}
    kept = {views_behind(v, producers)[1] for v in saved} | set(joint.arguments.values())
    passes = dict.fromkeys(kept, 0)
    for node in joint.nodes:
        value = node.results[0]
        if value in kept and value not in shown and _is_a_pass(node):
            behind = [_passes(v, passes, producers) for v in node.operands]
            if all(n is not None and n < _PASSES for n in behind):
                passes[value] = 1 + max(n for n in behind if n is not None)
    dropped = {v for v, n in passes.items() if n}
    views = [n.result for n in joint.nodes if n.traits.view is not None]
    return frozenset({*dropped, *[v for v in views if views_behind(v, producers)[1] in dropped]})


def _is_a_pass(node: Node) -> bool:
    """Whether it is made as fast as it is read; numbers are kept as they are."""
    return node.traits.light and bool(node.operands) and bool(node.results[0].type.shape)


def _passes(
    value: Value, passes: Mapping[Value, int], producers: Mapping[Value, Node]
) -> int | None:
    """After how many passes there is a value again; None where it has not to be."""
    root = views_behind(value, producers)[1]
    maker = producers.get(root)
    if maker is not None and not maker.operands and not maker.traits.impure:
        return 0
    return passes.get(root)
