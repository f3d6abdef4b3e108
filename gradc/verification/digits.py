"""Digits: what f32 keeps of each gradient beside f64, and the first statement that loses them.

The joint graph is run twice, node by node. How far two arrays are apart is told in digits: minus
the decimal logarithm of their distance, relative to the largest number of the one in f64 (Higham,
Accuracy and Stability of Numerical Algorithms, chapter 1). A statement is to blame where its
result has fewer digits than what it is made of, and the gradient has its own again where that
result is what f64 says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.loop import needed_for
from gradc.ir.node import Node, Scan, Value
from gradc.passes.inline import inline
from gradc.records import dataclass
from gradc.verification.differences import GraphFunction
from gradc.verification.emitted import Point
from gradc.verification.interpret import CannotInterpretError, Environment, Interpreter
from gradc.verification.sample import Sampler
from gradc.verification.single import distance, largest_of

FULL = -math.log10(2.0**-24)
"""The decimal digits of f32: half a unit in the last place, relative to the number."""

_CANDIDATES = 24  # statements that are tried; each takes a run
_LOST = 1.0  # digits that a statement loses of what it is made of, to be tried


@dataclass(frozen=True, slots=True)
class Blamed:
    """Where digits are lost: a node, and the step of the loop that it is in, counted from 0."""

    node: Node
    digits: float  # that its result has left
    backwards: bool
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """How many digits a gradient, or an output, has left where it has fewest."""

    name: str
    type: str
    digits: float
    blamed: Blamed | None = None
    is_output: bool = False


def kept_digits(
    joint: Graph, seed: int, given: Mapping[str, Any], points: int, least: float
) -> list[Kept]:
    """The digits of each gradient and each output at the worst of the points.

    Without any these are points near which formulas cancel. Blamed is a statement where fewer than
    `least` digits are left. Raises SampleError, and
    CannotInterpretError where the graph cannot be run, or no point gives a finite number.
    """
    joint = inline(joint)
    worst: dict[tuple[str, bool], Kept] = {}
    found = False
    sampler = Sampler(joint, seed, given)
    for candidates in sampler.points(points) if points else sampler.near():
        both = next((b for p in candidates if (b := _Both.at(joint, p)) is not None), None)
        if both is None:
            continue
        found = True
        for kept in (*both.gradients(least), *both.outputs(least)):
            before = worst.get((kept.name, kept.is_output))
            if before is None or kept.digits < before.digits:
                worst[kept.name, kept.is_output] = kept
    if not found:
        raise CannotInterpretError("no point was found where the result is a finite number")
    return sorted(worst.values(), key=lambda kept: kept.is_output)


class _Single(Interpreter):
    """Every float that a node makes is rounded to f32."""

    def evaluate(self, node: Node, values: Environment) -> tuple[Any, ...]:
        return tuple(map(rounded, super().evaluate(node, values)))


def rounded(value: Any) -> Any:
    """A value with floats as f32; what is too large for them is infinite."""
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return value
    with np.errstate(over="ignore", under="ignore"):
        return array.astype(np.float32)[()]


class _Both:
    """The joint graph at a point, in f64 and in f32."""

    def __init__(self, joint: Graph, point: Point):
        self.joint, self.point = joint, point
        self.nodes = (*joint.nodes, *joint.adjoints)
        self.primal = set(joint.nodes)
        arguments = GraphFunction(joint, point).arguments
        self.given = arguments | {s.value: self._seed(s.name, s.value) for s in joint.seeds}
        self.exact = self._interpreter(Interpreter).run(self.nodes, dict(self.given))
        self.single = self._run({})

    @classmethod
    def at(cls, joint: Graph, point: Point) -> _Both | None:
        """None where the point is none of the graph, or gives no number in f64."""
        try:
            both = cls(joint, point)
        except (ValueError, IndexError, FloatingPointError, np.linalg.LinAlgError):
            return None
        results = [both.exact[v] for v in joint.loss_values] + both.values(both.exact)
        most = float(np.finfo(np.float32).max)  # what is larger no formula has in f32
        fits = all(np.all(np.abs(np.asarray(r, np.float64)) <= most) for r in results)
        return both if fits else None

    def values(self, values: Environment) -> list[Any]:
        """The gradients."""
        return [values[g.value] for g in self.joint.gradients]

    def gradients(self, least: float) -> Iterator[Kept]:
        """The digits of each, and where they are lost if fewer than `least` are left."""
        exact = {g.name: np.asarray(self.exact[g.value]) for g in self.joint.gradients}
        largest = largest_of(exact)
        for gradient in self.joint.gradients:
            name, value = gradient.name, gradient.value
            digits = digits_of(self.single[value], self.exact[value], largest)
            blamed = self._blamed(value, digits, largest) if digits < least else None
            yield Kept(name, str(value.type), digits, blamed)

    def outputs(self, least: float) -> Iterator[Kept]:
        """The digits of what is returned."""
        for output in self.joint.outputs:
            value = output.value
            if not value.type.is_float:
                continue
            digits = digits_of(self.single[value], self.exact[value])
            blamed = self._blamed(value, digits, 0.0) if digits < least else None
            yield Kept(output.name, str(value.type), digits, blamed, is_output=True)

    def _interpreter(self, kind: type[Interpreter]) -> Interpreter:
        return kind(self.point.dims, np.random.default_rng(0))

    def _run(self, fixed: Mapping[Value, Any]) -> Environment:
        given = {v: rounded(x) for v, x in self.given.items()}
        return self._interpreter(_Single).run(self.nodes, given, fixed)

    def _seed(self, name: str, value: Value) -> Any:
        if self.joint.loss is not None:
            return np.float64(1.0)
        shape = [self._interpreter(Interpreter).size(s) for s in value.type.shape]
        given = self.point.cotangents.get(name)
        return np.zeros(shape)[()] if given is None else np.asarray(given, np.float64)[()]

    # --- where they are lost ---

    def _blamed(self, gradient: Value, digits: float, largest: float) -> Blamed | None:
        """The first statement on the way to a gradient that loses its digits."""
        found: list[tuple[float, Blamed]] = []
        for node in needed_for(self.nodes, [gradient]):
            left = min([self._left(v) for v in node.results], default=FULL)
            lost = min([self._left(v) for v in node.operands], default=FULL) - left
            if lost >= _LOST and len(found) < _CANDIDATES:
                found.append((lost, Blamed(node, left, node not in self.primal)))
        for _, blamed in found:
            exact = {v: rounded(self.exact[v]) for v in blamed.node.results}
            mended = digits_of(self._run(exact)[gradient], self.exact[gradient], largest)
            if mended > (digits + FULL) / 2:
                return self._within(blamed)
        # No one is to blame alone: the worst of them.
        return self._within(max(found, key=lambda f: f[0])[1]) if found else None

    def _left(self, value: Value) -> float:
        return digits_of(self.single[value], self.exact[value])

    def _within(self, blamed: Blamed) -> Blamed:
        """Of a loop, the first statement and step that lose as much as half of what most lose."""
        scan = blamed.node
        if not isinstance(scan, Scan):
            return blamed
        exact = _recorded(Interpreter, self.point, scan, self.exact)
        single = _recorded(_Single, self.point, scan, self.single)
        steps: dict[Node, int] = {}
        left: dict[Value, float] = {}
        found: list[tuple[float, Blamed]] = []
        for (node, before), (_, after) in zip(exact, single, strict=True):
            step = steps[node] = steps.get(node, -1) + 1
            for value, one, other in zip(node.results, after, before, strict=True):
                left[value] = digits_of(one, other)
            worst = min([left[v] for v in node.results])
            lost = min([left.get(v, FULL) for v in node.operands], default=FULL) - worst
            if lost >= _LOST:
                found.append((lost, Blamed(node, worst, blamed.backwards, step)))
        most = max([lost for lost, _ in found], default=0.0)
        return next((b for lost, b in found if lost >= most / 2), blamed)


def _recorded(
    kind: type[Interpreter], point: Point, scan: Scan, values: Environment
) -> list[tuple[Node, tuple[Any, ...]]]:
    """What the nodes of a body make at each step."""
    body = set(scan.nodes)
    found: list[tuple[Node, tuple[Any, ...]]] = []

    class Recording(kind):  # type: ignore[valid-type, misc]
        def evaluate(self, node: Node, values: Environment) -> tuple[Any, ...]:
            results: tuple[Any, ...] = super().evaluate(node, values)
            if node in body:
                found.append((node, results))
            return results

    Recording(point.dims, np.random.default_rng(0)).evaluate(scan, values)
    return found


def digits_of(single: Any, exact: Any, largest: float = 0.0) -> float:
    """The digits that f32 has of f64; what is next to nothing beside `largest` is noise."""
    one, other = np.asarray(single), np.asarray(exact)
    if other.dtype.kind != "f" or not other.size:
        return FULL
    one = one.astype(np.float64)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    other = np.where(np.isfinite(other), other, 0.0)
    apart = distance(np.where(same, other, one), other, largest)
    return FULL if apart == 0 else min(max(0.0, -math.log10(apart)), FULL)
