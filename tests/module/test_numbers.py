"""Numbers: types of what comes out, IEEE's results, levels that agree."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import LEVELS, Module, build, same
from tests.module.graphs import GRAPHS

inf, nan = np.inf, np.nan


def run(module: Module, inputs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Outputs and gradients; without a loss for cotangents of ones."""
    params = [module.init_params(1)] if module.graph["params"] else []
    outputs, saved = module.forward(*params, **inputs)
    if module.graph["loss"]:
        return outputs, module.backward(saved)
    cotangents = {
        f"d{n}": np.ones_like(getattr(outputs, n))
        for n, o in module.graph["outputs"].items()
        if o["dtype"].startswith("float")
    }
    return outputs, module.backward(saved, **cotangents)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_levels_give_the_same(name: str) -> None:
    text, inputs = GRAPHS[name]
    (first, gradients), *others = (run(build(text, level=n), inputs) for n in LEVELS)
    for outputs, other in others:
        for field, found in first._asdict().items():
            assert same(getattr(outputs, field), found)
        assert list(other) == list(gradients)
        for key, found in gradients.items():
            assert same(other[key], found), key


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", GRAPHS)
def test_a_gradient_is_of_the_shape_and_element_type_of_its_own(name: str, level: int) -> None:
    text, inputs = GRAPHS[name]
    module = build(text, level=level)
    _, gradients = run(module, inputs)
    given = {**(module.init_params(1) if module.graph["params"] else {}), **inputs}
    assert list(gradients) == list(module.Gradients.__annotations__)
    for key, gradient in gradients.items():
        assert np.shape(gradient) == np.shape(given[key])
        assert np.asarray(gradient).dtype == np.asarray(given[key]).dtype


@pytest.mark.parametrize("level", LEVELS)
def test_python_floats_where_a_scalar_is_f64_and_numpys_elsewhere(level: int) -> None:
    text = """
input x
input f: f32
input n: i64
param w = 1
param u: f32 = 1
param unused = 1
param also: f32 = 1
param array: [2] = 1
output a = x * w
output b = f * u
output c = n + 1
output d = x > 0
output e = x * array
output k = 2.5
output l = true
loss J = a + b + sum(e)
"""
    module = build(text, level=level)
    inputs = {"x": 2, "f": np.float32(3), "n": 4}
    outputs, gradients = run(module, inputs)
    kinds = [float, np.float32, np.int64, np.bool_, np.ndarray, float, np.bool_, float]
    assert [type(v) for v in outputs] == kinds
    kinds = [float, np.float32, float, np.float32, np.ndarray]
    assert [type(v) for v in gradients.values()] == kinds
    assert gradients["unused"] == gradients["also"] == 0
    value, _ = module.value_and_grad(module.init_params(), **inputs)
    assert type(value) is float


def test_value_and_grad_of_an_f32_loss_is_a_python_float() -> None:
    module = build("param w: f32 = 2\nloss J = w * w\n")
    value, gradients = module.value_and_grad({"w": np.float32(2)})
    assert (type(value), value) == (float, 4.0)
    assert same(gradients["w"], np.float32(4))
    assert same(module.outputs().J, np.float32(4))


def test_starting_values_are_what_the_door_takes_and_gradients_are_like() -> None:
    params = build("param a = 2\nparam b: f32 = 2\nparam c: i64 = 2\nparam d: [2] = 2\n"
                   "output y = a + b + c + d\n").init_params()  # fmt: skip
    assert [type(p) for p in params.values()] == [float, np.float32, np.int64, np.ndarray]


LIMITS = [
    ("1 / x", 0.0, inf, -inf),
    ("x / x", 0.0, nan, nan),
    ("log(x)", 0.0, -inf, inf),
    ("sqrt(x)", 0.0, 0.0, inf),
    ("exp(x)", 1000.0, inf, inf),
    ("x * 1e308 * 10", 1e10, inf, inf),
    ("x ** -1", 0.0, inf, -inf),
    ("x ** 0.5", -1.0, nan, nan),
    ("x ** 3", 1e200, inf, inf),
    ("x // 0", 1.0, inf, 0.0),
    ("x % 0", 1.0, nan, 1.0),
    ("1e308 * 1e308 * x", 1.0, inf, inf),
    ("(1 / 0) * x", 2.0, inf, inf),
    ("x - inf", inf, nan, 1.0),
    ("tan(x) / 0", 1.0, inf, inf),
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("dtype", ["f64", "f32"])
@pytest.mark.parametrize(("expression", "x", "wanted", "slope"), LIMITS)
def test_nothing_raises(
    expression: str, x: float, wanted: float, slope: float, dtype: str, level: int
) -> None:
    module = build(f"input x: {dtype}\noutput y = {expression}\nloss J = y\nwrt x\n", level=level)
    x = min(x, 1e30) if np.isfinite(x) and dtype == "f32" else x  # what does not fit is refused
    with np.errstate(all="ignore"):
        outputs, saved = module.forward(x=x)
        gradients = module.backward(saved)
    assert np.isclose(outputs.y, wanted, equal_nan=True)
    if dtype == "f64":
        assert np.isclose(gradients["x"], slope, equal_nan=True)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("expression", ["mean(x)", "sum(x) / B", "sum(x) / x.shape[0]"])
def test_the_mean_of_nothing(expression: str, level: int) -> None:
    text = f"dim B\ninput x: [B, 2]\nloss J = {expression}\nwrt x\n"
    module = build(text, level=level)
    with (
        np.errstate(all="ignore"),
        pytest.warns(RuntimeWarning) if (expression == "mean(x)") else np.errstate(),
    ):
        outputs, saved = module.forward(x=np.ones((0, 2)))
        assert np.isnan(outputs.J)
        assert module.backward(saved)["x"].shape == (0, 2)


def test_the_cotangent_of_the_loss_scales() -> None:
    module = build("param w: [2] = 3\nloss J = sum(w * w)\n")
    _, saved = module.forward(module.init_params())
    assert same(module.backward(saved, dJ=0.5)["w"], np.array([3.0, 3]))
    with np.errstate(all="ignore"):
        assert np.isnan(module.backward(saved, dJ=nan)["w"]).all()
