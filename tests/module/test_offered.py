"""The derivatives that `--also` adds: they agree with differences and with each other."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import Module, build

ALL = ("jvp", "hvp", "jacobian", "hessian")
LEVELS = (0, 1, 2)

NETWORK = """
dim B
param W: [3, 2] ~ normal(1)
param b: [2] = 0.5
input x: [B, 3]
input y: [B, 2]
output h = tanh(x @ W + b)
loss J = mean((h - y)**2) + sum(W**4)
"""
LOOP = """
dim T, B
param W: [3, 3] ~ normal(0.5)
param U: [2, 3] ~ normal(0.5)
param h0: [3] = 0.1
input x: [T, B, 2]
scan h = broadcast_to(h0, [B, 3]) over x_t in x {
    next h = tanh(h @ W + x_t @ U)
    output s = h * h
}
output s
loss J = mean(h**3) + sum(s[0])
"""
NESTED = """
param w: [3] = 0.3
param z0: [3] = 0.1
input x: [4, 3]
scan z = z0 over u in x {
    scan q = z times 3 {
        next q = q + 0.1 * sin(q * w + u)
    }
    next z = q
}
loss J = sum(z**3)
"""
DROPOUT = """
param W: [3, 4] ~ normal(1)
input x: [5, 3]
output h = dropout(sin(x @ W), 0.4)
loss J = mean(h**3)
"""
SEVERAL = """
param a: [3] = [0.5, 1, 2]
param c = 0.3
input x: [4, 3]
s = sigmoid(x @ a)
loss J = mean((s - c)**2) wrt a
loss K = sum(log(1 + s)) * c**3 wrt a, c
"""


def point(text: str) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    shapes = {NETWORK: {"x": (5, 3), "y": (5, 2)}, LOOP: {"x": (4, 5, 2)}, NESTED: {"x": (4, 3)}}
    shapes |= {DROPOUT: {"x": (5, 3)}, SEVERAL: {"x": (4, 3)}}
    return {name: rng.normal(size=shape) for name, shape in shapes[text].items()}


def around(text: str) -> dict[str, Any]:
    return {"rng": 3, "training": True} if text is DROPOUT else {}


def directions(values: dict[str, Any], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=np.shape(v))[()] for name, v in values.items()}


def differences(function: Any, values: dict[str, Any], along: dict[str, Any]) -> list[Any]:
    """How the results of a function of some values move along a direction."""
    step = 1e-6
    moved = [
        function({n: np.asarray(v) + sign * step * along.get(n, 0) for n, v in values.items()})
        for sign in (1, -1)
    ]
    return [(np.asarray(a) - np.asarray(b)) / (2 * step) for a, b in zip(*moved, strict=True)]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", [NETWORK, LOOP, NESTED, DROPOUT, SEVERAL])
def test_outputs_move_along_tangents(text: str, level: int) -> None:
    module = build(text, level=level, also=("jvp",))
    params, inputs = module.init_params(2), point(text)
    along = directions({**params, "x": inputs["x"]}, 3)

    def outputs(values: dict[str, Any]) -> list[Any]:
        given = {n: values[n] for n in params}
        others = inputs | {"x": values["x"]}
        return list(module.forward(given, **others, **around(text))[0])

    found = module.jvp(params, along, **inputs, **around(text))
    assert type(found) is module.Outputs
    for made, wanted in zip(
        found, differences(outputs, {**params, "x": inputs["x"]}, along), strict=True
    ):
        np.testing.assert_allclose(made, wanted, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", [NETWORK, LOOP, NESTED, DROPOUT])
def test_gradients_move_along_a_direction(text: str, level: int) -> None:
    module = build(text, level=level, also=ALL)
    params, given = module.init_params(2), point(text) | around(text)
    one, other = directions(params, 3), directions(params, 4)

    def gradients(values: dict[str, Any]) -> list[Any]:
        return list(module.value_and_grad(values, **given)[1].values())

    found = module.hvp(params, one, **given)
    assert list(found) == list(params)
    wanted = differences(gradients, params, one)
    for made, difference in zip(found.values(), wanted, strict=True):
        np.testing.assert_allclose(made, difference, rtol=1e-6, atol=1e-8)
    # A Hessian is symmetric, and so is each of its blocks.
    back = module.hvp(params, other, **given)
    left, right = (sum(np.sum(h[n] * v[n]) for n in h) for h, v in ((found, other), (back, one)))
    np.testing.assert_allclose(left, right, rtol=1e-10)
    hessian = module.hessian(params, **given)
    for a in params:
        total = sum(np.tensordot(hessian[a][b], v, np.ndim(v)) for b, v in one.items())
        np.testing.assert_allclose(total, found[a], rtol=1e-10, atol=1e-12)
        for b in params:
            turned = np.moveaxis(
                hessian[b][a], range(np.ndim(params[b])), range(-np.ndim(params[b]), 0)
            )
            np.testing.assert_allclose(hessian[a][b], turned, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", [NETWORK, LOOP, NESTED, DROPOUT, SEVERAL])
def test_a_jacobian_is_what_moves_outputs(text: str, level: int) -> None:
    module = build(text, level=level, also=ALL)
    params, given = module.init_params(2), point(text) | around(text)
    along = directions(params, 3)
    jacobian = module.jacobian(params, **given)
    moved = module.jvp(params, along, **given)._asdict()
    assert list(jacobian) == list(moved)
    for name, row in jacobian.items():
        assert list(row) == list(params)
        total = sum(np.tensordot(row[n], v, np.ndim(v)) for n, v in along.items())
        np.testing.assert_allclose(total, moved[name], rtol=1e-10, atol=1e-13)


def test_each_loss_has_its_own() -> None:
    module = build(SEVERAL, also=ALL)
    params, given = module.init_params(), point(SEVERAL)
    assert not hasattr(module, "hvp")
    hessian = module.hessian_K(params, **given)
    assert {a: list(row) for a, row in hessian.items()} == {"a": ["a", "c"], "c": ["a", "c"]}
    assert list(module.hessian_J(params, **given)) == ["a"]
    along = {"a": np.ones(3), "c": 0.0}
    found = module.hvp_K(params, along, **given)
    np.testing.assert_allclose(found["a"], hessian["a"]["a"].sum(axis=1), rtol=1e-12)
    assert type(found["c"]) is float


def test_numbers_are_numbers() -> None:
    module = build("param w = 3\nloss J = w**3\n", also=ALL)
    assert module.jvp({"w": 2.0}, {"w": 0.5}) == (6.0,)
    assert module.hvp({"w": 2.0}, {"w": 0.5}) == {"w": 6.0}
    assert module.jacobian({"w": 2.0}) == {"J": {"w": 12.0}}
    assert module.hessian({"w": 2.0}) == {"w": {"w": 12.0}}
    assert type(module.hessian({"w": 2.0})["w"]["w"]) is float


def test_what_does_not_move_is_zero() -> None:
    text = "param w: [2] = 1\nparam unread: [3] = 1\ninput k: i64\n"
    module = build(f"{text}output n = k + 1\nloss J = sum(w * w)\n", also=ALL)
    params = module.init_params()
    moved = module.jvp(params, {}, k=3)
    assert (moved.n, moved.J) == (0, 0.0)
    hessian = module.hessian(params, k=3)
    assert hessian["w"]["unread"].shape == (2, 3)
    assert not hessian["unread"]["unread"].any()
    assert list(module.jacobian(params, k=3)) == ["J"]


@pytest.mark.parametrize(
    ("along", "error", "message"),
    [
        ([1.0], TypeError, "tangents: expected a mapping of names to arrays, got list"),
        ({"v": 1.0}, ValueError, "tangents: nothing that moves is called 'v'"),
        ({"w": [1.0, 2.0]}, ValueError, r"tangents\['w'\]: expected f64\[3\], got float64\[2\]"),
        ({"w": [1j] * 3}, TypeError, r"tangents\['w'\]: expected f64\[3\], got complex128\[3\]"),
    ],
)
def test_tangents_are_checked_at_the_door(along: Any, error: type[Exception], message: str) -> None:
    module = build("param w: [3] = 1\nloss J = sum(w * w)\n", also=("jvp",))
    with pytest.raises(error, match=message):
        module.jvp(module.init_params(), along)


def test_a_direction_has_all_names() -> None:
    module = build("param w: [3] = 1\nparam b = 1\nloss J = sum(w * w) * b\n", also=("hvp",))
    with pytest.raises(ValueError, match="direction: 'b' is missing"):
        module.hvp(module.init_params(), {"w": np.ones(3)})


def test_results_are_the_callers_own() -> None:
    module = build("input x: [3]\noutput y = x\noutput z = 2 * x\nwrt x\n", also=("jvp",))
    along = {"x": np.ones(3)}
    moved = module.jvp(along, x=np.zeros(3))
    assert not np.shares_memory(moved.y, along["x"])
    moved.y[:] = 5
    np.testing.assert_array_equal(along["x"], 1)


def test_names_that_are_taken() -> None:
    text = "param direction: [2] = 1\ninput tangents: [2]\nloss J = sum(tangents * direction**3)\n"
    module = build(text, also=("jvp", "hvp"))
    arguments = {n: i["argument"] for n, i in module.graph["inputs"].items()}
    assert arguments == {"tangents": "tangents_"}
    found = module.hvp({"direction": [1.0, 2]}, {"direction": [1.0, 1]}, tangents_=[1.0, 1])
    np.testing.assert_allclose(found["direction"], [6, 12])


def products(module: Module) -> int:
    """How many loops the Jacobian has."""
    text = module.text[module.text.index("def jacobian") :]
    return text.count("for t in range(")


def test_a_jacobian_goes_the_shorter_way() -> None:
    wide = build("param w: [50] = 1\noutput y = stack([sum(w**2), sum(sin(w))])\n", also=ALL)
    assert "y_basis = np.eye(2" in wide.text
    tall = build("param w: [2] = 1\ninput x: [50]\noutput y = w[0] * x**w[1]\n", also=ALL)
    assert "w_basis = np.eye(2" in tall.text
    assert (products(wide), products(tall)) == (1, 1)


def test_nothing_is_made_twice() -> None:
    """The loop over a basis holds nothing that does not depend on it."""
    module = build(NETWORK, also=("hessian",))
    text = module.text[module.text.index("def hessian") :]
    assert text.count("np.tanh(") == text.count("h = x @ W ") == 1
    module = build(LOOP, also=("hessian",))
    text = module.text[module.text.index("def hessian") :]
    assert text.count("np.tanh(") == 1


LONG = """
dim N
input x: [N, 3]
param a: [N] ~ normal(1)
param w: [3] ~ normal(1)
h = tanh(x * w) * a[:, newaxis]
output p = softmax(h)
g = gelu(a * h[:, 0]) / (1 + exp(-(h[:, 1])**2))
loss J = mean(g**2) - mean(log(p[:, 2])) + sum(a * x[:, 2]) / N
"""


@pytest.mark.parametrize("function", ["jvp", "hvp"])
def test_what_goes_in_blocks_is_what_goes_at_once(function: str) -> None:
    at_once, in_blocks = (build(LONG, level=level, also=("jvp", "hvp")) for level in (1, 2))
    assert (
        "    for start in range(0, N, "
        in in_blocks.text.partition(f"def {function}")[2].partition("\ndef ")[0]
    )
    x = np.random.default_rng(0).normal(size=(70_001, 3))  # several blocks, and what is left
    params = at_once.init_params(1, N=len(x))
    along = directions(params, 2)
    wanted, found = (getattr(m, function)(params, along, x=x) for m in (at_once, in_blocks))
    pairs = (
        zip(wanted, found, strict=True)
        if function == "jvp"
        else ((wanted[name], found[name]) for name in params)
    )
    for one, other in pairs:
        np.testing.assert_allclose(other, one, rtol=1e-10, atol=1e-13)
