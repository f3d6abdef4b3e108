"""Trim: scans collect only what is read of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gradc.ir.graph import Fragment, Node, Value
from gradc.ir.loop import loop_operation


def live_nodes(
    nodes: Iterable[Node], results: Iterable[Value], *, trim: bool = False
) -> tuple[Node, ...]:
    """The nodes that the results need, in their order; with `trim`, scans lose what none read."""
    needed = set(results)
    kept = []
    for node in reversed(tuple(nodes)):
        if not needed.isdisjoint(node.results):
            live = trimmed(node, needed) if trim else node
            needed.update(live.operands)
            kept.append(live)
    return tuple(reversed(kept))


def trimmed(node: Node, needed: set[Value]) -> Node:
    """A scan without the stacks that are not needed and what only those read; else the node."""
    loop = node.op.loop
    if loop is None:
        return node
    kept = [i for i, r in enumerate(node.results) if i < loop.carried or r in needed]
    results = [r for r in loop.body.results if r is not None]
    collected = [results[i] for i in kept]
    nodes = live_nodes(loop.body.nodes, collected, trim=True)
    read = {v for n in nodes for v in n.operands} | set(collected)
    parameters = loop.body.parameters
    own = [i for i, p in enumerate(parameters) if i < loop.carried or p in read]
    if len(kept) == len(results) and len(own) == len(parameters):
        return node
    slices = range(loop.slices.start, loop.slices.stop)
    body = Fragment(tuple([parameters[i] for i in own]), nodes, tuple(collected), loop.body.checks)
    smaller = replace(
        loop,
        body=body,
        axes=tuple([loop.axes[i - loop.carried] for i in own if i in slices]),
        stacked=tuple([loop.stacked[i - loop.carried] for i in kept if i >= loop.carried]),
    )
    op = loop_operation(smaller, [node.op.result_names[i] for i in kept])
    return Node(
        op, tuple([node.operands[i] for i in own]), (), tuple([node.results[i] for i in kept]),
        node.origin, node.adjoint_of, node.span,
    )  # fmt: skip
