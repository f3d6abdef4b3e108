"""Readers: who reads which value of a graph, as far as anything comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.passes.trim import live_nodes
from gradc.records import dataclass, field


@dataclass(slots=True)
class Readers:
    """The nodes that read each value; what goes out is read by someone else besides."""

    nodes: tuple[Node, ...]
    makers: dict[Value, Node] = field(default_factory=dict)
    _readers: dict[Value, list[Node]] = field(default_factory=dict)
    _handed_out: set[Value] = field(default_factory=set)

    def of(self, value: Value) -> Sequence[Node]:
        """The nodes that read a value, once for each time; none where others may read it too."""
        return () if value in self._handed_out else self._readers.get(value, ())

    def is_alone(self, value: Value) -> bool:
        """Whether a single operand of a single node reads it, and nobody else."""
        return len(self.of(value)) == 1


def readers_of(graph: Graph) -> Readers:
    """The readers of a joint graph's values."""
    results = graph.loss_values
    results += [o.value for o in (*graph.gradients, *graph.updates)]
    found = Readers(live_nodes((*graph.nodes, *graph.adjoints), results))
    found._handed_out.update(results)
    for node in found.nodes:
        for value in node.operands:
            found._readers.setdefault(value, []).append(node)
        found.makers.update(dict.fromkeys(node.results, node))
    return found
