"""Finding the first wrong adjoint: where `backward` leaves the path of the derivative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.passes.trim import live_nodes
from gradc.records import dataclass
from gradc.source import Span
from gradc.verification.differences import STEP, GraphFunction, compare
from gradc.verification.emitted import Module, Point
from gradc.verification.interpret import CannotInterpretError, Environment

_ENTRIES = 8  # of an adjoint that are compared


@dataclass(frozen=True, slots=True)
class Blame:
    """A variable of `backward` that is no derivative, and the statements it comes from."""

    adjoint: str
    line: int  # of the module
    used_by: tuple[Span, ...]  # the statements of the graph whose rules contribute to it
    got: float
    expected: float


def first_wrong(graph: Graph, module: Module, point: Point) -> Blame | None:
    """The first wrong adjoint in the order of `backward`.

    Each variable of `backward` that is named after a value of the graph is compared with
    differences of the loss with respect to that value. None where all are right, or where the
    graph cannot be run by itself.
    """
    function = GraphFunction(graph, point)
    try:
        values = function.values()
        held = module.adjoints(point)
        for value, consumers in _backwards(graph):
            name = _adjoint_name(graph, value)
            shape = np.shape(values[value])
            snapshots = [(line, a) for line, a in held.get(name, []) if np.shape(a) == shape]
            if not snapshots:
                continue
            wrong = _disagreement(function, value, values, snapshots)
            if wrong is not None:
                spans = [n.origin.span for n in consumers if n.origin.span is not None]
                unique = {(s.source, s.start): s for s in spans}
                return Blame(name, snapshots[-1][0], tuple(unique.values()), *wrong)
    except (CannotInterpretError, NameError, TypeError, ValueError, IndexError):
        return None
    return None


def _backwards(graph: Graph) -> Iterator[tuple[Value, list[Node]]]:
    """The float values from the result to the arguments, each with the nodes that use it.

    What only other outputs need may share its name with what is one with it in the module.
    """
    users: dict[Value, list[Node]] = {}
    nodes = live_nodes(graph.nodes, graph.loss_values)
    for node in nodes:
        for value in dict.fromkeys(node.operands):
            users.setdefault(value, []).append(node)
    arguments = graph.arguments
    made = [value for node in reversed(nodes) for value in reversed(node.results)]
    for value in [*made, *(arguments[name] for name in graph.wrt)]:
        if value.type.is_float and value in users:
            yield value, users[value]


def _adjoint_name(graph: Graph, value: Value) -> str:
    name = value.name.replace(".", "_")
    return f"d{graph.loss}_d{name}" if graph.loss else f"d_{name}"


def _disagreement(
    function: GraphFunction,
    value: Value,
    values: Environment,
    snapshots: list[tuple[int, Any]],
) -> tuple[float, float] | None:
    """What the variable held and what it should have; None where it was right at some time.

    A variable may be a partial sum first and be overwritten by another adjoint later.
    """
    shape = np.shape(values[value])
    size = int(np.prod(shape))
    entries = np.random.default_rng(0).permutation(size)[:_ENTRIES]
    first: tuple[float, float] | None = None
    for _, adjoint in reversed(snapshots):
        wrong = None
        scale = float(np.max(np.abs(adjoint), initial=0.0))
        for flat in entries:
            direction = np.zeros(size)
            direction[flat] = 1.0
            moving = function.along(value, direction.reshape(shape)[()], values)
            step = STEP * max(1.0, float(np.abs(np.ravel(values[value])[flat])))
            found = compare(float(np.ravel(adjoint)[flat]), moving, step, scale)
            if not found.is_right:
                wrong = (found.got, found.expected)
                break
        if wrong is None:
            return None
        first = first or wrong
    return first
