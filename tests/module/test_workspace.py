"""Memory that calls use again, and loops over blocks: `-O2`."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from tests.compiled import build

ELEMENTS = """\
dim N
param x: [N]
param a
y = tanh(a * x) * exp(-x * x)
output z = sin(y)
loss J = mean(z * cos(y) + y)
"""
ROWS = """\
dtype f32
dim N, D
input r: [N, D]
param x: [N, D]
param gamma: [D]
output p = softmax(x * gamma)
loss J = sum(layer_norm(p, weight=gamma) * r) / (N + 1)
"""


def elements(n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"x": np.random.default_rng(n).normal(0, 1, n), "a": 0.7}, {}


def rows(n: int, d: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(n)
    arrays = [rng.normal(0, 1, s).astype(np.float32) for s in ((n, d), (d,), (n, d))]
    return {"x": arrays[0], "gamma": arrays[1]}, {"r": arrays[2]}


def agree(found: Any, expected: Any, rtol: float) -> None:
    assert found[0] == pytest.approx(expected[0], rel=rtol, nan_ok=True)
    for name, gradient in expected[1].items():
        size = float(np.max(np.abs(gradient), initial=0.0))
        np.testing.assert_allclose(found[1][name], gradient, rtol=rtol, atol=rtol * size)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("n", [0, 1, 2, 32_767, 32_768, 32_769, 200_000])
def test_blocks_of_elements(n: int) -> None:
    params, inputs = elements(n)
    expected = build(ELEMENTS, level=0).value_and_grad(params, **inputs)
    agree(build(ELEMENTS, level=2).value_and_grad(params, **inputs), expected, 1e-11)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("n", "d"), [(0, 3), (1, 1), (3, 1), (700, 100), (2, 70_000), (70_000, 2), (649, 100), (3, 0)]
)
def test_blocks_of_rows(n: int, d: int) -> None:
    params, inputs = rows(n, d)
    expected = build(ROWS, level=0).value_and_grad(params, **inputs)
    agree(build(ROWS, level=2).value_and_grad(params, **inputs), expected, 2e-4)


NARROW = """\
dim N
param a: [N, 3]
param b: [N, 3]
along = sum(a * b, axis=1, keepdims=true)
loss J = sum(square(a * cos(b) + b * along))
"""


def test_a_sum_of_products_over_whose_product_something_else_is_written() -> None:
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=(20_000, 3)) for name in ("a", "b")}
    expected = build(NARROW, level=0).value_and_grad(params)
    agree(build(NARROW, level=2).value_and_grad(params), expected, 1e-11)


TURNED = """\
dim N, M
param a: [N, M, 3]
param b: [N, M, 3]
axis = a / sqrt(sum(square(a), axis=-1, keepdims=true))
turned = cross(axis, b) * sin(b) + stack([a[..., 2], b[:, :, 0], axis[..., 1]], axis=2)
loss J = sum(square(turned[..., 0] * turned[:, :, 1])) + sum(tanh(turned[..., 2]))
"""


def test_coordinates_are_taken_and_put_together_in_blocks() -> None:
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=(300, 70, 3)) for name in ("a", "b")}
    expected = build(TURNED, level=0).value_and_grad(params)
    agree(build(TURNED, level=2).value_and_grad(params), expected, 1e-11)


def test_every_function_takes_a_workspace() -> None:
    text = (
        "input x: [2]\ninput t: [2]\nparam w: [2]\noutput y = w * x\nloss J = sum(square(y - t))\n"
    )
    module = build(text, level=2)
    for name in ("forward", "backward", "value_and_grad", "predict"):
        assert inspect.signature(getattr(module, name)).parameters["workspace"].default is None
    assert not hasattr(build(text, level=1), "Workspace")


@pytest.mark.parametrize("reuse", [False, True])
def test_what_a_call_returns_is_the_callers_unless_it_is_to_be_used_again(reuse: bool) -> None:
    module = build(ELEMENTS, level=2)
    workspace = module.Workspace(reuse=reuse)
    params, _ = elements(1000)
    _, first = module.value_and_grad(params, workspace=workspace)
    kept = first["x"].copy()
    other = {**params, "a": 2.0}
    _, second = module.value_and_grad(other, workspace=workspace)
    assert np.shares_memory(first["x"], second["x"]) is reuse
    if not reuse:
        np.testing.assert_array_equal(first["x"], kept)
    agree((0.0, second), (0.0, module.value_and_grad(other)[1]), 1e-12)


def test_sizes_may_change() -> None:
    module = build(ELEMENTS, level=2)
    workspace = module.Workspace()
    for n in (10, 70_000, 3, 10):
        params, _ = elements(n)
        agree(module.value_and_grad(params, workspace=workspace), module.value_and_grad(params), 0)


def test_what_is_saved_holds_until_the_next_forward() -> None:
    module = build(ROWS, level=2)
    workspace = module.Workspace()
    params, inputs = rows(40, 7)
    outputs, saved = module.forward(params, **inputs, workspace=workspace)
    shown = outputs.p.copy()
    module.value_and_grad(params, **inputs, workspace=workspace)
    module.backward(saved, workspace=workspace)
    gradients = module.backward(saved, workspace=workspace)
    agree((0, gradients), (0, build(ROWS, level=0).value_and_grad(params, **inputs)[1]), 2e-4)
    module.forward({**params, "gamma": params["gamma"] * 2}, **inputs, workspace=workspace)
    np.testing.assert_array_equal(outputs.p, shown)  # that was the caller's


@pytest.mark.parametrize(
    "name", ["workspace", "Workspace", "block", "start", "step", "rows", "math"]
)
def test_names_that_a_loop_has_taken(name: str) -> None:
    text = f"dim N\nparam {name}: [N]\nparam b\n"
    text += f"loss J = sum(tanh({name} * b) * exp({name}) * sin({name}))\n"
    x = np.linspace(-1, 1, 70_000)
    found = build(text, level=2).value_and_grad({name: x, "b": 0.3})
    agree(found, build(text, level=0).value_and_grad({name: x, "b": 0.3}), 1e-11)


@pytest.mark.parametrize("name", ["rows", "block", "N"])
def test_dimensions_may_be_called_so_too(name: str) -> None:
    text = f"dim {name}\nparam x: [{name}]\nloss J = mean(tanh(x) * exp(x) * sin(x))\n"
    x = np.linspace(-1, 1, 70_000)
    found = build(text, level=2).value_and_grad({"x": x})
    agree(found, build(text, level=0).value_and_grad({"x": x}), 1e-11)


def test_predict_takes_no_arrays_whose_sizes_it_is_not_told() -> None:
    text = (
        "dim B, C\ninput x: [2 * B, C]\ninput q: [B]\nparam w: [C]\n"
        "output y = sum(exp(tanh(x @ w)))\nloss J = y + sum(q) wrt w\n"
    )
    module = build(text, level=2)
    x, w = np.arange(12.0).reshape(4, 3), np.ones(3)
    assert module.predict({"w": w}, x=x, workspace=module.Workspace()).y == pytest.approx(
        module.outputs({"w": w}, x=x, q=np.zeros(2)).y
    )


def test_what_is_copied_for_the_caller_is_used_again() -> None:
    text = "dim N\nparam w: [N]\ninput x: [N]\noutput y = clip(w * x, 0, 1)\n"
    text += "loss J = sum(y**2 * sin(w))\n"
    _, function = build(text, level=2).text.split("def _arrays_of_forward")
    within, returned = function.split("returned")[:2]
    assert "# y" in within
    assert "# y" not in returned


@pytest.mark.parametrize(
    "of",
    ["x**3 * 0.3 + x", "1 - (2 * x - 1)**2", "x * x * x * x - 0.5 * x * x", "-(x - x * x) * 3"],
)
def test_polynomials(of: str) -> None:
    text = f"dim N\nparam x: [N]\nparam a\nloss J = sum(tanh(({of}) * 0.7 + 0.1) * a)\n"
    params = {"x": np.linspace(-2, 2, 1000), "a": 1.3}
    expected = build(text, level=0).value_and_grad(params)
    agree(build(text, level=2).value_and_grad(params), expected, 1e-11)


WALKED = """\
dim T, B
input x: [T, B, 8]
param W: [8, 8]
param U: [8, 8]
z = x @ W
scan h = zeros([B, 8]) over z_t in z {
    gate = tanh(z_t + h @ U)
    next h = tanh(z_t + gate @ U)
}
loss J = mean(square(h))
"""


@pytest.mark.parametrize("steps", [0, 1, 7])
def test_what_steps_leave_may_be_written_over_what_they_have_read(steps: int) -> None:
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=(8, 8)) for name in ("W", "U")}
    inputs = {"x": rng.normal(size=(steps, 30, 8))}
    expected = build(WALKED, level=0).value_and_grad(params, **inputs)
    module = build(WALKED, level=2)
    workspace = module.Workspace()
    for _ in range(2):
        agree(module.value_and_grad(params, **inputs, workspace=workspace), expected, 1e-11)


@pytest.mark.parametrize("d", [511, 512])
def test_long_rows_are_not_buffered(d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy is told so in a function, and has forgotten it behind it."""
    asked: list[int] = []
    told = np.setbufsize
    monkeypatch.setattr(np, "setbufsize", lambda size: asked.append(size) or told(size))
    params, inputs = rows(3, d)
    usual = np.getbufsize()
    found = build(ROWS, level=2).value_and_grad(params, **inputs)
    assert asked == ([512] if d == 512 else [])
    assert np.getbufsize() == usual
    agree(found, build(ROWS, level=0).value_and_grad(params, **inputs), 1e-4)
    assert "setbufsize" not in build(ELEMENTS, level=2).text


@pytest.mark.parametrize(("known", "is_told"), [((8, 600), True), ((600, 8), False)])
def test_known_rows(known: tuple[int, int], is_told: bool) -> None:
    n, d = known
    text = ROWS.replace("dim N, D", f"dim N = {n}, D = {d}")
    source = build(text, level=2).text
    assert ("    np.setbufsize(512)" in source) is is_told
    assert f"{d} >= 512" not in source


def test_short_rows_outweigh_long_ones() -> None:
    few = "dim B = 4\nparam a: [B, 600]\nparam b: [600]\n"
    many = "param c: [8000, 20]\nparam d: [20]\n"
    loss = "loss J = sum(exp(a * b)) + sum(exp(c * d))"
    assert "setbufsize" not in build(few + many + loss, level=2).text
    assert "setbufsize" in build(few + loss.partition(" + ")[0], level=2).text


STACKS = """\
dim B, T
input x: [B, T, 6]
param W: [6, 5]
param U: [5, 6]
param V: [3, 6]
h = tanh(x @ W) @ U
output z = (h + x)[:, :, :3] @ V
loss J = mean(z * sin(h) * h)
"""


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1), (4, 7)])
@pytest.mark.parametrize("lies", ["together", "apart", "transposed"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_stacks_of_matrices_times_one(shape: tuple[int, int], lies: str) -> None:
    rng = np.random.default_rng(0)
    params = {n: rng.normal(size=s) for n, s in {"W": (6, 5), "U": (5, 6), "V": (3, 6)}.items()}
    x = rng.normal(size=(*shape, 6))
    if lies == "apart":
        x = np.repeat(x, 2, axis=2)[:, :, ::2]
    elif lies == "transposed":
        x = np.ascontiguousarray(x.T).T
    expected = build(STACKS, level=0).value_and_grad(params, x=x)
    module = build(STACKS, level=2)
    assert "np.dot(x.reshape(-1, 6), W" in module.text
    workspace = module.Workspace()
    for _ in range(2):
        agree(module.value_and_grad(params, x=x, workspace=workspace), expected, 1e-11)


def test_memory_is_kept_from_the_second_call_on() -> None:
    """A block larger than all that calls free is taken and freed, once for a workspace."""
    sizes: list[int] = []

    def empty(shape: Any, dtype: Any) -> Any:
        made = np.empty(shape, dtype)
        sizes.append(made.nbytes)
        return made

    workspace = build(ELEMENTS, level=2).Workspace()
    kinds: Any = lambda n: ([(n, np.float32)], [(n, bool)])  # noqa: E731
    for n in (5, 5, 5, 6, 6):
        workspace.arrays(empty, kinds, n)
    assert sizes == [20, 5, 1 << 24, 5, 5, 24, 6, 6]


def test_convolutions_have_short_rows_of_their_own() -> None:
    text = "param x: [8, 3, 40, 40]\nparam w: [4, 3, 3, 3]\nparam b: [4]\n"
    bias = "loss J = sum(exp(x[:, 0] + x[:, 1:2, 0:1, 0:1][:, 0]))"
    assert "setbufsize" in build(text + bias, level=2).text
    convolved = "loss J = sum(exp(conv2d(x, w, bias=b)))"
    assert "setbufsize" not in build(text + convolved, level=2).text
