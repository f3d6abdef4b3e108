"""Formulas that overflow or cancel, as a graph may spell them: stable at every level."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source

BIG = [-1e4, 0.0, 1e4]
TINY = [1e-300, -1e-18, 0.0]

# formula, stable spelling, x
FORMULAS: list[tuple[str, str, list[float]]] = [
    ("log(softmax(x))", "log_softmax(x)", BIG),
    ("log(softmax([1.0, 2.0, 3.0] * x, axis=0))", "log_softmax([1.0, 2.0, 3.0] * x, axis=0)", BIG),
    ("log(sigmoid(x))", "log_sigmoid(x)", BIG),
    ("log(1 - sigmoid(x))", "log_sigmoid(-x)", BIG),
    ("log(exp(x) + exp(-x))", "logaddexp(x, -x)", BIG),
    ("log(sum(exp(x)))", "logsumexp(x)", BIG),
    ("log(sum(exp(x), axis=0, keepdims=true))", "logsumexp(x, axis=0, keepdims=true)", BIG),
    ("1 / (1 + exp(-x))", "sigmoid(x)", BIG),
    ("1 / (exp(x) + 1)", "sigmoid(-x)", BIG),
    ("log(1 + exp(x))", "softplus(x)", BIG),
    ("log(1 + x)", "log1p(x)", TINY),
    ("log(x + 1)", "log1p(x)", TINY),
]


def _run(formula: str, x: list[float], dtype: str, level: int) -> tuple[Any, Any]:
    text = f"dtype {dtype}\nparam x: [3]\noutput y = {formula}\nloss J = sum([1, 2, 3] * y)\n"
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile_source(Source("stable.graph", text), Options(level=level)).text, module)
    given = {"x": np.asarray(x, {"f32": np.float32, "f64": float}[dtype])}
    outputs, saved = module["forward"](given)
    return outputs.y, module["backward"](saved)["x"]


@pytest.mark.filterwarnings("ignore:underflow")
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize(("formula", "stable", "x"), FORMULAS, ids=str)
def test_as_the_stable_operation(
    formula: str, stable: str, x: list[float], dtype: str, level: int
) -> None:
    """Bit for bit, values and gradients: it is the same graph. A warning of NumPy's is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, expected = (_run(f, x, dtype, level) for f in (formula, stable))
    for ours, theirs in zip(found, expected, strict=True):
        assert np.all(np.isfinite(ours))
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("formula", "stable", "x"), FORMULAS, ids=str)
def test_the_same_where_both_are_stable(formula: str, stable: str, x: list[float]) -> None:
    for level in (0, 1):
        found = _run(formula, [-0.3, 0.2, 0.7], "f64", level)
        expected = _run(stable, [-0.3, 0.2, 0.7], "f64", level)
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_in_a_loop() -> None:
    text = (
        "param w: [3]\nscan h = 0 times 3 {\n    next h = h + sum(log(1 - sigmoid(w)))\n}\n"
        "loss J = h\n"
    )
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile_source(Source("loop.graph", text)).text, module)
    value, gradients = module["value_and_grad"]({"w": np.array(BIG)})
    np.testing.assert_allclose(value, 3 * (-1e4 - np.log(2)))
    np.testing.assert_array_equal(gradients["w"], [0, -1.5, -3])


def test_a_function_of_the_users_is_not_the_librarys() -> None:
    """One that is called `softmax` may compute anything."""
    text = (
        "fn softmax(x) = x * x\nvjp softmax(x) -> y; dy {\n    dx = 2 * dy * x\n}\n"
        "param x: [2]\nloss J = sum(log(softmax(x)))\n"
    )
    compilation = compile_source(Source("own.graph", text))
    assert not [w for w in compilation.warnings if w.code == "W904"]
    module: dict[str, Any] = {"__name__": "module"}
    exec(compilation.text, module)
    assert module["value_and_grad"]({"x": np.array([np.e, 1.0])})[0] == pytest.approx(2)
