"""The derivative of every operation, against ways that know nothing of its rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy

from gradc.diagnostics import DiagnosticError
from gradc.ir.graph import Graph, Input, Node, Value
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.passes.simplify import simplify
from gradc.verification.interpret import Interpreter
from tests.library.cases import ALL_CASES, FUNCTIONS, LIBRARY, OPS, Case, cases_of
from tests.library.running import Running

NOT_THE_DERIVATIVE = {"stop_gradient", "finite_max"}
"""Operations whose purpose is a derivative other than their own."""

CARRYING = [
    c for c in ALL_CASES if c.name not in NOT_THE_DERIVATIVE and any(o.carries for o in c.operands)
]
by_label = pytest.mark.parametrize("case", CARRYING, ids=lambda c: c.label)


@pytest.mark.parametrize("level", [0, 1])
@by_label
def test_central_differences(case: Case, level: int) -> None:
    running = Running(case, level)
    if not running.is_differentiable:
        return
    gradients = running.gradients()
    for name, expected in running.differences().items():
        assert np.shape(gradients[name]) == np.shape(expected)
        np.testing.assert_allclose(gradients[name], expected, rtol=2e-6, atol=2e-7, err_msg=name)


@by_label
def test_complex_step(case: Case) -> None:
    """Exact to rounding, where every operation of the graph takes complex numbers."""
    running = Running(case, 1)
    graph = inline(running.compilation.graph)
    if not running.is_differentiable or not all(n.op.analytic for n in graph.nodes):
        return
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


# --- formulas ---------------------------------------------------------------------------------

X = sympy.Symbol("x", real=True)
FORMULAS = {
    "negative": -X, "exp": sympy.exp(X), "exp2": 2**X, "expm1": sympy.exp(X) - 1,
    "log": sympy.log(X), "log2": sympy.log(X, 2), "log10": sympy.log(X, 10),
    "log1p": sympy.log(1 + X), "sqrt": sympy.sqrt(X), "sin": sympy.sin(X), "cos": sympy.cos(X),
    "tan": sympy.tan(X), "arcsin": sympy.asin(X), "arccos": sympy.acos(X), "arctan": sympy.atan(X),
    "sinh": sympy.sinh(X), "cosh": sympy.cosh(X), "tanh": sympy.tanh(X), "arcsinh": sympy.asinh(X),
    "arccosh": sympy.acosh(X), "arctanh": sympy.atanh(X), "sigmoid": 1 / (1 + sympy.exp(-X)),
    "erf": sympy.erf(X), "erfc": sympy.erfc(X), "square": X**2, "reciprocal": 1 / X,
    "rsqrt": 1 / sympy.sqrt(X), "logit": sympy.log(X / (1 - X)), "deg2rad": sympy.pi * X / 180,
    "rad2deg": 180 * X / sympy.pi, "sinc": sympy.sin(sympy.pi * X) / (sympy.pi * X),
    "silu": X / (1 + sympy.exp(-X)), "softplus": sympy.log(1 + sympy.exp(X)),
    "log_sigmoid": -sympy.log(1 + sympy.exp(-X)),
    "gelu_exact": X * (1 + sympy.erf(X / sympy.sqrt(2))) / 2,
    "gelu_tanh": X * (1 + sympy.tanh(sympy.sqrt(2 / sympy.pi) * (X + 0.044715 * X**3))) / 2,
    "mish": X * sympy.tanh(sympy.log(1 + sympy.exp(X))),
}  # fmt: skip


def _elementwise_of_one() -> set[str]:
    return {
        n
        for n in OPS
        if (op := LIBRARY.operation(n)).lowering.ufunc and len(op.operands) == 1 and op.ruled
    }


def test_every_elementwise_rule_has_a_formula() -> None:
    assert _elementwise_of_one() - {"abs", "cbrt"} <= FORMULAS.keys()


@pytest.mark.parametrize("name", FORMULAS)
def test_formula(name: str) -> None:
    """Rule and derivative agree to twelve digits, the second derivative too."""
    first = sympy.diff(FORMULAS[name], X)
    for case in cases_of(name):
        running = Running(case, 1)
        point = running.params["x"]
        expected = _at(first, point) * running.point.cotangents["out0"]
        np.testing.assert_allclose(running.gradients()["x"], expected, rtol=1e-12, atol=1e-14)


def _at(formula: sympy.Expr, points: Any) -> Any:
    return np.vectorize(lambda v: float(formula.evalf(40, subs={X: sympy.Float(float(v), 40)})))(
        points
    )


# --- second derivatives -----------------------------------------------------------------------


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


@by_label
def test_closure(case: Case) -> None:
    """What the rules emit has rules itself: the graph is differentiated three times over."""
    try:
        graph = case.compile().graph
    except DiagnosticError:
        pytest.fail("the example does not compile")
    for _ in range(3):
        missing = {n.op.name for n in graph.nodes if _is_silent(n)}
        assert not missing
        graph = again(simplify(inline(differentiate(graph, LIBRARY)), LIBRARY))


def _is_silent(node: Node) -> bool:
    """Whether a node from floats to floats says neither a derivative nor that it has none."""
    ends = ([v.type for v in node.operands], [v.type for v in node.results])
    carries = all(any(t.is_float for t in types) for types in ends)
    return carries and not node.op.ruled and "none" not in node.op.flags


def _second_cases() -> list[Case]:
    """One example of each: the smallest."""
    names = [n for n in (*OPS, *FUNCTIONS) if n not in NOT_THE_DERIVATIVE]
    return [c for n in names for c in cases_of(n)[:1] if any(o.carries for o in c.operands)]


@pytest.mark.parametrize("case", _second_cases(), ids=lambda c: c.label)
def test_second_derivative(case: Case) -> None:
    """The derivative of the gradient along a direction, against differences of the gradient."""
    running = Running(case, 1)
    if not running.is_differentiable:
        return
    joint = simplify(inline(differentiate(running.compilation.graph, LIBRARY)), LIBRARY)
    second = simplify(inline(differentiate(again(joint), LIBRARY)), LIBRARY)
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
