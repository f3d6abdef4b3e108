"""Trim: scans collect only what is read of them."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.node import Node, Scan, Value
from gradc.records import replace


def live_nodes(
    nodes: Iterable[Node], results: Iterable[Value], *, trim: bool = False
) -> tuple[Node, ...]:
    """The nodes that the results need, in their order; with `trim`, scans lose what none read."""
    needed = set(results)
    kept: list[Node] = []
    for node in reversed(tuple(nodes)):
        for result in node.results:
            if result in needed:
                break
        else:
            continue
        if trim and type(node) is Scan:
            node = trimmed(node, needed)
        needed.update(node.operands)
        kept.append(node)
    kept.reverse()
    return tuple(kept)


def drawn(nodes: Iterable[Node]) -> list[Value]:
    """What nodes draw, so that a generator is asked for the same, whoever reads the numbers."""
    return [r for n in nodes if n.traits.impure for r in n.results]


def trimmed(node: Scan, needed: set[Value]) -> Scan:
    """A scan without the stacks that are not needed and what only those read."""
    collected = tuple([slot for slot in node.collected if slot.stack in needed])
    kept = {slot for slot in node.carried if slot.states in needed}
    carried = kept | {slot for slot in node.carried if slot.result in needed}
    while True:
        # What is carried is needed where another step reads it.
        results = [slot.following for slot in node.carried if slot in carried]
        results += [slot.value for slot in collected]
        nodes = live_nodes(node.nodes, results, trim=True)
        read = {v for n in nodes for v in n.operands} | set(results)
        more = {slot for slot in node.carried if slot.parameter in read} - carried
        if not more:
            break
        carried |= more
    walked = tuple([slot for slot in node.walked if slot.parameter in read])
    captured = tuple([slot for slot in node.captured if slot.parameter in read])
    smaller = replace(
        node,
        carried=tuple(
            [
                slot if slot in kept else replace(slot, states=None)
                for slot in node.carried
                if slot in carried
            ]
        ),
        walked=walked,
        captured=captured,
        collected=collected,
        nodes=nodes,
    )
    # Loops in the body may have lost something too.
    same = smaller.results == node.results and smaller.operands == node.operands
    return node if same and smaller.nodes == node.nodes else smaller
