"""Initialisers: distributions, fans, and draws in the order of the file."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.compiled import build, refused, same

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def normal(std: float) -> Draw:
    return lambda rng, shape: rng.normal(0, std, shape)


def uniform(limit: float) -> Draw:
    return lambda rng, shape: limit * rng.uniform(-1, 1, shape)


CASES: list[tuple[str, str, Draw]] = [
    ("zeros", "3", lambda _, s: np.zeros(s)),
    ("zeros()", "3", lambda _, s: np.zeros(s)),
    ("ones", "2, 3", lambda _, s: np.ones(s)),
    ("constant(0.5)", "2", lambda _, s: np.full(s, 0.5)),
    ("constant(c=2 ** 0.5)", "2", lambda _, s: np.full(s, 2**0.5)),
    ("normal(0.1)", "2, 3", normal(0.1)),
    ("normal(std=0.1)", "4", normal(0.1)),
    ("normal(1 / sqrt(16))", "4", normal(0.25)),
    ("uniform(-1, 3)", "2, 3", lambda rng, s: rng.uniform(-1, 3, s)),
    ("uniform(high=3, low=-1)", "2, 3", lambda rng, s: rng.uniform(-1, 3, s)),
    ("glorot_uniform", "6, 2", uniform((6 / 8) ** 0.5)),
    ("glorot_normal", "6, 2", normal((2 / 8) ** 0.5)),
    ("he_uniform", "6, 2", uniform((6 / 6) ** 0.5)),
    ("he_normal", "6, 2", normal((2 / 6) ** 0.5)),
    ("lecun_normal", "6, 2", normal((1 / 6) ** 0.5)),
    # Of more axes [out, in, window…]: fans of 5 * 3 * 3 in and 4 * 3 * 3 out.
    ("glorot_uniform", "4, 5, 3, 3", uniform((6 / 81) ** 0.5)),
    ("he_normal", "4, 5, 3, 3", normal((2 / 45) ** 0.5)),
    ("lecun_normal", "4, 5, 2", normal((1 / 10) ** 0.5)),
    ("eye", "3, 3", lambda _, s: np.eye(*s)),
    ("eye", "2, 3", lambda _, s: np.eye(*s)),
]


@pytest.mark.parametrize(("initialiser", "shape", "wanted"), CASES)
@pytest.mark.parametrize("dtype", ["f64", "f32"])
def test_an_initialiser(initialiser: str, shape: str, wanted: Draw, dtype: str) -> None:
    module = build(f"param w: {dtype}[{shape}] ~ {initialiser}\noutput y = w\n")
    sizes = tuple(int(s) for s in shape.split(","))
    expected = wanted(np.random.default_rng(7), sizes)
    kind = {"f64": np.float64, "f32": np.float32}[dtype]
    assert same(module.init_params(7)["w"], expected.astype(kind))


@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 5), (4, 3, 2)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    sizes = ", ".join(map(str, shape))
    w = build(f"param w: [{sizes}] ~ orthogonal\noutput y = w\n").init_params(3)["w"]
    flat = w.reshape(shape[0], -1)
    rows = flat.shape[0] <= flat.shape[1]
    product = flat @ flat.T if rows else flat.T @ flat
    assert np.allclose(product, np.eye(len(product)))
    assert w.shape == shape


def test_draws_happen_in_the_order_of_the_file() -> None:
    text = """
from nn import Dense
param a: [2] ~ normal(1)
input x: [1, 3]
h = Dense(x, 2)
param b: [2] ~ uniform(0, 1)
param scalar: f32 ~ normal(2)
loss J = sum(h) + sum(a) + sum(b) + scalar
"""
    params = build(text).init_params(5)
    rng = np.random.default_rng(5)
    assert list(params) == ["a", "h.W", "h.b", "b", "scalar"]
    assert same(params["a"], rng.normal(0, 1, 2))
    assert same(params["h.W"], (6 / 5) ** 0.5 * rng.uniform(-1, 1, (3, 2)))
    assert same(params["b"], rng.uniform(0, 1, 2))
    assert same(params["scalar"], np.float32(rng.normal(0, 2)))


def test_a_seed_or_a_generator() -> None:
    module = build("param w: [3] ~ normal(1)\noutput y = w\n")
    seeded = module.init_params(4)["w"]
    assert same(module.init_params(rng=np.random.default_rng(4))["w"], seeded)
    assert same(module.init_params()["w"], module.init_params(0)["w"])
    generator = np.random.default_rng(4)
    first, second = module.init_params(generator)["w"], module.init_params(generator)["w"]
    assert same(first, seeded)
    assert not same(second, first)


def test_free_dimensions_are_keywords() -> None:
    text = "dim B, H, K\ninput x: [B, K]\nparam w: [H, 2*K] ~ ones\noutput y = w\noutput z = x\n"
    params = build(text).init_params(0, H=2, K=3)
    assert same(params["w"], np.ones((2, 6)))
    with pytest.raises(TypeError, match="H"):
        build(text).init_params()


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("param w: [2, 3] ~ one", "E0212", "did you mean `ones`?"),
        ("param w: [2, 3] ~ xavier", "E0212", "glorot_uniform"),
        ("param w: [2, 3] ~ normal", "E0206", "`normal` needs an argument for `std`"),
        ("param w: [2, 3] ~ normal(1, 2)", "E0206", "`normal` takes at most 1 argument"),
        ("param w: [2, 3] ~ normal(mean=1)", "E0206", "`normal` has no parameter `mean`"),
        ("param w: [2, 3] ~ ones(2)", "E0206", "`ones` takes no arguments"),
        ("param w: [3] ~ he_normal", "E0306", "needs a parameter of at least two axes"),
        ("param w ~ glorot_uniform", "E0306", "needs a parameter of at least two axes"),
        ("param w: [3, 3, 3] ~ eye", "E0306", "needs a parameter of two axes"),
        ("param w: [3] ~ normal(-1)", "E0305", "a standard deviation is not negative"),
        ("param w: [3] ~ uniform(1, 0)", "E0305", "`low` is not above `high`"),
        ("param w: i64[3] ~ normal(1)", "E0305", "`normal` draws floats"),
        ("param w: i64[3] ~ constant(1.5)", "E0305", "i64 cannot hold"),
        ('param w: [3] ~ constant("a")', "E0305", "an argument of `constant` is a number"),
        ("param s\nparam w: [3] ~ normal(s)", "E0307", "must be known at compile time"),
    ],
)
def test_refused(line: str, code: str, message: str) -> None:
    refused(f"{line}\noutput y = w\n", code, message)
