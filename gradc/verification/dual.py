"""Running a graph on dual numbers: each value beside its tangent, with no derivative rule.

The tangent of a node is the directional derivative of the operation's own NumPy spelling. One
that takes complex numbers gives it at once, by an imaginary step that nothing is subtracted
from; for the others it comes from five points on a line, whose error is that of a fourth power.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradc.ir.node import Collected, Node, Scan, Value
from gradc.records import dataclass
from gradc.verification.interpret import Environment, Interpreter

_IMAGINARY = 1e-30
_STEP = float(np.finfo(np.float64).eps) ** (1 / 5)
_WEIGHTS = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))

VECTORS = {"eigh": {1: -2}, "svd": {0: -2, 2: -1}}
"""Results that are vectors, each free to point the other way, and the axis that they lie along."""


@dataclass(frozen=True, slots=True)
class Dual:
    """Values and, for those that move, their tangents."""

    values: Environment
    tangents: Environment


class DualInterpreter(Interpreter):
    """Runs nodes on values and tangents together."""

    def push(self, nodes: Iterable[Node], values: Environment, tangents: Environment) -> Dual:
        """The values and tangents of all nodes, from those of the arguments."""
        values, tangents = dict(values), dict(tangents)
        for node in nodes:
            if isinstance(node, Scan):
                self._push_scan(node, values, tangents)
                continue
            results = self.evaluate(node, values)
            moved = self._tangents(node, values, tangents)
            for value, array, tangent in zip(node.results, results, moved, strict=True):
                values[value] = array
                if tangent is not None:
                    tangents[value] = tangent
        return Dual(values, tangents)

    def _tangents(
        self, node: Node, values: Environment, tangents: Environment
    ) -> Sequence[Any | None]:
        moving = [v for v in node.operands if v in tangents]
        floats = [r.type.is_float for r in node.results]
        if not moving or not any(floats) or node.traits.none:
            return [None] * len(node.results)
        directions = {v: np.asarray(tangents[v], float) for v in moving}
        if node.traits.analytic:
            moved = self._moved(node, values, directions, 1j * _IMAGINARY)
            found = [np.imag(m) / _IMAGINARY for m in moved]
        else:
            found = self._along_a_line(node, values, directions)
        return [f if is_float else None for f, is_float in zip(found, floats, strict=True)]

    def _moved(
        self, node: Node, values: Environment, directions: Environment, step: complex
    ) -> Sequence[Any]:
        operands = {v: values[v] for v in node.operands}
        with np.errstate(invalid="ignore"):  # of infinities
            operands |= {v: values[v] + step * d for v, d in directions.items()}
            return self.evaluate(node, operands)

    def _along_a_line(self, node: Node, values: Environment, directions: Environment) -> list[Any]:
        size = max(float(np.max(np.abs(d), initial=0.0)) for d in directions.values())
        step = _STEP / size if size > 0 else _STEP
        found: list[Any] = [0.0] * len(node.results)
        base = self.evaluate(node, values)
        for place, weight in _WEIGHTS:
            results = self._moved(node, values, directions, place * step)
            for i, moved in enumerate(_turned(node, results, base)):
                found[i] = found[i] + weight / step * moved
        return found

    def _push_scan(self, scan: Scan, values: Environment, tangents: Environment) -> None:
        """A scan, step by step; what does not move has a tangent of zeros."""

        def pair(value: Value) -> tuple[Any, Any]:
            x = np.asarray(values[value])[()]
            return x, np.asarray(tangents.get(value, np.zeros(np.shape(x))))[()]

        carried = {s.parameter: pair(s.initial) for s in scan.carried}
        wholes = {s: pair(s.whole) for s in scan.walked}
        captured = {s.parameter: pair(s.value) for s in scan.captured}
        states = {s: [carried[s.parameter]] for s in scan.carried if s.states is not None}
        count = self.size(scan.count)
        collected: dict[Collected, list[Any]] = {s: [None] * count for s in scan.collected}
        for t in reversed(range(count)) if scan.reverse else range(count):
            walked = {
                s.parameter: tuple(np.take(z, t + s.start, axis=s.axis)[()] for z in pair)
                for s, pair in wholes.items()
            }
            given = {**carried, **walked, **captured}
            step = self.push(
                scan.nodes,
                {p: x for p, (x, _) in given.items()},
                {p: d for p, (_, d) in given.items() if p.type.is_float},
            )
            carried = {s.parameter: _pair_of(step, s.following) for s in scan.carried}
            for slot, elements in collected.items():
                elements[t] = _pair_of(step, slot.value)
            for kept, passed in states.items():
                passed.append(carried[kept.parameter])
        stacks = [
            tuple(np.stack([np.asarray(e[i]) for e in elements], axis=slot.axis) for i in (0, 1))
            for slot, elements in collected.items()
        ]
        stacks += [
            tuple(np.stack([np.asarray(e[i]) for e in passed]) for i in (0, 1))
            for passed in states.values()
        ]
        for result, (x, d) in zip(scan.results, [*carried.values(), *stacks], strict=True):
            values[result] = x
            if result.type.is_float:
                tangents[result] = d


def _pair_of(step: Dual, value: Value) -> tuple[Any, Any]:
    x = step.values[value]
    return x, step.tangents.get(value, np.zeros(np.shape(x)))


def _turned(node: Node, moved: Sequence[Any], base: Sequence[Any]) -> list[Any]:
    """The results as floats, their vectors pointing where they did before the step."""
    floats = [np.asarray(m, float) for m in moved]
    for i, axis in VECTORS.get(node.name, {}).items():
        floats[i] = floats[i] * np.sign(np.sum(floats[i] * base[i], axis=axis, keepdims=True))
    return floats
