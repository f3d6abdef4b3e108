"""Unchosen: which values may be NaN or infinite where no one minds.

They reach results only through choices, `where` and guards, which do not take them where they went
wrong. A target whose arithmetic complains of such numbers keeps it quiet about these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradc.ir.fact import FINITE
from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes
from gradc.ir.node import Node, Scan, Value
from gradc.passes.facts import Facts, facts_of


def unchosen(graph: Graph) -> set[Value]:
    """The values of a joint graph that may go wrong, but count only where they are chosen.

    What the adjoint statements read of a value that was not chosen they multiply by 0.
    """
    every = all_nodes((*graph.nodes, *graph.adjoints))
    if not any([n.traits.selects for n in every if type(n) is not Scan]):
        return set()
    facts = facts_of(graph)
    for seed in graph.seeds:
        facts.state(seed.value, FINITE)
    facts.visit(graph.adjoints)
    found: set[Value] = set()
    _add(found, graph.nodes, {o.value for o in (*graph.outputs, *graph.updates)}, facts)
    _add(found, graph.adjoints, {g.value for g in graph.gradients}, facts)
    return found


def _add(found: set[Value], nodes: Sequence[Node], results: set[Value], facts: Facts) -> None:
    """Adds those among the values that nodes make."""
    users: dict[Value, list[tuple[Node, int]]] = {}
    for node in nodes:
        for position, operand in enumerate(node.operands):
            users.setdefault(operand, []).append((node, position))
    shielded: set[Value] = set()
    for node in reversed(nodes):
        for value in node.results:
            if value not in results and _is_shielded(users.get(value, ()), shielded):
                shielded.add(value)
                if _may_go_wrong(node) and value.type.is_float and not facts[value].finite:
                    found.add(value)
        if isinstance(node, Scan):
            read = {s.value for s in node.collected if s.stack in users or s.stack in results}
            _add(found, node.nodes, read | {s.following for s in node.carried}, facts)


def _may_go_wrong(node: Node) -> bool:
    """Whether it computes, rather than choose among numbers or move them."""
    return bool(node.operands) and not node.traits.quiet


def _is_shielded(users: Iterable[tuple[Node, int]], shielded: set[Value]) -> bool:
    """Whether all that reads a value is a choice, or leads to one; tests count as neither."""
    reads = [(n, i) for n, i in users if n.results[0].type.is_float]
    return bool(reads) and all(
        i in n.traits.selects or shielded.issuperset(n.results) for n, i in reads
    )
