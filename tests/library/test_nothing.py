"""Arrays without elements, and batches of one: NumPy's values, gradients of their shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compiled import build
from tests.library.edges import by_level, inf, nan

EMPTY = [
    ("sum(x)", 0.0),
    ("prod(x)", 1.0),
    ("mean(x)", nan),
    ("logsumexp(x)", -inf),
    ("norm(x)", 0.0),
    ("norm(x, ord=1)", 0.0),
    ("norm(x, ord=0.5)", 0.0),
    ("sum(softmax(x))", 0.0),
    ("sum(log_softmax(x))", 0.0),
    ("sum(cumsum(x))", 0.0),
    ("sum(sort(x))", 0.0),
    ("var(x)", nan),
    ("mse_loss(x, 2 * x)", nan),
    ('mse_loss(x, 2 * x, reduction="sum")', 0.0),
    ("sum(x @ x)", 0.0),
    ("h", 1.0),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@by_level
@pytest.mark.parametrize(("expression", "value"), EMPTY)
@pytest.mark.parametrize("size", ["N", "0"])
def test_arrays_without_elements(expression: str, value: float, size: str, level: int) -> None:
    text = f"dim N\nparam x: [{size}] = 0\n"
    if expression == "h":
        text += "scan h = 1.0 over t in x { next h = h * t }\n"
    module = build(f"{text}loss J = {expression}\n", level=level)
    with np.errstate(all="ignore"):
        outputs, saved = module.forward({"x": np.zeros(0)})
        found = module.backward(saved)
    np.testing.assert_array_equal(outputs.J, value)
    assert found["x"].shape == (0,)
    assert found["x"].dtype == np.float64


ROWS = [
    ("softmax(x)", (2, 0)),
    ("log_softmax(x)", (2, 0)),
    ("logsumexp(x, axis=-1)", (2,)),
    ("norm(x, axis=-1)", (2,)),
    ("sum(x, axis=0)", (0,)),
    ("x @ x.T", (2, 2)),
    ("x.T @ x", (0, 0)),
    ("diff(x.T, prepend=0)", (0, 2)),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@by_level
@pytest.mark.parametrize(("expression", "shape"), ROWS)
@pytest.mark.parametrize("size", ["N", "0"])
def test_rows_without_elements(
    expression: str, shape: tuple[int, ...], size: str, level: int
) -> None:
    text = f"dim N\nparam x: [2, {size}] = 0\noutput y = {expression}\n"
    module = build(text, level=level)
    with np.errstate(all="ignore"):
        outputs, saved = module.forward({"x": np.zeros((2, 0))})
        found = module.backward(saved, dy=np.ones(shape))
    assert outputs.y.shape == shape
    assert found["x"].shape == (2, 0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@by_level
@pytest.mark.parametrize(
    "text",
    [
        "param w: [4, 3, 2, 2] = 1\ninput x: [B, 3, 5, 5]\nloss J = sum(conv2d(x, w))\n",
        "param w: [3] = 1\ninput x: [B, 3, 4, 4]\n"
        "loss J = sum(max_pool2d(x * w[:, newaxis, newaxis], 2))\n",
        "param w: [3, 4] = 1\ninput x: [B, 3]\ninput y: i64[B]\nloss J = cross_entropy(x @ w, y)\n",
        "param w: [3] = 1\ninput x: [B, 3]\nloss J = sum(layer_norm(x * w))\n",
    ],
)
def test_batches_without_examples(text: str, level: int) -> None:
    module = build(f"dim B\n{text}", level=level)
    params = module.init_params()
    shapes = {n: e["shape"] for n, e in module.graph["inputs"].items()}
    given = {n: np.zeros([0 if s == "B" else s for s in shape]) for n, shape in shapes.items()}
    given = {n: a.astype(module.graph["inputs"][n]["dtype"]) for n, a in given.items()}
    with np.errstate(all="ignore"):
        _, saved = module.forward(params, **given)
        found = module.backward(saved)
    assert {n: g.shape for n, g in found.items()} == {n: p.shape for n, p in params.items()}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(
    "term",
    [
        "mean(x * w)",
        "sum(x * w) / B",
        "mean(square(x @ w))",
        "cross_entropy(x * w, y)",
        "sum(mean(x * w, axis=0))",
        "mean(mean(x * w, axis=-1) * tanh(x[:, 0] * w[0]))",
    ],
)
def test_what_a_batch_without_examples_adds(term: str, level: int) -> None:
    """Nothing, to the gradient of what is beside it; also where it is left out."""
    text = "dim B\nparam w: [3] = 1\ninput x: [B, 3]\ninput y: i64[B]\ninput on: bool\n"
    loss = f"loss J = sum(w * w) + where(on, {term}, 0) + 0 * (sum(x) + sum(y))\n"
    module = build(text + loss, level=level)
    empty = {"x": np.zeros((0, 3)), "y": np.zeros(0, np.int64)}
    for on in (True, False):
        with np.errstate(all="ignore"):
            value, found = module.value_and_grad(module.init_params(), **empty, on=on)
        np.testing.assert_array_equal(value, nan if on else 3.0)
        np.testing.assert_array_equal(found["w"], [2.0, 2.0, 2.0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("term", ["sum(w * v) / B", "mean(w * v) / B + sum(x @ w) / B"])
def test_a_count_of_nothing_still_divides_what_is_there(term: str, level: int) -> None:
    text = "dim B\nparam w: [3] = 1\ninput v: [3]\ninput x: [B, 3]\n"
    module = build(f"{text}loss J = {term} + 0 * sum(x)\n", level=level)
    with np.errstate(all="ignore"):
        _, found = module.value_and_grad(module.init_params(), v=np.ones(3), x=np.zeros((0, 3)))
    np.testing.assert_array_equal(found["w"], [inf, inf, inf])


def test_a_count_that_is_at_least_1_divides_as_it_is() -> None:
    """Without the guard of a quotient by 0."""
    text = "dim B\ninput x: [B, 4]\nparam w: [4] = 1\nparam b = 0\n"
    module = build(f"{text}loss J = mean((x @ w + b)**2)\n", level=2)
    assert " = 2.0 / max(B, 1)\n" in module.text


@by_level
@pytest.mark.parametrize("name", ["max", "min"])
def test_an_extreme_of_nothing_is_refused(name: str, level: int) -> None:
    module = build(f"dim N\ninput x: [2, N]\noutput y = {name}(x, axis=1)\n", level=level)
    assert module.outputs(x=np.ones((2, 1))).y.shape == (2,)
    with pytest.raises(ValueError, match=r"^x: an extreme of no elements needs N >= 1 \(N = 0\)$"):
        module.forward(x=np.ones((2, 0)))


@by_level
@pytest.mark.parametrize(
    ("sizes", "one", "several", "said"),
    [
        ("N, 3", (1, 3), (2, 3), r"\(N = 1\)$"),
        ("N, 3, H, W", (1, 3, 1, 1), (1, 3, 2, 1), r"\(H = 1, N = 1, W = 1\)$"),
        ("1, 3", (1, 3), None, r"\[1, 3\] has one$"),
    ],
)
def test_batch_norm_of_one_example(
    sizes: str, one: tuple[int, ...], several: Any, said: str, level: int
) -> None:
    text = f"from nn import BatchNorm\ndim N, H, W\ninput x: [{sizes}]\n"
    text = text if "H" in sizes else text.replace(", H, W\n", "\n", 1)
    module = build(f"{text}output y = BatchNorm(x) as bn\n", level=level)
    params = module.init_params()
    with np.errstate(all="ignore"):
        module.forward(params, x=np.ones(one))
    if several:
        module.forward(params, x=np.ones(several), training=True)
    with pytest.raises(
        ValueError, match=f"batch norm in training needs 2 values a channel.*{said}"
    ):
        module.forward(params, x=np.ones(one), training=True)


@by_level
@pytest.mark.parametrize("name", ["sum", "mean", "max", "min", "prod", "var", "std", "all", "any"])
def test_over_no_axes(name: str, level: int) -> None:
    """Each element is all that there is; a loss runs on beyond it, block by block."""
    text = f"input m: [3]\nparam x: [2, 3, 2]\ny = {name}(x, axis=[])\noutput y\n"
    module = build(f"{text}loss J = sum(exp(y * x)) + sum(m)\n", level=level)
    x = np.linspace(0.5, 2, 12).reshape(2, 3, 2)
    outputs, saved = module.forward({"x": x}, m=np.zeros(3))
    of_one = getattr(np, name)(x[..., None], axis=-1)
    np.testing.assert_allclose(outputs.y, of_one)
    slope = {"var": of_one * 0, "std": of_one * 0, "all": 1, "any": 1}.get(name, 2 * x)
    if name != "std":  # at a spread of 0 its derivative is infinite
        np.testing.assert_allclose(module.backward(saved)["x"], slope * np.exp(of_one * x))


@by_level
@pytest.mark.parametrize("n", [0, 1, 2, -1])
def test_powers_of_several_matrices(n: int, level: int) -> None:
    """The power 0 has the shape of the others."""
    x = np.eye(3) + np.arange(18.0).reshape(2, 3, 3) / 20
    module = build(f"param x: [2, 3, 3]\noutput y = matrix_power(x, {n})\n", level=level)
    found = module.outputs({"x": x}).y
    np.testing.assert_allclose(found, np.linalg.matrix_power(x, n), rtol=1e-12, atol=1e-14)
