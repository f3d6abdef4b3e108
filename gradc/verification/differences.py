"""Two ways to a derivative that know nothing of derivative rules.

Central differences take a step h along a direction: their error is that of the rounding, about
eps / h, and of the curvature, about h². The best step is near the cube root of eps. The complex
step takes an imaginary one, which nothing is subtracted from: it is exact to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from gradc.ir.graph import Graph, Param
from gradc.ir.node import Node, Value
from gradc.records import dataclass
from gradc.verification.emitted import Point
from gradc.verification.interpret import CannotInterpretError, Environment, Interpreter

Function = Callable[[float], float]

EPS = float(np.finfo(np.float64).eps)
STEP = EPS ** (1 / 3)
_SMALLER = 1 / 8  # the second step, where the first one says something else than the gradient
_ROUNDING = 100  # roundings that a value may have gone through
_IMAGINARY = 1e-30

TOLERANCE = 1e-5
"""What central differences and a gradient may differ by, relatively."""

TOLERANCE_COMPLEX = 1e-8


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative by differences, and how much of it may be rounding."""

    value: float
    noise: float


def central(function: Function, step: float) -> Estimate:
    """The derivative of a function at 0."""
    right, left = function(step), function(-step)
    noise = _ROUNDING * EPS * max(abs(right), abs(left)) / step
    return Estimate((right - left) / (2 * step), noise)


def has_kink(function: Function, step: float) -> bool:
    """Whether the slopes on both sides of 0 differ, however near one looks."""
    middle = function(0.0)
    for h in (step * _SMALLER, step * _SMALLER**2):
        right, left = (function(h) - middle) / h, (middle - function(-h)) / h
        noise = _ROUNDING * EPS * abs(middle) / h
        if not abs(right - left) > 1e-3 * max(abs(right), abs(left)) + 4 * noise:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Comparison:
    """A derivative from `backward` beside the one that differences give."""

    got: float
    expected: float
    error: float  # relative
    at_kink: bool = False

    @property
    def is_right(self) -> bool:
        return self.at_kink or self.error <= TOLERANCE


def compare(got: float, function: Function, step: float, scale: float) -> Comparison:
    """Judges a derivative. `scale` is the size of the gradient that it is a part of."""
    best: Comparison | None = None
    for h in (step, step * _SMALLER):
        estimate = central(function, h)
        # What rounding alone may make of it counts as no error.
        size = max(abs(got), abs(estimate.value), 1e-3 * scale, estimate.noise / TOLERANCE)
        apart = abs(got - estimate.value)
        error = float(apart / size) if size > 0 else 0.0
        if not np.isfinite(apart):
            error = float("inf")
        if best is None or error < best.error:
            best = Comparison(got, estimate.value, error)
        if best.is_right:
            return best
    assert best is not None
    if has_kink(function, step):
        return Comparison(got, best.expected, 0.0, at_kink=True)
    return best


# --- the graph itself as a function ---


class GraphFunction:
    """The loss of a graph (or its weighted outputs) at a point, run by the interpreter."""

    def __init__(self, graph: Graph, point: Point):
        self.graph, self.point = graph, point
        self.interpreter = Interpreter(point.dims)
        self.arguments: Environment = {}
        for name, value in graph.given:
            self.arguments[value] = _in_double(point.value(name))
        for state in graph.states:
            self.arguments[state.value] = _starting(state)
        if graph.training is not None:
            self.arguments[graph.training] = True  # as the module is called

    def values(self) -> Environment:
        """Every value of the graph."""
        return self.interpreter.run(self.graph.nodes, dict(self.arguments))

    def result(self, values: Mapping[Value, Any]) -> Any:
        """The number that is differentiated."""
        total: Any = 0.0
        for output in self.graph.outputs:
            if output.name == self.graph.loss:
                return np.asarray(values[output.value])[()]
            if output.name in self.point.cotangents:
                total = total + np.sum(values[output.value] * self.point.cotangents[output.name])
        return total

    def complex_slope(self, value: Value, direction: Any) -> float:
        """The derivative with respect to an argument, along a direction, by the complex step."""
        moved = self.arguments[value] + 1j * _IMAGINARY * direction
        values = self.interpreter.run(self.graph.nodes, {**self.arguments, value: moved})
        return float(np.imag(self.result(values)) / _IMAGINARY)

    def along(self, value: Value, direction: Any, values: Environment) -> Function:
        """The result as any value of the graph moves, all that does not depend on it fixed."""
        later = _after(self.graph.nodes, value)

        def function(step: float) -> float:
            moved = {**values, value: values[value] + step * direction}
            return float(np.real(self.result(self.interpreter.run(later, moved))))

        return function


def _starting(state: Param) -> Any:
    """What a state is before the first call."""
    known = {"zeros": 0.0, "ones": 1.0, "value": state.initialiser.data}
    if state.initialiser.kind == "constant":
        known["constant"] = state.initialiser.args[0]
    if state.initialiser.kind not in known:
        raise CannotInterpretError(f"the state {state.name} starts with random numbers")
    shape = [s for s in state.value.type.shape if isinstance(s, int)]
    return np.broadcast_to(np.asarray(known[state.initialiser.kind], float), shape)[()]


def _in_double(value: Any) -> Any:
    array = np.asarray(value)
    return array.astype(np.float64)[()] if array.dtype.kind == "f" else value


def _after(nodes: Iterable[Node], value: Value) -> list[Node]:
    """The nodes that a value reaches, in order."""
    reached, later = {value}, []
    for node in nodes:
        if any(v in reached for v in node.operands):
            reached.update(node.results)
            later.append(node)
    return later


def is_analytic(graph: Graph, names: Iterable[str]) -> bool:
    """Whether every operation from these arguments to the result may be run on complex numbers."""
    ends = {o.value for o in graph.outputs if graph.loss in (None, o.name)}
    arguments = graph.arguments
    reached = {arguments[name] for name in names}
    nodes = []
    for node in graph.nodes:
        if any(v in reached for v in node.operands):
            reached.update(node.results)
            nodes.append(node)
    needed = set(ends)
    for node in reversed(nodes):
        if any(r in needed for r in node.results):
            needed.update(node.operands)
            if not node.traits.analytic:
                return False
    return True
