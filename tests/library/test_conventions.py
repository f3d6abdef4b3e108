"""The edges where frameworks disagree, and rules that are proven equal to the derived ones."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from gradc.compiler import compile_source
from gradc.elaborate import elaborate
from gradc.ir.node import Call
from gradc.library.loader import StandardLibrary
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.source import Source
from gradc.syntax.parser import parse
from gradc.verification.interpret import Interpreter
from tests.library.cases import FUNCTIONS, LIBRARY, Case, Operand, cases_of
from tests.library.running import Running
from tests.together import together

NAN, INF = np.nan, np.inf
COTANGENT = 0.25  # of the sum; no number of the edges, so that none passes for it


def written(call: str, arrays: Any, dtype: str = "f64") -> Source:
    """The graph of a call, with the sum of its result as the loss."""
    lines = [f"dtype {dtype}", *(f"param {n}: {list(np.shape(a))}" for n, a in arrays.items())]
    lines += [f"output out = {call}", "loss J = sum(out)", ""]
    return Source("edge.graph", "\n".join(lines))


def gradients(
    call: str, arrays: Any, dtype: str, library: StandardLibrary
) -> tuple[Any, dict[str, Any]]:
    """The value of a call and the gradients of its sum; a warning of NumPy's is an error."""
    values = {n: np.asarray(a, {"f64": float, "f32": np.float32}[dtype]) for n, a in arrays.items()}
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile_source(written(call, arrays, dtype), library=library).text, module)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs, saved = module["forward"](values)
        found = module["backward"](saved, dJ=COTANGENT)
        return outputs.out, {n: g / COTANGENT for n, g in found.items()}


Edge = tuple[str, dict[str, Any], Any, dict[str, Any]]
"""A call, its arrays, the value, and gradients."""

EDGES: list[Edge] = [
    # Ties share equally.
    ("maximum(x, y)", {"x": [1, 2.0], "y": [1, 3.0]}, [1, 3], {"x": [0.5, 0], "y": [0.5, 1]}),
    ("minimum(x, y)", {"x": [1, 2.0], "y": [1, 3.0]}, [1, 2], {"x": [0.5, 1], "y": [0.5, 0]}),
    ("fmax(x, y)", {"x": [1.0, 2, NAN], "y": [1.0, NAN, 3]}, [1, 2, 3],
     {"x": [0.5, 1, 0], "y": [0.5, 0, 1]}),
    ("fmin(x, y)", {"x": [1.0, 2, NAN], "y": [1.0, NAN, 3]}, [1, 2, 3],
     {"x": [0.5, 1, 0], "y": [0.5, 0, 1]}),
    ("max(x)", {"x": [3.0, 1, 3]}, 3, {"x": [0.5, 0, 0.5]}),
    ("min(x, axis=1)", {"x": [[1.0, 1, 1], [2, 1, 3]]}, [1, 1], {"x": [[1 / 3] * 3, [0, 1, 0]]}),
    # Kinks.
    ("relu(x)", {"x": [-1.0, 0, 2]}, [0, 0, 2], {"x": [0, 0, 1]}),
    ("abs(x)", {"x": [-1.0, 0, 2]}, [1, 0, 2], {"x": [-1, 0, 1]}),
    ("sign(x) * x", {"x": [-1.0, 0, 2]}, [1, 0, 2], {"x": [-1, 0, 1]}),
    ("clip(x, min=0, max=1)", {"x": [-1.0, 0, 1, 2]}, [0, 0, 1, 1], {"x": [0, 1, 1, 0]}),
    ("clip(x, max=1)", {"x": [1.0, 2]}, [1, 1], {"x": [1, 0]}),
    ("clip(x, min=y)", {"x": [1.0, 0], "y": [1.0, 2]}, [1, 2], {"x": [1, 0], "y": [0, 1]}),
    ("clip(x, max=y)", {"x": [1.0, 3], "y": [1.0, 2]}, [1, 2], {"x": [1, 0], "y": [0, 1]}),
    ("clip(x, min=y, max=z)", {"x": [0, 1, 0, 2, 1.5], "y": [0, 0, 1, 1, 2], "z": [1, 1, 1, 1, 1]},
     [0, 1, 1, 1, 1], {"x": [1, 1, 0, 0, 0], "y": [0, 0, 1, 0, 0], "z": [0, 0, 0, 1, 1]}),
    ("clip(x, min=y, max=z)", {"x": [0.5, 1.0], "y": [2.0, 2], "z": [1.0, 1]}, [1, 1],
     {"x": [0, 0], "y": [0, 0], "z": [1, 1]}),
    ("relu6(x)", {"x": [-1.0, 0, 0.5, 6, 7]}, [0, 0, 0.5, 6, 6], {"x": [0, 0, 1, 0, 0]}),
    ("hardsigmoid(x)", {"x": [-3.5, -3, 3, 3.5]}, [0, 0, 1, 1], {"x": [0, 0, 0, 0]}),
    ("guard(x, y)", {"x": [2.0, 3, 0], "y": [0.0, 2, 2]}, [0, 3, 0],
     {"x": [0, 1, 1], "y": [0, 0, 0]}),
    ('astype(x, "f32")', {"x": [0.5, 2]}, [0.5, 2], {"x": [1, 1]}),
    ("hardtanh(x)", {"x": [-1.0, 0, 1]}, [-1, 0, 1], {"x": [0, 1, 0]}),
    ("relu(x)", {"x": [NAN]}, [NAN], {"x": [0]}),
    ("clip(x, min=0, max=1)", {"x": [NAN]}, [NAN], {"x": [0]}),
    ("leaky_relu(x)", {"x": [0.0]}, [0], {"x": [0.01]}),
    ("sinc(x)", {"x": [0.0]}, [1], {"x": [0]}),
    # The first of equal ones, as torch.
    ("max_pool2d(x, 2)", {"x": [[2.0, 2], [1, 2]]}, [[2]], {"x": [[1, 0], [0, 0]]}),
    ("max_pool2d_adjoint(x, y, z, [1, 2], stride=1)",
     {"x": [[2.0, 3]], "y": [[1.0, 2, 3]], "z": [[2.0, 3]]}, [[0, 2, 3]], {"x": [[1, 1]]}),
    ("max_pool2d_adjoint(x, y, z, 2, padding=1)",
     {"x": [[2.0]], "y": [[7.0]], "z": [[7.0]]}, [[2]], {"x": [[1]]}),
    ("max_pool2d_adjoint(x, y, z, [1, 2], stride=1, dilation=[1, 2])",
     {"x": [[2.0, 3]], "y": [[1.0, 2, 3, 0]], "z": [[3.0, 2]]}, [[0, 3, 2, 0]], {"x": [[1, 1]]}),
    ("max_pool2d_pick(x, y, z, [1, 2], stride=1, dilation=[1, 2])",
     {"x": [[5.0, 6, 7, 8]], "y": [[1.0, 2, 3, 0]], "z": [[3.0, 2]]}, [[7, 6]],
     {"x": [[0, 1, 1, 0]]}),
    ("max_pool2d_pick(x, y, z, [1, 2], stride=1)",
     {"x": [[2.0, 3, 4]], "y": [[1.0, 2, 3]], "z": [[2.0, 3]]}, [[3, 4]], {"x": [[0, 1, 1]]}),
    ("max_pool2d_pick(x, y, z, 2, padding=1)",
     {"x": [[2.0]], "y": [[7.0]], "z": [[7.0]]}, [[2]], {"x": [[1]]}),
    # Norms at the zero vector.
    ("norm(x)", {"x": [0.0, 0]}, 0, {"x": [0, 0]}),
    ("norm(x, ord=3)", {"x": [0.0, 0]}, 0, {"x": [0, 0]}),
    ("norm(x, ord=0.5)", {"x": [0.0, 4]}, 4, {"x": [0, 1]}),
    ("norm(x, axis=1)", {"x": [[3.0, 4], [0, 0]]}, [5, 0], {"x": [[0.6, 0.8], [0, 0]]}),
    ("hypot(x, y)", {"x": [0.0], "y": [0.0]}, [0], {"x": [0], "y": [0]}),
    ("std(x)", {"x": [2.0, 2]}, 0, {"x": [0, 0]}),
    ("cosine_similarity(x, y)", {"x": [0.0, 0], "y": [1.0, 0]}, 0, {"x": [1e8, 0], "y": [0, 0]}),
    # Powers at 0.
    ("x ** 1", {"x": [0.0]}, [0], {"x": [1]}),
    ("x ** 2", {"x": [0.0]}, [0], {"x": [0]}),
    ("x ** 3.5", {"x": [0.0]}, [0], {"x": [0]}),
    ("x ** 0", {"x": [0.0, 2]}, [1, 1], {"x": [0, 0]}),
    ("x ** y", {"x": [0.0, 0.0], "y": [2.0, 0.0]}, [0, 1], {"x": [0, 0], "y": [0, 0]}),
    ("x ** y", {"x": [0.0], "y": [1.0]}, [0], {"x": [1], "y": [0]}),
    ("x ** 3", {"x": [-2.0]}, [-8], {"x": [12]}),
    ("2 ** x", {"x": [3.0]}, [8], {"x": [8 * np.log(2)]}),
    ("xlogy(x, y)", {"x": [0.0], "y": [0.0 + 1e-300]}, [0], {"x": [np.log(1e-300)], "y": [0]}),
    ("xlogy(x, 0)", {"x": [0.0]}, [0], {"x": [0]}),
    ("xlogy(x, y)", {"x": [0.0], "y": [0.0]}, [0], {"x": [0], "y": [0]}),
    ("xlogy(x, y)", {"x": [0.0, 0.0], "y": [-1.0, 2]}, [0, 0], {"x": [0, np.log(2)], "y": [0, 0]}),
    # Products of the others.
    ("prod(x)", {"x": [2.0, 0, 3]}, 0, {"x": [0, 6, 0]}),
    ("prod(x)", {"x": [0.0, 0, 3]}, 0, {"x": [0, 0, 0]}),
    ("prod(x, axis=0)", {"x": [[0.0, 2], [5, 3]]}, [0, 6], {"x": [[5, 3], [0, 2]]}),
    ("cumprod(x)", {"x": [2.0, 0, 3]}, [2, 0, 0], {"x": [1, 8, 0]}),
    ("logcumsumexp(x)", {"x": [-INF, 2.0, -INF, 2]}, [-INF, 2, 2, 2 + np.log(2)],
     {"x": [0, 2.5, 0, 0.5]}),
    ("logcumsumexp(x)", {"x": [-2e3, 0.0, 2e3]}, [-2e3, 0, 2e3], {"x": [1, 1, 1]}),
    # Repeated and negative positions add up.
    ("take(x, [0, 0, -1])", {"x": [1.0, 2, 3]}, [1, 1, 3], {"x": [2, 0, 1]}),
    ("take(x, [1, -1], axis=0)", {"x": [[1.0], [2]]}, [[2], [2]], {"x": [[0], [2]]}),
    ("take_along_axis(x, [0, 0], axis=0)", {"x": [1.0, 2]}, [1, 1], {"x": [2, 0]}),
    # Size 0.
    ("sum(x)", {"x": []}, 0, {"x": []}),
    ("prod(x)", {"x": []}, 1, {"x": []}),
    ("x @ y", {"x": np.zeros((2, 0)), "y": np.zeros((0, 3))}, np.zeros((2, 3)),
     {"x": np.zeros((2, 0)), "y": np.zeros((0, 3))}),
]  # fmt: skip


@pytest.mark.parametrize("edge", EDGES, ids=lambda e: f"{e[0]}-{e[1]}"[:60])
def test_edge(edge: Edge) -> None:
    agrees(edge, LIBRARY)


def agrees(edge: Edge, library: StandardLibrary) -> None:
    call, arrays, value, expected = edge
    found, gradient = gradients(call, arrays, "f64", library)
    np.testing.assert_allclose(found, value, rtol=1e-12)
    for name, array in expected.items():
        np.testing.assert_allclose(gradient[name], array, rtol=1e-12, atol=1e-12)


# In f32, for arguments of a magnitude of 1e4.
STABLE: list[Edge] = [
    ("sigmoid(x)", {"x": [-1e4, 0, 1e4]}, [0, 0.5, 1], {"x": [0, 0.25, 0]}),
    ("softplus(x)", {"x": [-1e4, 1e4]}, [0, 1e4], {"x": [0, 1]}),
    ("log1mexp(x)", {"x": [-1e4, -1e-8]}, [0, np.log(1e-8)], {"x": [0, -1e8]}),
    ("sigmoid_difference(a, b)", {"a": [1e4, 0.0, 0.0], "b": [-1e4, 0.0, 1e4]}, [1, 0, -0.5],
     {"a": [0, 0.25, 0.25], "b": [0, -0.25, 0]}),
    ("log_sigmoid(x)", {"x": [-1e4, 1e4]}, [-1e4, 0], {"x": [1, 0]}),
    ("silu(x)", {"x": [-1e4, 1e4]}, [0, 1e4], {"x": [0, 1]}),
    ("gelu(x)", {"x": [-1e4, 1e4]}, [0, 1e4], {"x": [0, 1]}),
    ('gelu(x, approximate="tanh")', {"x": [-1e4, 1e4]}, [0, 1e4], {"x": [0, 1]}),
    ("mish(x)", {"x": [-1e4, 1e4]}, [0, 1e4], {"x": [0, 1]}),
    ("elu(x)", {"x": [-1e4, 1e4]}, [-1, 1e4], {"x": [0, 1]}),
    ("softmax(x)", {"x": [-1e4, 1e4]}, [0, 1], {"x": [0, 0]}),
    ("log_softmax(x)", {"x": [-1e4, 1e4]}, [-2e4, 0], {"x": [1, -1]}),
    ("logsumexp(x)", {"x": [-1e4, 1e4]}, 1e4, {"x": [0, 1]}),
    ("logsumexp(x)", {"x": [1e4, 1e4]}, 1e4 + np.log(2), {"x": [0.5, 0.5]}),
    ("logaddexp(x, y)", {"x": [1e4], "y": [-1e4]}, [1e4], {"x": [1], "y": [0]}),
    ("cross_entropy(x, 0)", {"x": [-1e4, 1e4]}, 2e4, {"x": [-1, 1]}),
    ("cross_entropy(x, [0.0, 1.0])", {"x": [-1e4, 1e4]}, 0, {"x": [0, 0]}),
    ("binary_cross_entropy_with_logits(x, [0.0, 1.0])", {"x": [-1e4, -1e4]}, 5e3, {"x": [0, -0.5]}),
    ("tanh(x)", {"x": [-1e4, 1e4]}, [-1, 1], {"x": [0, 0]}),
    ("erf(x)", {"x": [-1e4, 1e4]}, [-1, 1], {"x": [0, 0]}),
    ("hypot(x, y)", {"x": [3e30], "y": [4e30]}, [5e30], {"x": [0.6], "y": [0.8]}),
]  # fmt: skip


@pytest.mark.parametrize("edge", STABLE, ids=lambda e: f"{e[0]}-{e[1]}"[:60])
def test_stable_in_f32(edge: Edge) -> None:
    agrees_in_f32(edge, LIBRARY)


def agrees_in_f32(edge: Edge, library: StandardLibrary) -> None:
    call, arrays, value, expected = edge
    with np.errstate(under="ignore"):
        found, gradient = gradients(call, arrays, "f32", library)
    np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-6)
    for name, array in expected.items():
        assert gradient[name].dtype == np.float32
        np.testing.assert_allclose(gradient[name], array, rtol=1e-5, atol=1e-6)


# --- fused rules ------------------------------------------------------------------------------

FUSED = [c for n in FUNCTIONS if ("vjp", n) in LIBRARY.stanzas for c in cases_of(n)]


class WithoutRules(StandardLibrary):
    """The library with every function differentiated through its body."""

    def find_function(self, name: str) -> Any:
        function = super().find_function(name)
        if function is not None:
            function.rule = None
        return function


@pytest.mark.parametrize("case", FUSED, ids=lambda c: c.label)
def test_fused_rule_equals_derived_rule(case: Case) -> None:
    running = Running(case)
    library = WithoutRules(LIBRARY.texts, exposed=True)
    graph, _ = elaborate(parse(Source("case.graph", case.source)), library)
    assert not any(isinstance(n, Call) for n in graph.nodes)
    joint = inline(differentiate(graph, library))
    values = {v: running.arrays[n] for n, v in joint.arguments.items()}
    values |= {s.value: running.point.cotangents[s.name] for s in joint.seeds}
    Interpreter({}).run((*joint.nodes, *joint.adjoints), values)
    found = running.gradients()
    for gradient in joint.gradients:
        np.testing.assert_allclose(
            found[gradient.name], values[gradient.value], rtol=1e-10, atol=1e-12
        )


# --- broadcasting and matrix products ---------------------------------------------------------

SHAPES = [(), (1,), (3,), (2, 1), (2, 3), (1, 3), (4, 1, 3), (4, 2, 1), (1, 1, 1)]
TWO = ["add", "multiply", "divide", "power", "maximum", "arctan2", "hypot", "logaddexp"]


@pytest.mark.parametrize("left", SHAPES)
@together("right", SHAPES, by=lambda shape: "any", ids=str)
@pytest.mark.parametrize("name", TWO)
def test_broadcasting(name: str, left: Any, right: Any) -> None:
    operands = (Operand("a", left, "", 0.5, 2), Operand("b", right, "", 0.5, 2))
    _check(Case(name, 100, operands, f"{name}(a, b)"))


MATRICES = [(3,), (2, 3), (1, 3), (4, 2, 3), (1, 2, 3), (5, 1, 2, 3)]


@pytest.mark.parametrize("left", MATRICES)
@pytest.mark.parametrize("right", [(3,), (3, 2), (3, 1), (4, 3, 2), (1, 3, 2), (5, 4, 3, 2)])
def test_matmul(left: Any, right: Any) -> None:
    _check(Case("matmul", 100, (Operand("a", left), Operand("b", right)), "a @ b"))


def _check(case: Case) -> None:
    running = Running(case)
    expected = running.differences()
    for name, gradient in running.gradients().items():
        assert np.shape(gradient) == np.shape(running.params[name])
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-6, atol=1e-7)


def test_a_weight_takes_one_product() -> None:
    """3-D @ 2-D: the batch is made flat for the weight's gradient, never summed afterwards."""
    case = Case("matmul", 101, (Operand("x", (4, 5, 3)), Operand("W", (3, 2))), "x @ W")
    backward = case.compile().text.split("def backward")[1].split("return {")[0]
    lines = [line for line in backward.splitlines() if not line.strip().startswith("#")]
    assert not any("sum(" in line for line in lines)
    assert sum("reshape" in line for line in lines) == 1


# --- results of which the loss needs a part ---------------------------------------------------

PARTS = [
    ("w, v = eigh(x @ x.T + eye(3))", "sum(w * [1, 2, 3])"),
    ("w, v = eigh(x @ x.T + eye(3))", "sum(v ** 2 * [[1, 5, 2], [2, 0, 1], [3, 1, 7]])"),
    ("_, v = eigh(x @ x.T + eye(3))", "sum(v ** 2 * [[1, 5, 2], [2, 0, 1], [3, 1, 7]])"),
    ("s, y = slogdet(x)", "y"),
    ("u, s, v = svd(x)", "sum(s * [1, 2, 3])"),
    ("u, s, v = svd(x)", "sum(u ** 2 * [[1, 5, 2], [2, 0, 1], [3, 1, 7]])"),
    ("u, s, v = svd(x)", "sum(v ** 2 * [[1, 5, 2], [2, 0, 1], [3, 1, 7]])"),
    ("u, s, v = svd(x)", "sum(u ** 2 * [[1, 5, 2], [2, 0, 1], [3, 1, 7]]) + sum(v ** 2 * s)"),
    ("a, b = split(x, [1])", "sum(b ** 3)"),
    ("a, b = meshgrid(x[0], x[1])", "sum(b ** 3)"),
    ("a = concatenate([x, x[:1]])", "sum(a ** 3)"),
]


@pytest.mark.parametrize(("statement", "loss"), PARTS)
def test_one_of_several_results(statement: str, loss: str) -> None:
    text = f"param x: [3, 3]\n{statement}\nloss J = {loss}\n"
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile_source(Source("part.graph", text)).text, module)
    rng = np.random.default_rng(5)
    x, along = rng.normal(size=(2, 3, 3))
    _, gradient = module["value_and_grad"]({"x": x})
    above, below = (module["value_and_grad"]({"x": x + h * along})[0] for h in (1e-6, -1e-6))
    np.testing.assert_allclose(np.sum(gradient["x"] * along), (above - below) / 2e-6, rtol=1e-6)
