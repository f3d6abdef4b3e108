"""The identity `<v, Jᵀu> = <Jv, u>`: forward mode judges backward mode.

The left side is what the emitted `backward` gives. The right side is the pushforward of the graph,
run by the interpreter: the same rules, transposed, and none of the emitter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.program import TANGENT
from gradc.ir.supposed import suppose
from gradc.passes.pushforward import pushforward
from gradc.verification.differences import GraphFunction
from gradc.verification.emitted import Point
from gradc.verification.interpret import Environment

TOLERANCE = 1e-8


class Duality:
    """Compares gradients with the pushforward along random directions."""

    def __init__(self, graph: Graph, library: Library):
        self.graph = graph
        suppose(graph.declared_sizes)
        self.pushed = pushforward(graph, library)

    def error(self, point: Point, gradients: Mapping[str, Any], rng: np.random.Generator) -> float:
        """How far the two sides are apart, relative to the size of their terms."""
        directions = {
            name: rng.normal(0, 1, np.shape(gradients[name]))[()] for name in self.graph.wrt
        }
        terms = [np.asarray(gradients[n] * v) for n, v in directions.items()]
        left = float(sum(np.sum(t) for t in terms))
        size = float(sum(np.sum(np.abs(t)) for t in terms))
        right = self._pushed(point, directions)
        size = max(size, abs(right))
        return abs(left - right) / size if size > 0 else 0.0

    def _pushed(self, point: Point, directions: Mapping[str, Any]) -> float:
        """`<Jv, u>`, u being 1 for the loss or the given cotangents of the outputs."""
        function = GraphFunction(self.graph, point)
        values: Environment = dict(function.arguments)
        tangents = {TANGENT.format(name): v for name, v in directions.items()}
        for given in self.pushed.inputs:
            if given.name in tangents and given.value not in values:
                values[given.value] = tangents[given.name]
        values = function.interpreter.run(self.pushed.nodes, values)
        total = 0.0
        for output in self.pushed.outputs:
            for name in [self.graph.loss] if self.graph.loss else list(point.cotangents):
                if output.name == TANGENT.format(name):
                    weight = 1.0 if self.graph.loss else point.cotangents[name]
                    total += float(np.sum(values[output.value] * weight))
        return total
