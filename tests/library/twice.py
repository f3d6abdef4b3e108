"""Differentiating a joint graph once more."""

from __future__ import annotations

from dataclasses import replace

from gradc.ir.graph import Graph, Input


def again(graph: Graph) -> Graph:
    """The gradients of a joint graph as outputs of a graph of their own; seeds become inputs."""
    seeds = tuple(Input(f"seed_{s.name}", s.value, None) for s in graph.seeds)
    return replace(
        graph,
        nodes=(*graph.nodes, *graph.adjoints),
        adjoints=(),
        seeds=(),
        gradients=(),
        inputs=(*graph.inputs, *seeds),
        outputs=graph.gradients,
    )
