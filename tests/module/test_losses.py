"""Several losses: functions and types for each, from one `forward`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.compiled import Module, build, keywords
from tests.module.test_typing import passes

GOLDEN = Path(__file__).parents[1] / "goldens" / "rivals" / "rivals.graph"
CRITIC = GOLDEN.read_text(encoding="utf-8")
WRT = {
    "C": ["critic.W", "critic.b", "margin"],
    "G": ["hidden.W", "hidden.b", "made.W", "made.b"],
}
LEVELS = (0, 1, 2)
STEP = 1e-6
SCRIPT = """
import net
params = net.init_params()
outputs, saved = net.forward(params, noise=[[1.0, 2.0]], real=[[1.0, 2.0, 3.0]])
by: net.Gradients_G = net.backward_G(saved, dG=2.0)
value, again = net.value_and_grad_G(params, noise=[[1.0, 2.0]], real=[[1.0, 2.0, 3.0]])
score: float = outputs.C + value
steps = net.pack(by) + net.pack(again)
"""


def batch(size: int = 5) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {"noise": rng.normal(size=(size, 2)), "real": rng.normal(size=(size, 3))}


def slopes(module: Module, loss: str, params: dict[str, Any], name: str) -> Any:
    """The derivative of a loss by central differences."""
    start = np.asarray(params[name], float)
    found = np.zeros(start.shape)
    for place in np.ndindex(start.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = start.copy()
            moved[place] += step
            outputs = module.forward({**params, name: moved[()]}, **batch())[0]
            ends.append(getattr(outputs, loss))
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_each_is_differentiated_by_its_own(level: int) -> None:
    module = build(CRITIC, level=level)
    params = module.init_params(1) | {"margin": 0.3}
    outputs, saved = module.forward(params, **batch())
    for loss, names in WRT.items():
        backward = getattr(module, f"backward_{loss}")
        value, at_once = getattr(module, f"value_and_grad_{loss}")(params, **batch())
        gradients = backward(saved)
        assert value == pytest.approx(getattr(outputs, loss), rel=1e-12)
        assert list(gradients) == list(at_once) == names
        assert backward(saved, **{f"d{loss}": 0.5})[names[0]] == pytest.approx(
            0.5 * gradients[names[0]]
        )
        for name in names:
            assert gradients[name] == pytest.approx(slopes(module, loss, params, name), abs=1e-7)
            assert at_once[name] == pytest.approx(gradients[name], abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_module_offers(level: int) -> None:
    module = build(CRITIC, level=level)
    assert not hasattr(module, "backward")
    assert not hasattr(module, "value_and_grad")
    assert not hasattr(module, "Gradients")
    assert module.graph["losses"] == WRT
    assert module.graph["loss"] is None
    for loss, names in WRT.items():
        assert list(getattr(module, f"Gradients_{loss}").__annotations__) == names
        assert keywords(getattr(module, f"backward_{loss}"))[0] == f"d{loss}"
        at_once = getattr(module, f"value_and_grad_{loss}")
        assert keywords(at_once)[:2] == ["noise", "real"]


def test_one_loss_is_listed_too() -> None:
    assert build("param w = 1\nparam b = 2\nloss J = w * b\n").graph["losses"] == {"J": ["w", "b"]}
    assert build("param w = 1\nloss J = w wrt w\n").graph["losses"] == {"J": ["w"]}
    assert build("param w = 1\noutput y = w\n").graph["losses"] == {}


def test_a_backward_takes_of_saved_what_it_needs() -> None:
    module = build("param a = 2\nparam b = 3\nloss J = exp(a)\nloss K = sin(b)\n", wrt=None)
    assert "saved.b" in inspect_of(module.text, "backward_K")
    assert "saved.b" not in inspect_of(module.text, "backward_J")


def inspect_of(text: str, function: str) -> str:
    """The text of a function."""
    return text.partition(f"def {function}(")[2].partition("\ndef ")[0]


def test_without_clauses_each_is_by_all() -> None:
    text = "param a = 2\nparam b = 3\nloss J = a * b\nloss K = a + 2 * b\n"
    module = build(text)
    params = {"a": 2.0, "b": 3.0}
    assert module.value_and_grad_J(params) == (6.0, {"a": 3.0, "b": 2.0})
    assert module.value_and_grad_K(params) == (8.0, {"a": 1.0, "b": 2.0})
    module = build(text + "wrt b\n")
    assert module.value_and_grad_J(params) == (6.0, {"b": 2.0})
    assert module.value_and_grad_K(params) == (8.0, {"b": 2.0})
    module = build(text.replace("a * b", "a * b wrt a") + "wrt b\n")
    assert module.graph["losses"] == {"J": ["a"], "K": ["b"]}
    module = build(text.replace("a * b", "a * b wrt a"), wrt=("b", "a"))
    assert module.graph["losses"] == {"J": ["b", "a"], "K": ["b", "a"]}


@pytest.mark.parametrize("level", LEVELS)
def test_a_loss_may_read_another(level: int) -> None:
    module = build("param a = 2\nloss J = a**2\nloss K = J**2\nloss L = J\n", level=level)
    _, saved = module.forward({"a": 3.0})
    assert module.backward_J(saved) == {"a": 6.0}
    assert module.backward_K(saved) == {"a": 108.0}
    assert module.backward_L(saved) == {"a": 6.0}
    assert module.value_and_grad_L({"a": 3.0}) == (9.0, {"a": 6.0})


@pytest.mark.parametrize("level", LEVELS)
def test_a_loss_of_a_derivative(level: int) -> None:
    text = (
        "param w = 2\ninput x: [3]\nu = w * x**3\ndu = grad(sum(u), x)\n"
        "loss J = sum(square(du)) wrt w\nloss K = sum(du) wrt w, x\n"
    )
    module = build(text, level=level)
    x, w = np.array([1.0, 2.0, 3.0]), 2.0
    _, saved = module.forward({"w": w}, x=x)
    assert module.backward_J(saved)["w"] == pytest.approx(2 * w * np.sum((3 * x**2) ** 2))
    found = module.backward_K(saved)
    assert found["w"] == pytest.approx(np.sum(3 * x**2))
    assert found["x"] == pytest.approx(6 * w * x)


@pytest.mark.parametrize("level", LEVELS)
def test_state_and_draws(level: int) -> None:
    text = (
        "param w: [4] = 1\nstate m = 0\ninput x: [4]\n"
        "seen = random_normal([4])\noutput s = sum(seen)\n"
        "h = dropout(x * w, 0.5)\nupdate m = 0.5 * m + mean(h)\n"
        "loss J = sum(h) + m\nloss K = sum(square(h) * random_uniform([4]))\n"
    )
    module = build(text, level=level)
    given = {"x": np.arange(1.0, 5.0), "rng": 7, "training": True, "state": {"m": 0.25}}
    params = {"w": np.full(4, 1.5)}
    outputs, saved, state = module.forward(params, **given)
    for loss in "JK":
        value, gradients, following = getattr(module, f"value_and_grad_{loss}")(params, **given)
        assert value == pytest.approx(getattr(outputs, loss), rel=1e-12)
        assert following == pytest.approx(state)
        wanted = getattr(module, f"backward_{loss}")(saved)["w"]
        assert gradients["w"] == pytest.approx(wanted, rel=1e-12)


def test_loops_run_forward_once() -> None:
    text = (
        "param u = 0.7\nparam v = 1.3\ninput xs: [6]\n"
        "scan h = 0.5 over x_t in xs { next h = tanh(u * h) * sin(v * x_t) }\n"
        "loss J = h wrt u\nloss K = square(h) wrt u, v\n"
    )
    module = build(text)
    assert inspect_of(module.text, "forward").count("for ") == 1
    xs = np.linspace(0.1, 1.0, 6)
    outputs, saved = module.forward({"u": 0.7, "v": 1.3}, xs=xs)
    by_u = module.backward_J(saved)["u"]
    assert module.backward_K(saved)["u"] == pytest.approx(2 * outputs.J * by_u)
    again = module.forward({"u": 0.7 + STEP, "v": 1.3}, xs=xs)[0].J
    assert by_u == pytest.approx((again - outputs.J) / STEP, rel=1e-4)


def test_pack_tells_gradients_apart() -> None:
    module = build(CRITIC, also=("pack",))
    params = module.init_params(0)
    _, saved = module.forward(params, **batch())
    for loss in WRT:
        gradients = getattr(module, f"backward_{loss}")(saved)
        wanted = np.concatenate([np.ravel(g) for g in gradients.values()])
        assert module.pack(gradients) == pytest.approx(wanted)
    assert module.pack(params).shape == (sum(np.size(p) for p in params.values()),)


def test_types(tmp_path: Path) -> None:
    for level in LEVELS:
        text = build(CRITIC, level=level, also=("pack",)).text
        (tmp_path / f"critic{level}.py").write_text(text)
        (tmp_path / f"use{level}.py").write_text(SCRIPT.replace("net", f"critic{level}"))
    passes(tmp_path)


@pytest.mark.parametrize("level", LEVELS)
def test_a_budget_of_memory_holds_for_each(level: int) -> None:
    text = (
        "dim T, N\ninput x: [T, N]\nparam w: [N] = 0.5\nparam v: [N] = 0.1\n"
        "scan h = zeros([N]) over x_t in x {\n    a = tanh(h * w + x_t)\n"
        "    next h = sin(a) * cos(a * v)\n}\n"
        "loss J = sum(h) wrt w\nloss K = sum(square(h)) wrt w, v\n"
    )
    dims = {"T": 50, "N": 200}
    free = build(text, level=level, dims=dims)
    tight = build(text, level=level, dims=dims, max_memory=300_000)
    assert tight.text != free.text
    given = {"x": np.random.default_rng(0).normal(size=(50, 200))}
    params = free.init_params()
    for loss in "JK":
        value, wanted = getattr(free, f"value_and_grad_{loss}")(params, **given)
        again, found = getattr(tight, f"value_and_grad_{loss}")(params, **given)
        assert again == pytest.approx(value, rel=1e-12)
        for name, gradient in wanted.items():
            assert found[name] == pytest.approx(gradient, rel=1e-9, abs=1e-12)
