"""Merged: what the loops that one was cut into have made for them outside is made once.

A loop that draws is not cut, so nothing here draws.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gradc.ir.node import Apply, Node, Value, renamed_operands


def merged(
    nodes: Iterable[Node], results: Collection[Value], moved: dict[Value, Value]
) -> list[Node]:
    """The nodes without those that do the same as one before; what is moved to theirs is moved
    there. What is a `result`, or is moved to as one, stays."""
    handed = {moved.get(v, v) for v in results}
    kept: list[Node] = []
    seen: dict[object, Node] = {}
    there: dict[Value, Value] = {}
    for node in nodes:
        node = renamed_operands(node, there)
        if type(node) is Apply and node.result not in handed:
            first = seen.setdefault((node.op, node.operands, node.attrs), node)
            if first is not node:
                there.update(zip(node.results, first.results, strict=True))
                continue
        kept.append(node)
    moved.update({old: there[new] for old, new in moved.items() if new in there})
    return kept
