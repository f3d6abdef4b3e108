"""State: taken and returned by `forward`, owned by layers, updated in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source


def module(text: str, level: int = 1) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile_source(Source("state.graph", text), Options(level=level)).text, namespace)
    return namespace


COUNTER = """
input x: [2]
param w: [2] = 3
state total: [2] = 1
state calls: i64 = 0
update total = total + x * w
update calls = calls + 1
loss J = sum(w * total)
"""


@pytest.mark.parametrize("level", [0, 1])
def test_state_goes_in_and_comes_out(level: int) -> None:
    found = module(COUNTER, level)
    params, x = {"w": np.array([3.0, 3.0])}, np.array([1.0, 2.0])
    outputs, saved, state = found["forward"](params, x=x)
    assert outputs.J == 6.0
    np.testing.assert_array_equal(state["total"], [4.0, 7.0])
    assert list(state) == ["total", "calls"]
    assert state["calls"] == 1
    np.testing.assert_array_equal(found["backward"](saved)["w"], [1.0, 1.0])
    value, gradients, after = found["value_and_grad"](params, x=x, state=state)
    assert value == 33.0
    np.testing.assert_array_equal(gradients["w"], [4.0, 7.0])
    assert after["calls"] == 2
    np.testing.assert_array_equal(state["total"], [4.0, 7.0])


def test_state_is_checked_at_the_door() -> None:
    forward = module(COUNTER)["forward"]
    given: dict[str, Any] = {"x": np.ones(2)}
    good = {"total": np.ones(2), "calls": 0}
    for state, message in [
        ({"total": np.ones(2)}, "state: 'calls' is missing"),
        ({**good, "more": 1}, "state: nothing is called 'more'"),
        ({**good, "total": np.ones(3)}, r"total: expected f64\[2\], got float64\[3\]"),
    ]:
        with pytest.raises(ValueError, match=message):
            forward({"w": np.ones(2)}, state=state, **given)
    with pytest.raises(TypeError, match="calls: expected i64, got float64"):
        forward({"w": np.ones(2)}, state={**good, "calls": 0.5}, **given)


def test_the_module_describes_its_state() -> None:
    described = module(COUNTER)["__graph__"]["state"]
    assert described == {
        "total": {"argument": "total", "dtype": "float64", "shape": [2]},
        "calls": {"argument": "calls", "dtype": "int64", "shape": []},
    }


def test_what_nothing_updates_stays() -> None:
    found = module("param w = 2\nstate s: [3] = [1, 2, 3]\nloss J = w * sum(s)\n")
    _, _, state = found["forward"]({"w": 1.0})
    np.testing.assert_array_equal(state["s"], [1.0, 2.0, 3.0])


LAYER = """
dim B
input x: [B, 3]
layer Mean(v, momentum = 0.5) {
    param gain: [v.shape[-1]] = 1
    state average: [v.shape[-1]] = 0
    update average = momentum * average + (1 - momentum) * mean(v, axis=0)
    return (v - average) * gain
}
a = Mean(x)
b = a(x)
loss J = sum(square(a)) + sum(b)
"""


def test_a_layer_called_twice_sees_its_own_update() -> None:
    found = module(LAYER)
    x = np.arange(6.0).reshape(2, 3)
    outputs, _, state = found["forward"]({"a.gain": np.ones(3)}, x=x)
    first = 0.5 * x.mean(axis=0)
    second = 0.5 * first + 0.5 * x.mean(axis=0)
    np.testing.assert_allclose(state["a.average"], second)
    np.testing.assert_allclose(outputs.J, (x**2).sum() + (x - first).sum())


BATCH_NORM = """
dim B
input x: [B, 4]
input t: [B, 4]
from nn import BatchNorm
output y = BatchNorm(x)
loss J = mean(square(y - t))
"""


def test_batch_norm_trains_and_evaluates() -> None:
    found = module(BATCH_NORM)
    rng = np.random.default_rng(0)
    x, t = rng.normal(2, 3, (8, 4)), rng.normal(0, 1, (8, 4))
    params = found["init_params"]()
    assert list(params) == ["y.weight", "y.bias"]
    outputs, _, state = found["forward"](params, x=x, t=t, training=True)
    expected = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    np.testing.assert_allclose(outputs.y, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(state["y.mean"], 0.1 * x.mean(axis=0))
    np.testing.assert_allclose(state["y.var"], 0.9 + 0.1 * x.var(axis=0, ddof=1))
    evaluated, _, same = found["forward"](params, x=x, t=t, state=state)
    expected = (x - state["y.mean"]) / np.sqrt(state["y.var"] + 1e-5)
    np.testing.assert_allclose(evaluated.y, expected, rtol=1e-10)
    np.testing.assert_array_equal(same["y.mean"], state["y.mean"])
    np.testing.assert_array_equal(found["predict"](params, x=x, state=state).y, evaluated.y)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("update s = 1\nparam w = 1\nloss J = w\n", "E0201"),
        ("state s = 0\nupdate s = 1\nupdate s = 2\nparam w = 1\nloss J = w * s\n", "E0202"),
        ("state s: [2] = 0\nupdate s = [1, 2, 3] * 1.0\nparam w = 1\nloss J = w\n", "E0306"),
        ("dim B\ninput x: [B]\nstate s: [B] = 0\nloss J = sum(x * s)\nwrt x\n", "E0307"),
        ("fn f(x) {\n    state s = 0\n    return x\n}\nparam w = 1\nloss J = f(w)\n", "E0208"),
    ],
)
def test_mistakes_with_state(text: str, code: str) -> None:
    with pytest.raises(DiagnosticError) as failure:
        compile_source(Source("state.graph", text))
    assert failure.value.diagnostics[0].code == code
