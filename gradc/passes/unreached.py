"""Unreached: what is learned whose derivative stops on its way to losses, and what stops it.

It is parameters, and inputs that `wrt` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress

from gradc.ir.graph import Graph, Input, Param
from gradc.ir.node import Node, Scan, Value
from gradc.passes.separate import each
from gradc.passes.trim import live_nodes


def unreached(graph: Graph, live: Sequence[Node]) -> dict[Node, list[Param | Input]]:
    """Each node that alone lets what is learned reach a loss and passes no derivative.

    `live` are the nodes that the losses need. What one of several losses learns is not stopped.
    """
    stopped: dict[Node, list[Param | Input]] = {}
    parts = [(graph, live)]
    if graph.further:
        parts = [(part, live_nodes(live, part.loss_values)) for part in each(graph)]
    given: tuple[Param | Input, ...] = (*graph.params, *graph.inputs)
    learned: set[str] = set()
    for part, nodes in parts:
        reached = _reached(nodes, part.loss_values)
        learned.update(p.name for p in given if p.name in part.wrt and p.value in reached)
    for param in given:
        for part, nodes in parts if param.name not in learned else ():
            node = _stop(nodes, [param.value]) if param.name in part.wrt else None
            if node is not None:
                stopped.setdefault(node, []).append(param)
                break
    return stopped


def _reached(nodes: Sequence[Node], goal: Iterable[Value]) -> set[Value]:
    """The values that have a derivative of the goal."""
    reached = set(goal)
    for node in reversed(nodes):
        if isinstance(node, Scan):
            reached |= _reached_by(node, reached)
        elif not reached.isdisjoint(node.results):
            reached.update(compress(node.operands, node.carries))
    return reached


def _reached_by(scan: Scan, reached: set[Value]) -> set[Value]:
    """The operands of a scan that have a derivative of what is reached."""
    goal = {s.value for s in scan.collected if s.stack in reached}
    goal |= {s.following for s in scan.carried if s.result in reached}
    while True:
        inside = _reached(scan.nodes, goal)
        more = {s.following for s in scan.carried if s.parameter in inside} - goal
        if not more:
            break
        goal |= more
    pairs = zip(scan.parameters, scan.operands, strict=True)
    return {operand for parameter, operand in pairs if parameter in inside}


def _stop(nodes: Sequence[Node], roots: Iterable[Value]) -> Node | None:
    """The first node that some root comes to and no derivative passes."""
    varied = set(roots)
    for node in nodes:
        at = [i for i, v in enumerate(node.operands) if v in varied]
        if not at:
            continue
        if not any([node.carries[i] for i in at]):
            return node
        if isinstance(node, Scan):
            inside = _stop(node.nodes, [node.parameters[i] for i in at])
            if inside is not None:
                return inside
        varied.update(node.results)
    return None
