"""What a module offers: its functions, their arguments, its types and `__graph__`."""

import ast
import hashlib
import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import gradc
from gradc.syntax.parser import read_text
from tests.compiled import Module, build, build_file, keywords, write

NEURON = """## One linear unit with a squared-error cost.

input x = -2
input y = 2
param w = 2
param b = 8

c = w * x
a = c + b
d = a - y
loss J = 0.5 * d**2
"""
CLASSIFIER = """dim B, D = 4, K = D - 1
dim H = 2 * B
dtype f32
## Pixel intensities.
input x: [B, D]
input label: i64[B]
input other: [H]
input lambda: bool
param W: [D, K] ~ he_normal
param n: i32 = 3
logits = where(lambda, x @ W, 0)
output logits
output total: f64 = sum(astype(other, "f64"))
loss J = cross_entropy(logits, label)
"""


def test_the_first_example() -> None:
    module = build(NEURON)
    outputs, saved = module.forward({"w": 2.0, "b": 8.0}, x=-2.0, y=2.0)
    assert outputs.J == 2.0
    assert module.backward(saved) == {"w": -4.0, "b": 2.0}
    assert module.backward(saved, dJ=2.0) == {"w": -8.0, "b": 4.0}
    assert module.value_and_grad({"w": 2.0, "b": 8.0}, x=-2.0, y=2.0) == (
        2.0,
        {"w": -4.0, "b": 2.0},
    )


def signature(module: Module, name: str) -> str:
    """The arguments of a function, without their types."""
    found = inspect.signature(getattr(module, name))
    bare = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return str(found.replace(parameters=bare, return_annotation=found.empty))


def test_signatures() -> None:
    module = build(CLASSIFIER)
    assert signature(module, "forward") == "(params, *, x, label, other, lambda_)"
    assert signature(module, "value_and_grad") == "(params, *, x, label, other, lambda_)"
    assert signature(module, "backward") == "(saved, *, dJ=1.0)"
    assert signature(module, "init_params") == "(rng=0)"


@pytest.mark.parametrize(
    ("text", "function", "wanted"),
    [
        ("output y = 1.5", "forward", "()"),
        ("input x\noutput y = x", "forward", "(*, x)"),
        ("param w\noutput y = w", "forward", "(params)"),
        ("input x\ninput z\nloss J = x * z", "value_and_grad", "(*, x, z)"),
        ("input x\noutput p = x\noutput q = x\nwrt x", "backward", "(saved, *, dp=None, dq=None)"),
        ("dim N, M\nparam w: [N, 2*M]\ninput m: [M]\noutput y = w\noutput z = m", "init_params",
         "(rng=0, *, N, M)"),
        ("dim N\nparam w: [3]\ninput n: [N]\noutput y = w\noutput z = n", "init_params",
         "(rng=0)"),
    ],
)  # fmt: skip
def test_a_signature(text: str, function: str, wanted: str) -> None:
    assert signature(build(f"{text}\n"), function) == wanted


def test_a_graph_without_parameters_has_nothing_of_them() -> None:
    module = build("input x\nloss J = x * x\nwrt x\n")
    assert not hasattr(module, "init_params")
    assert module.value_and_grad(x=3.0) == (9.0, {"x": 6.0})
    assert module.Params.__annotations__ == {}


def test_a_graph_without_a_loss_takes_cotangents() -> None:
    module = build("input x: [2]\nparam w = 3\noutput p = x * w\noutput q = w * w\noutput n = 2\n")
    assert not hasattr(module, "value_and_grad")
    _, saved = module.forward({"w": 3.0}, x=np.array([1.0, 2]))
    assert module.backward(saved, dp=np.array([1.0, 10]), dq=100.0) == {"w": 21.0 + 600}
    assert module.backward(saved, dq=1.0) == {"w": 6.0}
    assert module.backward(saved) == {"w": 0.0}
    with pytest.raises(ValueError, match=r"dp: expected f64\[2\], got float64\[3\]"):
        module.backward(saved, dp=np.ones(3))


def test_types() -> None:
    module = build(CLASSIFIER)
    assert module.Params.__annotations__.keys() == {"W", "n"}
    assert list(module.Gradients.__annotations__) == ["W"]
    assert module.Outputs._fields == ("logits", "total", "J")
    outputs = module.Outputs.__annotations__
    arrays = npt.NDArray[np.float32]
    assert (outputs["total"], outputs["J"], outputs["logits"]) == (float, np.float32, arrays)
    for name in ("Params", "Gradients", "Outputs", "Saved"):
        assert getattr(module, name).__name__ == name
    assert build(NEURON).Gradients is not None


def test_outputs_and_saved_are_named_tuples() -> None:
    module = build(NEURON)
    outputs, saved = module.forward({"w": 2.0, "b": 8.0}, x=-2.0, y=2.0)
    assert isinstance(outputs, module.Outputs)
    assert isinstance(saved, module.Saved)
    assert saved._fields == ("x", "d")


PREDICT = [
    ("input x\ninput y\noutput p = x * 2\nloss J = (p - y) ** 2", ["x"], ("p",)),
    ("input x\ninput y\noutput p = x * 2\noutput q = y", ["x", "y"], ("p", "q")),
    ("input x\ninput y\noutput c = 3.5\noutput p = x * y", [], ("c",)),
    ("input x\noutput p = x * 2\nloss J = p ** 2", None, ()),
    ("input x\ninput y\noutput p = x * y\nloss J = p ** 2", None, ()),
    ("param w = 2\noutput p = w", None, ()),
]


@pytest.mark.parametrize(("text", "inputs", "fields"), PREDICT)
def test_predict(text: str, inputs: list[str] | None, fields: tuple[str, ...]) -> None:
    module = build(f"{text}\n")
    assert hasattr(module, "predict") == (inputs is not None)
    if inputs is None:
        assert not hasattr(module, "Prediction")
        return
    assert keywords(module.predict) == inputs
    prediction = module.predict(**dict.fromkeys(inputs, 3.0))
    assert type(prediction).__name__ == "Prediction"
    assert prediction._fields == fields
    outputs = module.outputs(x=3.0, y=3.0)
    assert prediction == tuple(getattr(outputs, f) for f in fields)


def test_graph() -> None:
    module = build(CLASSIFIER, name="some/where/net.graph", level=0, wrt=("W", "x"))
    assert module.graph == {
        "gradc": gradc.__version__,
        "source": "net.graph",
        "sha256": hashlib.sha256(CLASSIFIER.encode()).hexdigest(),
        "options": ["-O0", "--wrt W,x"],
        "dims": {"B": None, "D": 4, "K": 3, "H": "2*B"},
        "loss": "J",
        "losses": {"J": ["W", "x"]},
        "inputs": {
            "x": {"argument": "x", "dtype": "float32", "shape": ["B", 4]},
            "label": {"argument": "label", "dtype": "int64", "shape": ["B"]},
            "other": {"argument": "other", "dtype": "float32", "shape": ["2*B"]},
            "lambda": {"argument": "lambda_", "dtype": "bool", "shape": []},
        },
        "params": {
            "W": {"argument": "W", "dtype": "float32", "shape": [4, 3]},
            "n": {"argument": "n", "dtype": "int32", "shape": []},
        },
        "outputs": {
            "logits": {"argument": "logits", "dtype": "float32", "shape": ["B", 3]},
            "total": {"argument": "total", "dtype": "float64", "shape": []},
            "J": {"argument": "J", "dtype": "float32", "shape": []},
        },
        "state": {},
    }
    assert list(module.graph) == [
        "gradc", "source", "sha256", "options", "dims", "loss", "losses", "inputs", "params",
        "outputs", "state",
    ]  # fmt: skip


def test_graph_is_plain_data() -> None:
    module = build(CLASSIFIER)
    tree = ast.parse(module.text)
    (value,) = [
        s.value for s in tree.body if isinstance(s, ast.AnnAssign) and "__graph__" in ast.dump(s)
    ]
    assert value is not None
    assert ast.literal_eval(value) == module.graph
    assert json.loads(json.dumps(module.graph)) == module.graph


def test_standard_input_is_called_minus() -> None:
    assert build(NEURON, name="-").graph["source"] == "-"
    assert build("output y = 1.5\n").graph["loss"] is None


@pytest.mark.parametrize("data", [NEURON, NEURON.replace("\n", "\r\n"), "\ufeff" + NEURON])
def test_the_hash_is_of_the_normalised_text(data: str) -> None:
    source = read_text("net.graph", data.encode())
    wanted = hashlib.sha256(NEURON.encode()).hexdigest()
    assert build(source.text).graph["sha256"] == wanted == source.sha256


def test_the_hash_covers_the_imports(tmp_path: Path) -> None:
    text = 'import "lib.graph" as lib\ninput x\noutput y = lib.f(x)\n'
    files: dict[str, Any] = {"net.graph": text, "lib.graph": "fn f(x) = x\n"}
    path = write(tmp_path, files)
    first = build_file(path).graph["sha256"]
    assert first == hashlib.sha256("".join(files.values()).encode()).hexdigest()
    write(tmp_path, {"lib.graph": "fn f(x) = x * 2\n"})
    assert build_file(path).graph["sha256"] != first


NAMES = """
    np sum lambda class params saved forward backward Outputs Gradients rng training print def None
    self True type match case Saved outputs e pi axis in
""".split()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_taken_gets_an_underscore(name: str) -> None:
    statements = f"q = {name} * p_{name}\noutput {name}_2 = q\nloss J = q * q"
    module = build(f"input {name}\nparam p_{name} = 3\n{statements}\n")
    (argument,) = keywords(module.forward)
    assert argument in (name, f"{name}_")
    assert module.graph["inputs"][name]["argument"] == argument
    assert module.value_and_grad({f"p_{name}": 3.0}, **{argument: 2.0})[0] == 36.0


@pytest.mark.parametrize("name", NAMES)
def test_keys_of_parameters_keep_the_graphs_spelling(name: str) -> None:
    module = build(f"param {name} = 3\nx = {name} * 2\nloss J = x * x\n")
    assert module.init_params() == {name: 3.0}
    assert module.value_and_grad({name: 3.0}) == (36.0, {name: 24.0})
    assert module.graph["params"][name]["argument"] == name


@pytest.mark.parametrize("name", NAMES)
def test_a_field_of_any_name(name: str) -> None:
    module = build(f"input x\nparam w = 3\noutput {name} = x * w\nloss J = {name} ** 2\n")
    field = module.graph["outputs"][name]["argument"]
    assert field in (name, f"{name}_")
    assert getattr(module.outputs(x=2.0), field) == 6.0
    assert module.gradients(x=2.0) == {"w": 24.0}


def test_names_that_meet_are_numbered() -> None:
    module = build("input lambda\ninput lambda_\nparam lambda__2 = 1\nloss J = lambda - lambda_\n")
    arguments = [i["argument"] for i in module.graph["inputs"].values()]
    assert len(set(arguments)) == 2
    assert keywords(module.forward) == arguments
    assert module.outputs(**dict(zip(arguments, [5.0, 2.0], strict=True))).J == 3.0


def test_dotted_names_and_names_with_underscores_do_not_meet() -> None:
    text = "from nn import Dense\ninput x: [1, 2]\nparam a_W: [2, 2] = 5\na = Dense(x, 2)\n"
    module = build(f"{text}loss J = sum(a * 0) + sum(a_W) + sum(a.W)\n")
    params = {**module.init_params(), "a.W": np.ones((2, 2))}
    assert module.outputs(params, x=[[1, 2]]).J == 24.0


@pytest.mark.parametrize("name", ["α", "β_1", "Δ", "μ", "\u00b5", "λ", "σ2"])
def test_greek_names(name: str) -> None:
    module = build(f"input {name}\noutput y = {name} * 2\n")
    (argument,) = keywords(module.forward)
    assert argument == name.replace("\u00b5", "μ")
    assert module.outputs(**{argument: 2.0}).y == 4.0


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_backward_takes_is_called_as_ever(level: int) -> None:
    """An input, a parameter or a value of the name of a cotangent gives way."""
    module = build("input dJ\nparam dK = 3\nloss J = dJ * dK\nloss K = dK**2\n", level=level)
    assert keywords(module.forward)[0] == module.graph["inputs"]["dJ"]["argument"] == "dJ_"
    _, saved = module.forward({"dK": 3.0}, dJ_=5.0)[:2]
    assert module.backward_J(saved, dJ=2.0) == {"dK": 10.0}
    assert module.backward_K(saved, dK=2.0) == {"dK": 12.0}
    module = build("param dy = 2\ndz = dy * 3\noutput y = dz * dy\noutput z = dz\n", level=level)
    _, saved = module.forward({"dy": 2.0})[:2]
    assert module.backward(saved, dy=1.0, dz=1.0) == {"dy": 15.0}
