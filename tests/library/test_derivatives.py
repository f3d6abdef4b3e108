"""The derivative of every operation, against ways that know nothing of its rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError
from gradc.ir.node import Node, Value
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.passes.simplify import simplify
from gradc.verification.interpret import Interpreter
from tests.library.cases import (
    ALL_CASES,
    BY_THE_SYNTAX,
    FUNCTIONS,
    OPS,
    Case,
    by_operation,
    cases_of,
)
from tests.library.proofs import carries, elaborated, takes_complex_step
from tests.library.running import Running
from tests.library.twice import again

CARRYING = [case for case in ALL_CASES if carries(case)]


@pytest.mark.parametrize("level", [0, 1])
@by_operation(CARRYING)
def test_central_differences(case: Case, level: int) -> None:
    gradients_are_differences(case, level)


def gradients_are_differences(case: Case, level: int) -> None:
    running = Running(case, level)
    gradients = running.gradients()
    for name, expected in running.differences().items():
        assert np.shape(gradients[name]) == np.shape(expected)
        np.testing.assert_allclose(gradients[name], expected, rtol=2e-6, atol=2e-7, err_msg=name)


PARTIAL = [one for case in CARRYING for one in case.each_result() if carries(one)]


@pytest.mark.parametrize("case", PARTIAL, ids=lambda c: f"{c.label}-{c.wanted}")
def test_one_of_several_results(case: Case) -> None:
    """The others have no cotangent, which is not one of zeros."""
    gradients_are_differences(case, 1)


ANALYTIC = [case for case in CARRYING if takes_complex_step(case)]


@pytest.mark.parametrize("case", ANALYTIC, ids=lambda c: c.label)
def test_complex_step(case: Case) -> None:
    """Exact to rounding, where every operation of the graph takes complex numbers."""
    running = Running(case, 1)
    graph = elaborated(case)
    gradients = running.gradients()
    step = 1e-30
    interpreter = Interpreter({})
    for name, x in running.params.items():
        for place in np.ndindex(*np.shape(x)):
            moved = np.array(x, complex)
            moved[place] += 1j * step
            values = {v: _complex(running.arrays[n]) for n, v in graph.arguments.items()}
            values[graph.arguments[name]] = moved[()]
            interpreter.run(graph.nodes, values)
            found = sum(
                np.sum(np.imag(values[o.value]) * running.point.cotangents[o.name]) / step
                for o in graph.outputs
                if o.name in running.point.cotangents
            )
            np.testing.assert_allclose(
                np.asarray(gradients[name])[place], found, rtol=1e-11, atol=1e-13
            )


def _complex(array: Any) -> Any:
    return array.astype(complex) if array.dtype.kind == "f" else array


# --- second derivatives -----------------------------------------------------------------------


@by_operation(CARRYING)
def test_closure(case: Case) -> None:
    """What the rules emit has rules itself: the graph is differentiated three times over."""
    try:
        graph = case.compile().graph
    except DiagnosticError:
        pytest.fail("the example does not compile")
    for _ in range(3):
        missing = {n.name for n in graph.nodes if _is_silent(n)}
        assert not missing
        graph = again(simplify(inline(differentiate(graph, case.library)), case.library))


def _is_silent(node: Node) -> bool:
    """Whether a node from floats to floats says neither a derivative nor that it has none."""
    ends = ([v.type for v in node.operands], [v.type for v in node.results])
    carries = all(any(t.is_float for t in types) for types in ends)
    ruled = any(node.carries)
    return carries and not ruled and not node.traits.none


def _second_cases() -> list[Case]:
    """One example of each: the smallest."""
    called = [c for n in (*OPS, *FUNCTIONS) for c in cases_of(n)[:1] if carries(c)]
    return [*called, *(c for cases in BY_THE_SYNTAX.values() for c in cases)]


@pytest.mark.parametrize("case", _second_cases(), ids=lambda c: c.label)
def test_second_derivative(case: Case) -> None:
    """The derivative of the gradient along a direction, against differences of the gradient."""
    running = Running(case, 1)
    library = case.library
    joint = simplify(inline(differentiate(running.compilation.graph, library)), library)
    second = simplify(inline(differentiate(again(joint), library)), library)
    rng = np.random.default_rng(2)
    along = {n: rng.uniform(0.5, 1.5, np.shape(x))[()] for n, x in running.params.items()}
    values: dict[Value, Any] = {
        v: running.arrays[n] for n, v in again(joint).arguments.items() if n in running.arrays
    }
    values |= {s.value: running.point.cotangents[s.name] for s in joint.seeds}
    values |= {s.value: along[s.name] for s in second.seeds}
    Interpreter({}).run((*second.nodes, *second.adjoints), values)
    found = sum(np.sum(values[g.value] * along[g.name]) for g in second.gradients)
    expected = _second_difference(running, along)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def _second_difference(running: Running, along: dict[str, Any], step: float = 1e-5) -> float:
    total = 0.0
    for sign in (1, -1):
        point = running.point
        for name, direction in along.items():
            point = point.moved(name, running.params[name] + sign * step * direction)
        gradients = running.module.gradients(point)
        total += sign * sum(float(np.sum(gradients[n] * d)) for n, d in along.items())
    return total / (2 * step)
