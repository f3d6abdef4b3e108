"""Forward mode of every operation: transposed rules, dual numbers and differences say the same.

The pushforward knows the rules and none of the emitter; the dual numbers know the NumPy spellings
and none of the rules.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from gradc.passes.pushforward import TANGENT, pushforward
from gradc.verification.dual import DualInterpreter
from gradc.verification.interpret import Environment, Interpreter
from tests.library.cases import ALL_CASES, Case, by_operation
from tests.library.proofs import carries, elaborated
from tests.library.running import Running

CARRYING = [case for case in ALL_CASES if carries(case)]


class Pushed:
    """A case at its point, with a tangent for each parameter."""

    def __init__(self, case: Case):
        self.case = case
        self.arrays = case.draw()
        self.graph = case.compile(0).graph
        rng = np.random.default_rng(3)
        self.along = {
            p.name: rng.uniform(0.5, 1.5, np.shape(self.arrays[p.name]))[()]
            for p in self.graph.params
        }

    def given(self, shift: float = 0.0) -> Environment:
        return {
            v: self.arrays[n] + shift * self.along[n] if n in self.along else self.arrays[n]
            for n, v in self.graph.arguments.items()
        }

    @cached_property
    def values(self) -> dict[str, Any]:
        """The outputs by the interpreter."""
        return self._outputs(self.given())

    def _outputs(self, given: Environment) -> dict[str, Any]:
        nodes = elaborated(self.case)
        values = Interpreter({}).run(nodes.nodes, given)
        return {o.name: values[o.value] for o in nodes.outputs if o.value.type.is_float}

    @cached_property
    def tangents(self) -> dict[str, Any]:
        """Those of the outputs, by the transposed rules."""
        pushed = pushforward(self.graph, self.case.library)
        given = self.given()
        names = {TANGENT.format(n): d for n, d in self.along.items()}
        given |= {i.value: names[i.name] for i in pushed.inputs if i.name in names}
        values = Interpreter({}).run(pushed.nodes, given)
        found = {o.name: values[o.value] for o in pushed.outputs}
        return {n: found[TANGENT.format(n)] for n in self.values}

    def differences(self, step: float = 1e-5) -> dict[str, Any]:
        above, below = (self._outputs(self.given(h)) for h in (step, -step))
        with np.errstate(invalid="ignore"):  # infinities stay where they are
            return {n: (above[n] - below[n]) / (2 * step) for n in above}


@by_operation(CARRYING)
def test_differences(case: Case) -> None:
    pushed = Pushed(case)
    for name, expected in pushed.differences().items():
        found = np.where(np.isfinite(pushed.values[name]), pushed.tangents[name], 0)
        expected = np.where(np.isfinite(pushed.values[name]), expected, 0)
        np.testing.assert_allclose(found, expected, rtol=5e-6, atol=1e-6)


@by_operation(CARRYING)
def test_duality(case: Case) -> None:
    """`<v, Jᵀu> = <Jv, u>`: what `backward` of the module gives, and the pushforward."""
    pushed, running = Pushed(case), Running(case)
    gradients = running.gradients()
    terms = [gradients[n] * d for n, d in pushed.along.items()]
    left = sum(float(np.sum(t)) for t in terms)
    size = sum(float(np.sum(np.abs(t))) for t in terms)
    right = sum(float(np.sum(pushed.tangents[n] * u)) for n, u in running.point.cotangents.items())
    assert abs(left - right) <= 1e-11 * (1 + size)


CURVED = {"eigh": 1e-5}
"""Operations whose fifth derivative is large at some example: eigenvalues are close there."""


@by_operation(CARRYING)
def test_dual_numbers(case: Case) -> None:
    pushed = Pushed(case)
    graph = elaborated(case)
    arguments = graph.arguments
    tangents = {arguments[n]: d for n, d in pushed.along.items()}
    dual = DualInterpreter({}).push(graph.nodes, pushed.given(), tangents)
    for output in graph.outputs:
        name = output.name
        if name in pushed.values:
            np.testing.assert_array_equal(dual.values[output.value], pushed.values[name])
            found = dual.tangents.get(output.value, np.zeros(np.shape(pushed.values[name])))
            rtol = CURVED.get(case.name, 1e-8)
            np.testing.assert_allclose(found, pushed.tangents[name], rtol=rtol, atol=1e-9)
