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
    results = [r for r in loop.body.results if r is not None]
    parameters = loop.body.parameters
    kept = {i for i, r in enumerate(node.results) if r in needed}
    while True:
        # What is carried is needed where another step reads it.
        collected = [results[i] for i in sorted(kept)]
        nodes = live_nodes(loop.body.nodes, collected, trim=True)
        read = {v for n in nodes for v in n.operands} | set(collected)
        more = {i for i in range(loop.carried) if parameters[i] in read} - kept
        if not more:
            break
        kept |= more
    own = [i for i, p in enumerate(parameters) if (i in kept if i < loop.carried else p in read)]
    if len(kept) == len(results) and len(own) == len(parameters):
        return node
    slices = range(loop.slices.start, loop.slices.stop)
    body = Fragment(tuple([parameters[i] for i in own]), nodes, tuple(collected), loop.body.checks)
    smaller = replace(
        loop,
        body=body,
        carried=len([i for i in own if i < loop.carried]),
        axes=tuple([loop.axes[i - loop.carried] for i in own if i in slices]),
        stacked=tuple([loop.stacked[i - loop.carried] for i in sorted(kept) if i >= loop.carried]),
    )
    op = loop_operation(smaller, [node.op.result_names[i] for i in sorted(kept)])
    return Node(
        op, tuple([node.operands[i] for i in own]), (),
        tuple([node.results[i] for i in sorted(kept)]),
        node.origin, node.adjoint_of, node.span,
    )  # fmt: skip
