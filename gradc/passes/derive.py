"""Derive: the derivative of one value by others, as nodes behind those that make it.

What `grad` and `jvp` stand for. The nodes are differentiated as they are, before equal ones are
shared, so that a name which another value goes by too is held fixed; formulas are given their
stable forms first, as everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradc.ir.builder import Builder
from gradc.ir.derived import Asked, Derived
from gradc.ir.graph import Graph, Input, Output
from gradc.ir.loop import captured_values, needed_for
from gradc.ir.node import Node, Value, renamed_operands
from gradc.ir.origin import Origin
from gradc.records import dataclass

if TYPE_CHECKING:
    from gradc.passes.stabilise import Functions


@dataclass(frozen=True, slots=True)
class Deriver:
    """Derivatives of values that are made with a library."""

    library: Functions

    def gradient(self, asked: Asked, name: str) -> Derived:
        """The derivatives of a scalar, called after `name`."""
        from gradc.passes.differentiate import trail

        graph = self._graph(asked, name)
        found = trail(graph, self.library, asked.budget)
        joint = found.joint
        builder = Builder(self.library, Origin(None, ""), asked.budget)
        one = builder.constant(1.0, "1")
        one = builder.emit(self.library.operation("astype"), [one], (asked.of.type.dtype,))
        seeded = {seed.value: one for seed in joint.seeds}
        reached = [found.cotangents.get(v) for v in asked.by]
        results = tuple([None if v is None else seeded.get(v, v) for v in reached])
        adjoints = [renamed_operands(n, seeded) for n in joint.adjoints]
        loops = [m for n, m in zip(graph.nodes, joint.nodes, strict=True) if n is not m]
        nodes = needed_for([*_added(asked, joint), *builder.nodes, *adjoints], results)
        return Derived(nodes, results, loops, joint.checks)

    def tangent(self, asked: Asked, along: Sequence[Value]) -> Derived:
        """How a value moves where others move along directions."""
        from gradc.passes.pushforward import push

        graph = self._graph(asked, "y")
        moved = dict(zip(asked.by, along, strict=True))
        pushed, result = push(graph, asked.of, moved, self.library, asked.budget)
        nodes = needed_for([*_added(asked, graph), *pushed], [result])
        return Derived(nodes, (result,), (), ())

    def _graph(self, asked: Asked, name: str) -> Graph:
        """What makes the value, in stable form, as a graph by the others."""
        from gradc.passes.stabilise import stabilise

        needed = needed_for(asked.nodes, [asked.of])
        given = {*captured_values(needed, ()), *asked.by}
        params = tuple([p for p in asked.params if p.value in given])
        inputs = tuple([i for i in asked.inputs if i.value in given])
        names = {p.value: p.name for p in params} | {i.value: i.name for i in inputs}
        others = [v for v in dict.fromkeys(asked.by) if v not in names]
        names |= {v: str(i) for i, v in enumerate(others)}
        # What is no argument of the file may hold anything.
        inputs += tuple([Input(names[v], v, None, math.inf) for v in others])
        graph = Graph(
            dims=(),
            inputs=inputs,
            params=params,
            nodes=needed,
            outputs=(Output(name, asked.of, None),),
            loss=name,
            wrt=tuple(dict.fromkeys([names[v] for v in asked.by])),
        )
        return stabilise(graph, self.library, frozenset(asked.by))


def _added(asked: Asked, graph: Graph) -> list[Node]:
    """What stable forms need that was not there."""
    made = {r for n in asked.nodes for r in n.results}
    return [n for n in graph.nodes if made.isdisjoint(n.results)]
