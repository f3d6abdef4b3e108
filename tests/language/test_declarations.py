"""Inputs, parameters, constants and outputs: what each declaration means, and what it refuses."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import build, refused, same, warned


@pytest.mark.parametrize(
    ("line", "dtype", "shape"),
    [
        ("input x", "float64", []),
        ("input x = -2", "float64", []),
        ("input x = 2 * pi", "float64", []),
        ("input x = true", "float64", []),
        ("input x: []", "float64", []),
        ("input x: f32[]", "float32", []),
        ("input x: f32", "float32", []),
        ("input x: i32[2, 3]", "int32", [2, 3]),
        ("input x: bool = true", "bool", []),
        ("input x = [1, 2, 3]", "float64", [3]),
        ("input x: i64 = [[1, 2], [3, 4]]", "int64", [2, 2]),
        ("dim n\ninput x: [n] = [1, 2]", "float64", ["n"]),
        ("dim n\ninput x: [n, 2] = 0.5", "float64", ["n", 2]),
        ("input x: [2, 3,] = [[1], [2]]", "float64", [2, 3]),
        ("dtype f32\ninput x", "float32", []),
        ("dtype f32\ninput x: [3]", "float32", [3]),
        ("dtype f32\ninput x: f64[3]", "float64", [3]),
    ],
)
def test_an_input(line: str, dtype: str, shape: list[Any]) -> None:
    found = build(f"{line}\noutput y = x\n").graph["inputs"]["x"]
    assert (found["dtype"], found["shape"]) == (dtype, shape)


STARTS = [
    ("param w", 0.0),
    ("param w = 2", 2.0),
    ("param w = [1, 2]", np.array([1.0, 2])),
    ("param w = 2 * [1, 2]", np.array([2.0, 4])),
    ("param w: [2, 3]", np.zeros((2, 3))),
    ("param w: [2] = 0", np.zeros(2)),
    ("param w: [2] = -0.0", np.array([-0.0, -0.0])),
    ("param w: [2, 2] = [1, 2]", np.array([[1.0, 2], [1, 2]])),
    ("param w: [2, 2] = [[1], [2]]", np.array([[1.0, 1], [2, 2]])),
    ("param w: f32 = 2", np.float32(2)),
    ("param w: f32[2] = inf", np.array([np.inf, np.inf], np.float32)),
    ("param w: i64 = 3", np.int64(3)),
    ("param w: i64[2] = [1, 2]", np.array([1, 2])),
    ("param w: bool[2] = true", np.array([True, True])),
    ("dtype f32\nparam w: [2] = 1", np.ones(2, np.float32)),
    ("dim D = 3\nparam w: [D] = D / 2", np.full(3, 1.5)),
    ("const c = 4\nparam w = c", 4.0),
    ("param w: i32[2] ~ ones", np.ones(2, np.int32)),
    ("param w: [0] = 1", np.zeros(0)),
]


@pytest.mark.parametrize(("line", "wanted"), STARTS)
def test_a_parameter_starts(line: str, wanted: Any) -> None:
    found = build(f"{line}\noutput y = w\n").init_params()["w"]
    assert same(found, wanted)
    assert np.array_equal(np.signbit(found), np.signbit(wanted))


CONSTANTS = [
    ("const k = 3", "k", np.int64(3)),
    ("const k = 1.5", "k", 1.5),
    ("const k = true", "k", np.bool_(True)),
    ("const k: f32 = 3", "k", np.float32(3)),
    ("const k: bool = true", "k", np.bool_(True)),
    ("const k: f32[2, 2] = [[1, 2], [3, 4]]", "k", np.array([[1, 2], [3, 4]], np.float32)),
    ("const k: i64[2, 2] = [1, 2]", "k", np.array([[1, 2], [1, 2]])),
    ("dtype f32\nconst k: [2] = 1", "k", np.ones(2, np.float32)),
    ("const a = b * 3\nconst b = 2", "a", np.int64(6)),
    ("const a = sqrt(2)", "a", 2**0.5),
    ("const a = [1, 2, 3] * 2", "a[-1] * a", np.array([12, 24, 36])),
    ("const a = sum([1, 2])", "a", np.int64(3)),
    ("const a = [[1, 2, 3]]", "a.shape[1]", np.int64(3)),
    ("const a = [[1, 2, 3]]", "a.T", np.array([[1], [2], [3]])),
    ("const sum = 2", "sum([1, 2]) * sum", np.int64(6)),
]


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(("lines", "expression", "wanted"), CONSTANTS)
def test_a_constant(lines: str, expression: str, wanted: Any, level: int) -> None:
    module = build(f"{lines}\noutput y = {expression}\n", level=level)
    assert same(module.outputs().y, wanted)


def test_a_constant_is_not_overwritten() -> None:
    text = "const k: [3] = [1, 2, 3]\ninput x: [3]\noutput y = exp(k * x + k)\n"
    module = build(text)
    first = module.outputs(x=np.ones(3)).y
    assert same(module.outputs(x=np.ones(3)).y, first)
    assert same(first, np.exp(2 * np.array([1.0, 2, 3])))


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("output p = x\noutput q = x * 2", ["p", "q"]),
        ("q = x * 2\np = x\noutput p, q", ["p", "q"]),
        ("output q\np = x\nq = x * 2\noutput p", ["q", "p"]),
        ("loss J = x * x\noutput p = x", ["J", "p"]),
        ("output p = x\nloss J\nJ = x * x", ["p", "J"]),
        ("p = x * x\noutput p\nloss p", ["p"]),
        ("p = x * x\nloss p\noutput p", ["p"]),
        ("output a, _ = split(stack([x, x]), 2)", ["a"]),
        ("output x", ["x"]),
        ("const c = 2\noutput c, x", ["c", "x"]),
    ],
)
def test_outputs_are_in_the_order_of_the_file(lines: str, names: list[str]) -> None:
    module = build(f"input x\n{lines}\n")
    assert list(module.graph["outputs"]) == names
    assert module.outputs(x=3.0)._fields == tuple(names)


@pytest.mark.parametrize(
    ("text", "name"),
    [("", "p"), ("# nothing\n", "p"), ("input x\ny = x\n", "y"), ("fn f(x) = x\n", "p")],
)
def test_a_file_that_returns_nothing(text: str, name: str) -> None:
    refused(text, "E0211", f"`output {name}` or `loss J` says what `forward` returns")


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("input x = [[1, 2], [3]]\noutput x", "E0305", "the rows of a list are of one length"),
        ('input x = "a"\noutput x', "E0305", 'not the string "a"'),
        ("input x: [3] = [1, 2]\noutput x", "E0306", "the example has shape [2]"),
        ("input x: [2] = [[1, 2]]\noutput x", "E0306", "the example has shape [1, 2]"),
        ("dim n\ninput x: [n, 3] = [[1, 2]]\noutput x", "E0306", "the example has shape [1, 2]"),
        ("input a\ninput x = a\noutput x", "E0307", "must be known at compile time"),
        ("param b: [3] = [1, 2]\noutput b", "E0306", "a value of shape [2] does not fill [3]"),
        ("const k: [3, 2] = [1, 2, 3]\noutput k", "E0306", "does not fill [3, 2]"),
        ("dim B\ninput x: [B]\nconst k: [B] = 1\noutput k", "E0307", "the sizes of a constant"),
        ("input x\nconst k = x\noutput k", "E0201", "nothing is called `x`"),
        ('const k = "a"\noutput k', "E0305", "a constant is a number or an array"),
        ("const a = b\nconst b = a\noutput a", "E0204", "a → b → a"),
        ("input x\noutput x\noutput x", "E0202", "`x` is an output already"),
        ("input x\noutput _ = x", "E0111", "`_` discards a result"),
        ("output y", "E0201", "nothing is called `y`"),
        ("output y = none", "E0305", "an output is an array or a number"),
        ('output y = "a"', "E0305", "an output is an array or a number"),
        ("fn f(x) = x\noutput f", "E0203", "`f` is a function, not a value"),
        ("return 3\noutput y = 1", "E0208", "`return` stands at the end of a function"),
    ],
)
def test_refused(text: str, code: str, message: str) -> None:
    refused(text + "\n", code, message)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("input x: [2]\nloss J = x", "E0401", "the loss is a scalar, `J` is f64[2]"),
        ("input x: i64\nloss J = x", "E0401", "so it is a float; this is i64"),
        ("input x\nloss J = x > 1", "E0401", "this is bool"),
        ("loss J = 1", "E0401", "this is i64"),
        ("input x\np = x\nloss p\nloss p", "E0202", "`p` is a loss already"),
        ("input x: [2]\nloss a, b = split(x, 2)", "E0401", "a loss is one value"),
        ("param w\nz = w * 2\nloss J = z\nwrt z", "E0403", "neither an input nor a parameter"),
        ("param weight\nloss J = weight\nwrt weigth", "E0403", "did you mean `weight`?"),
        ("const c = 2\nparam w\nloss J = w\nwrt c", "E0403", "neither an input nor a parameter"),
        ("param w\nloss J = w\nwrt w, w", "E0202", "`wrt` names `w` twice"),
        ("param w\nloss J = w\nwrt w.T", "E0403", "nothing is called `w.T`"),
    ],
)
def test_a_loss_and_what_it_is_differentiated_by(text: str, code: str, message: str) -> None:
    refused(text + "\n", code, message)


@pytest.mark.parametrize(
    ("lines", "wrt", "names"),
    [
        ("", None, ["w", "v"]),
        ("wrt x, w", None, ["x", "w"]),
        ("wrt w, x", None, ["w", "x"]),
        ("wrt v\nwrt x", None, ["v", "x"]),
        ("wrt v", ("x", "w"), ["x", "w"]),
        ("", (), []),
    ],
)
def test_gradients_are_in_the_order_of_wrt(
    lines: str, wrt: tuple[str, ...] | None, names: list[str]
) -> None:
    text = f"input x\nparam w = 3\nparam v = 5\nloss J = x * w * v\n{lines}\n"
    module = build(text, wrt=wrt)
    wanted = {"x": 15.0, "w": 10.0, "v": 6.0}
    assert module.gradients(x=2.0) == {n: wanted[n] for n in names}
    assert list(module.gradients(x=2.0)) == names
    assert list(module.Gradients.__annotations__) == names


def test_an_option_that_names_nothing() -> None:
    refused("param w\nloss J = w\n", "E0403", "nothing is called `q`", wrt=("q",))


def test_what_nothing_needs() -> None:
    assert warned("input x\na = x * 2\noutput x\n") == ["W901"]
    assert warned("input x\ninput z\noutput x\n") == ["W903"]
    assert warned("input x\nparam w\nloss J = x\n") == ["W902"]
    assert warned("input x\nfn unused(x) = x\nconst c = 2\noutput x\n") == []
    assert "2 * x" not in build("input x\na = 2 * x\noutput x\n").text


ZEROS = "dim B\ninput x: [B, 3]\ninput t: [B, 1]\nparam W1: [3, 8]{}\nparam W2: [8, 1]{}\n"


@pytest.mark.parametrize(
    ("starts", "loss", "told"),
    [
        (("", ""), "mean((relu(x @ W1) @ W2 - t)**2)", True),
        ((" = 0", " ~ zeros"), "mean((tanh(x @ W1) @ W2 - t)**2)", True),
        (("", ""), "mean(((x @ W1) @ W2 - t)**2)", True),
        ((" ~ he_normal", ""), "mean((relu(x @ W1) @ W2 - t)**2)", False),
        (("", " = 1"), "mean((relu(x @ W1) @ W2 - t)**2)", False),
        (("", ""), "mean((sigmoid(x @ W1) @ W2 - t)**2)", False),  # half of W2's inputs
        (("", ""), "mean((relu(x @ W1 + 1) @ W2 - t)**2)", False),
        (("", ""), "mean((x @ W1 - t)**2) + sum(W2)", False),
        (("", ""), "mean((x @ W1 @ W2 - t)**2) + sum(W1)", False),
    ],
)
def test_weights_that_never_move_from_zero_are_told(
    starts: tuple[str, str], loss: str, told: bool
) -> None:
    module = build(ZEROS.format(*starts) + f"loss J = {loss}\n")
    found = [d for d in module.warnings if d.code == "W902" and "starts at 0" in d.message]
    assert [d.span.line for d in found if d.span] == [4] * told
    params = module.init_params(*([np.random.default_rng(0)] if "he" in starts[0] else []))
    rng = np.random.default_rng(0)
    given = {"x": rng.normal(size=(5, 3)), "t": rng.normal(size=(5, 1))}
    gradients = module.value_and_grad(params, **given)[1]
    still = all(not np.any(g) and not np.any(params[name]) for name, g in gradients.items())
    assert still == told
