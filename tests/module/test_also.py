"""What `--also` adds: one vector of all parameters and back, and a table of them."""

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError
from tests.compiled import build

MIXED = """
dtype f32
dim n
param w: [2, n] ~ normal(1)
param b: [n] = 1
param scale: f64 = 2
param count: i64 = 3
input x: [2]
loss J = sum(tanh(x @ w + b)) * scale * count
"""
SINGLE = "param w: f32[2, 3] ~ normal(1)\nparam s: f32 = 2\nloss J = s * sum(w * w)\n"


def test_a_vector_of_parameters_and_back() -> None:
    module = build(SINGLE, also=("pack",))
    params = module.init_params(1)
    vector = module.pack(params)
    assert (vector.dtype, vector.shape) == (np.float32, (7,))
    back = module.unpack(vector)
    assert list(back) == ["w", "s"]
    np.testing.assert_array_equal(back["w"], params["w"])
    assert type(back["s"]) is np.float32
    assert np.shares_memory(back["w"], vector)
    assert not np.shares_memory(module.pack(params), params["w"])
    _, gradients = module.value_and_grad(back)
    np.testing.assert_allclose(module.pack(gradients)[:6], 4 * vector[:6], rtol=1e-6)


def test_the_vector_is_of_the_widest_type() -> None:
    module = build(MIXED, also=("pack",))
    for wrong in (None, [1.0], 3):
        with pytest.raises(TypeError, match="params: expected a mapping of names to arrays"):
            module.pack(wrong)
    params = module.init_params(n=4)
    vector = module.pack(params)
    assert (vector.dtype, vector.shape) == (np.float64, (14,))
    back = module.unpack(vector, n=4)
    assert [np.asarray(v).dtype for v in back.values()] == ["f4", "f4", "f8", "i8"]
    _, gradients = module.value_and_grad(back, x=np.ones(2))
    assert module.pack(gradients).shape == (13,)  # an integer has no gradient
    np.testing.assert_array_equal(module.pack(gradients)[:8], gradients["w"].ravel())


def test_other_types_and_shapes() -> None:
    module = build(SINGLE, also=("pack",))
    back = module.unpack(np.arange(7.0))
    assert (back["w"].dtype, float(back["s"])) == (np.float32, 6.0)
    with pytest.raises(ValueError, match=r"vector: expected f32\[7\], got float64\[6\]"):
        module.unpack(np.zeros(6))
    with pytest.raises(ValueError, match="params: 's' is missing"):
        module.pack({"w": np.zeros((2, 3))})


def test_gradients_of_inputs() -> None:
    module = build("input x: [3]\nloss J = sum(x * x)\nwrt x\n", also=("pack", "summary"))
    _, gradients = module.value_and_grad(x=[1.0, 2, 3])
    np.testing.assert_array_equal(module.pack(gradients), [2.0, 4, 6])
    assert not hasattr(module, "unpack")


def test_the_table() -> None:
    module = build(MIXED, also=("summary",))
    rows = [row.split() for row in module.summary().splitlines()]
    assert rows == [
        ["instance", "parameter", "shape", "type", "count"],
        ["w", "[2,", "n]", "f32", "2*n"],
        ["b", "[n]", "f32", "n"],
        ["scale", "[]", "f64", "1"],
        ["count", "[]", "i64", "1"],
        ["total", "3*n", "+", "2"],
    ]
    assert not hasattr(module, "pack")


def test_an_instance_is_named_once() -> None:
    text = "from nn import Dense\ndtype f32\ninput x: [5, 2]\nhidden = Dense(x, 300)\n"
    text += "loss J = sum(hidden)\n"
    assert build(text, also=("summary",)).summary().splitlines() == [
        "instance  parameter  shape     type  count",
        "hidden    W          [2, 300]  f32     600",
        "          b          [300]     f32     300",
        "total                                  900",
    ]


def test_the_module_tells_what_was_asked_for() -> None:
    module = build(SINGLE, also=("summary", "pack"))
    assert module.graph["options"] == ["-O1", "--also pack,summary"]
    assert not hasattr(build(SINGLE), "pack")


def test_what_gradc_does_not_offer() -> None:
    with pytest.raises(DiagnosticError, match=r"E0506: `--also` knows no `pakc`") as caught:
        build(SINGLE, also=("pakc",))
    assert caught.value.diagnostics[0].helps == ("did you mean `pack`?",)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        *((n, ("backward", "value_and_grad")) for n in ("gradient", "grad", "backward", "vjp")),
        ("gradients", ("backward", "value_and_grad")),
        ("forward", ("forward",)),
    ],
)
def test_what_a_module_has_in_any_case_is_not_asked_for(name: str, there: tuple[str, ...]) -> None:
    for asked, left_out in (((name,), "`--also`"), (("hvp", name), "it")):
        with pytest.raises(DiagnosticError) as caught:
            build(SINGLE, also=asked)
        (said,) = caught.value.diagnostics[0].helps
        listed = " and ".join(f"`{function}`" for function in there)
        assert said.endswith(f"has {listed}: leave {left_out} out")
    assert all(hasattr(build(SINGLE), function) for function in there)


@pytest.mark.parametrize(
    ("level", "name"), [(1, "pack"), (1, "unpack"), (2, "math"), (2, "Workspace")]
)
def test_what_the_module_has_taken_gets_a_line_behind(level: int, name: str) -> None:
    """An input, a parameter or a value of that name, whatever the module is asked to offer."""
    given = f"input {name} = 2.0\nparam w = 3\nloss J = w * {name}\n"
    trained = f"param {name} = 3\ninput w = 2.0\n{name}s = {name} * w\nloss J = {name}s\n"
    for text in (given, trained):
        module = build(text, level=level, also=("pack",))
        argument, param = (f"{name}_", "w") if text is given else ("w", name)
        assert module.outputs({param: 3.0}, **{argument: 2.0}).J == 6
        assert f"{name}_2" not in module.text
