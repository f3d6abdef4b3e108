"""Layers: functions that own parameters; each call is an instance with a name."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import LEVELS, build, refused

X = np.arange(6.0).reshape(2, 3) - 2
DENSE = """
layer Dense(x, units) {
    param W: [x.shape[-1], units] ~ ones
    param b: [units] = 0
    return x @ W + b
}
"""
CELL = """
layer Cell(x, h) {
    param w = 2
    return x * w, h * w
}
"""
BLOCK = """
layer Block(x) {
    attn = Dense(x, 3)
    out = relu(Dense(attn, 2) as proj)
    return out
}
"""
GIVEN = "input x: [2, 3]\n"


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ("hidden = Dense(x, 4)", ["hidden.W", "hidden.b"]),
        ("hidden = Dense(x, 4) as first", ["first.W", "first.b"]),
        ("hidden = relu(Dense(x, 4) as first)", ["first.W", "first.b"]),
        ("hidden: [2, 4] = Dense(x, 4)", ["hidden.W", "hidden.b"]),
        ("hidden = Dense(x, units=4)", ["hidden.W", "hidden.b"]),
        ("hidden = again(x)\nagain = Dense(x, 4)", ["again.W", "again.b"]),
        ("b = Dense(x, 4)\na = Dense(x, 4)\nhidden = a + b", ["b.W", "b.b", "a.W", "a.b"]),
        ("hidden, state_2 = Cell(x, x) as cell", ["cell.w"]),
        ("hidden = Block(x)",
         ["hidden.attn.W", "hidden.attn.b", "hidden.proj.W", "hidden.proj.b"]),
        ("T = Dense(x, 4)\nhidden = T", ["T.W", "T.b"]),
    ],
)  # fmt: skip
def test_the_names_of_parameters(statements: str, names: list[str]) -> None:
    module = build(f"{DENSE}{CELL}{BLOCK}{GIVEN}{statements}\noutput hidden\n")
    assert list(module.graph["params"]) == names
    assert list(module.init_params()) == names
    assert list(module.Params.__annotations__) == names
    module.outputs(x=X)


def test_parameters_are_values() -> None:
    text = (
        f"{DENSE}{GIVEN}penalty = sum(square(hidden.W))\nhidden = Dense(x, 4)\nloss J = penalty\n"
    )
    gradients = build(text).gradients(x=X)
    assert np.array_equal(gradients["hidden.W"], 2 * np.ones((3, 4)))
    assert np.array_equal(gradients["hidden.b"], np.zeros(4))


def test_an_instance_that_is_called_again_shares_its_parameters() -> None:
    text = f"""{DENSE}{GIVEN}
hidden = Dense(x, 3)
twice = hidden(hidden)
loss J = sum(twice)
"""
    module = build(text)
    assert list(module.graph["params"]) == ["hidden.W", "hidden.b"]
    w = np.arange(9.0).reshape(3, 3)
    params = {"hidden.W": w, "hidden.b": np.zeros(3)}
    assert (X @ w @ w).sum() == module.outputs(params, x=X).J
    ones = np.ones((2, 3))
    wanted = (X @ w).T @ ones + X.T @ (ones @ w.T)
    assert np.allclose(module.gradients(params, x=X)["hidden.W"], wanted)


def test_an_instance_keeps_its_other_arguments_and_binds_dimensions_anew() -> None:
    text = """
layer Scaled(x: [n, m], by) {
    param w: [m] = 1
    return x * w * by / n
}
input x: [2, 3]
input z: [4, 3]
a = Scaled(x, 8)
output b = a(z)
output c = a(z, by=16)
"""
    b, c = build(text).outputs(x=X, z=np.ones((4, 3)))
    assert np.array_equal(b, np.full((4, 3), 2.0))
    assert np.array_equal(c, np.full((4, 3), 4.0))


ADAPTED = """
layer Scaled(x, units) {
    param W: [x.shape[-1], units] ~ ones
    param b: [units] = 0
    return tanh(x @ W + b)
}
layer Twice(x) {
    a = Scaled(x, 3)
    return a(a, b=1) + grad(sum(a.W ** 2), a.W)[0]
}
input x: [2, 3]
hidden = Scaled(x, 3)
cost = mean((hidden - 1) ** 2)
adapted = hidden(x, W=hidden.W - 0.1 * grad(cost, hidden.W), b=0.5)
twice = Twice(x)
scan W = hidden.W times 3 {
    c = mean((hidden(x, W=W) - 1) ** 2)
    next W = W - 0.1 * grad(c, W)
}
loss J = sum(adapted ** 2) + sum(twice) + sum(hidden(x, units=3, W=W))
"""


def test_an_instance_is_called_again_with_other_values_for_its_parameters() -> None:
    def by_hand(W: Any, b: Any, inner_W: Any, inner_b: Any) -> Any:
        def gradient(W: Any) -> Any:
            h = np.tanh(X @ W + b)
            return X.T @ (2 * (h - 1) / 6 * (1 - h * h))

        inner = np.tanh(X @ inner_W + inner_b)
        learnt = W
        for _ in range(3):
            learnt = learnt - 0.1 * gradient(learnt)
        adapted = np.tanh(X @ (W - 0.1 * gradient(W)) + 0.5)
        twice = np.tanh(inner @ inner_W + 1) + 2 * inner_W[0]
        return (adapted**2).sum() + twice.sum() + np.tanh(X @ learnt + b).sum()

    for level in LEVELS:
        module = build(ADAPTED, level=level)
        names = ["hidden.W", "hidden.b", "twice.a.W", "twice.a.b"]
        assert list(module.graph["params"]) == names
        arrays = [
            np.linspace(-1, 1, p.size).reshape(p.shape) for p in module.init_params().values()
        ]
        params = dict(zip(names, arrays, strict=True))
        assert np.isclose(module.outputs(params, x=X).J, by_hand(*arrays))
        gradients = module.gradients(params, x=X)
        for name, array in params.items():
            for place in np.ndindex(array.shape):
                ends = []
                for step in (1e-6, -1e-6):
                    array[place] += step
                    ends.append(by_hand(*arrays))
                    array[place] -= step
                assert np.isclose(gradients[name][place], (ends[0] - ends[1]) / 2e-6, atol=1e-7)


def test_what_a_layer_of_the_library_has_may_be_given_in_a_loop() -> None:
    text = """
from nn import Dense
input x: [2, 3]
scan h = x times 2 unshared {
    step = Dense(h, 3)
    next h = step(step, W=step.W * 2, b=1)
}
loss J = sum(h)
wrt step
"""
    module = build(text)
    W, b = np.arange(18.0).reshape(2, 3, 3) / 9, np.ones((2, 3))
    h = X
    for t in range(2):
        h = (h @ W[t] + b[t]) @ W[t] * 2 + 1
    assert np.isclose(module.outputs({"step.W": W, "step.b": b}, x=X).J, h.sum())


def test_an_instance_stands_for_its_parameters_in_wrt() -> None:
    text = f"""{DENSE}{BLOCK}{GIVEN}
critic = Block(x)
other = Dense(x, 2)
loss J = sum(critic) + sum(other)
"""
    inner = ["critic.proj.W", "critic.proj.b"]
    every = ["critic.attn.W", "critic.attn.b", *inner]
    assert list(build(f"{text}wrt critic, x\n").gradients(x=X)) == [*every, "x"]
    assert list(build(f"{text}wrt critic.proj, other.b\n").gradients(x=X)) == [*inner, "other.b"]
    assert list(build(text, wrt=("critic",)).gradients(x=X)) == every
    refused(f"{text}wrt critic, critic.proj.b\n", "E0202", "`wrt` names `critic.proj.b` twice")


def test_layers_in_layers() -> None:
    text = f"""{DENSE}{BLOCK}{GIVEN}
block = Block(x)
deep = block(block @ block.proj.W.T)
loss J = sum(deep) + sum(block.attn.W) + sum(square(block.proj.b))
wrt block.attn.W, x
"""
    module = build(text)
    assert list(module.gradients(x=X)) == ["block.attn.W", "x"]
    assert list(module.graph["params"]) == [
        "block.attn.W", "block.attn.b", "block.proj.W", "block.proj.b",
    ]  # fmt: skip


def test_an_inner_instance_may_be_called_again() -> None:
    text = f"{DENSE}layer Twice(x) {{\n    a = Dense(x, 3)\n    return a(a)\n}}\n{GIVEN}"
    module = build(f"{text}t = Twice(x)\noutput t\n")
    assert list(module.graph["params"]) == ["t.a.W", "t.a.b"]
    assert np.array_equal(module.outputs(x=X).t, X @ np.ones((3, 3)) @ np.ones((3, 3)))


def test_what_an_instance_is_worth_has_members_too() -> None:
    text = f"{DENSE}{GIVEN}hidden = Dense(x, 4)\n"
    module = build(f"{text}output a = hidden.T\noutput b = hidden.shape[1]\noutput c = hidden.mT\n")
    a, b, c = module.outputs(x=X)
    assert (a.shape, b, c.shape) == ((4, 2), 4, (4, 2))


def test_parameters_take_the_dtype_of_the_file() -> None:
    module = build(f"dtype f32\n{DENSE}input x: [2, 3]\nh = Dense(x, 2)\nloss J = sum(h)\n")
    assert {p["dtype"] for p in module.graph["params"].values()} == {"float32"}
    gradients = module.gradients(x=X.astype(np.float32))
    assert {g.dtype for g in gradients.values()} == {np.dtype(np.float32)}


REFUSED = [
    ("y = relu(Dense(x, 10))", "E0210", "this call of the layer `Dense` has no name"),
    ("a, b = Cell(x, x)", "E0210", "`Cell(x, x) as cell`"),
    ("_ = Dense(x, 10)", "E0210", "has no name to give its parameters"),
    ("fn f(x) = relu(Dense(x, 3) as d)\ny = f(x)", "E0210", "make the function a `layer`"),
    ("h = Dense(x, 3)\nz = Dense(x, 3) as h", "E0202", "`h` is bound twice"),
    ("param h\nz = Dense(x, 3) as h", "E0202", "`h` is bound twice"),
    ("Dense = 3", "E0202", "`Dense` is bound twice"),
    ("h = Dense(x, 3)\ny = h(x, V=1)", "E0206", "and other values for W, b"),
    ("h = Dense(x, 3)\ny = h(x, unit=1)", "E0206", "did you mean `units`?"),
    ("h = Dense(x, 3)\ny = h(x, W=ones([2, 2]))", "E0306", "`h.W` is f64[3, 3], this is f64[2, 2]"),
    ("h = Dense(x, 3)\ny = h(x, b=x > 0)", "E0305", '`astype(x > 0, "f64")` converts'),
    ('h = Dense(x, 3)\ny = h(x, b="a")', "E0305", "an array is expected here"),
    ("a, b = Cell(x, x) as cell\ny = cell * 2", "E0207", "a layer instance, not a value"),
    ("h = Dense(x, 3)\ny = h.Q", "E0201", "`h` has no parameter `Q`"),
    ("h = Dense(x, 3)\nwrt h.Q", "E0403", "nothing is called `h.Q`"),
    ("h = Dense(x, 4)\ny = h(h)", "E0302", "`@` needs the inner sizes to agree"),
    ("y = x.W", "E0201", "a value has no `.W`"),
    ("y = x as z", "E0119", "call"),
    ("y = sum(x) as z", "E0209", "only the call of a layer has a name"),
    ("input n: i64\nh = Dense(x, n)", "E0307", "a size is an integer"),
]


@pytest.mark.parametrize(("statements", "code", "message"), REFUSED)
def test_refused(statements: str, code: str, message: str) -> None:
    refused(f"{DENSE}{CELL}{GIVEN}{statements}\noutput o = x\n", code, message)


@pytest.mark.parametrize("call", ["z = L(x)\noutput z", "output x"])
@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("param T = 1\n    return x * T", "E0214", "`T` is no name for a parameter"),
        ("param mT = 1\n    return x", "E0214", "`mT` is no name for a parameter"),
        ("param shape = 1\n    return x", "E0214", "`shape` is no name for a parameter"),
        ("a = Dense(x, 3) as T\n    return a", "E0214", "`T` is no name"),
        ("param w = 1\n    param w = 2\n    return x", "E0202", "`w` is bound twice"),
        ("param x = 1\n    return x", "E0202", "`x` is bound twice"),
        ("param a\n    b = Dense(x, 3) as a\n    return b", "E0202", "`a` is bound twice"),
        ("a = Dense(x, 3)", "E0208", "`L` has no `return` at its end"),
    ],
)
def test_a_definition_is_refused(body: str, code: str, message: str, call: str) -> None:
    refused(f"{DENSE}layer L(x) {{\n    {body}\n}}\n{GIVEN}{call}\n", code, message)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("a = L(x)\n    return a", "E0204", "`L` calls itself"),
        ("T = Dense(x, 3)\n    return T", "E0214", "`T` is no name for an inner layer"),
        ("return Dense(x, 3)", "E0210", "has no name to give its parameters"),
    ],
)
def test_a_call_is_refused(body: str, code: str, message: str) -> None:
    refused(f"{DENSE}layer L(x) {{\n    {body}\n}}\n{GIVEN}z = L(x)\noutput z\n", code, message)
