"""What a model of ONNX says, takes and gives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.ir.sizes import known
from gradc.source import Source
from gradc.targets.onnx.target import Onnx
from gradc.verification.emitted import Point
from tests.targets_onnx.agreement import agree, agree_as_written, content, session

onnx = pytest.importorskip("onnx")

ROOT = Path(__file__).parents[2]
NET = """
## A classifier.

from nn import Dense

dim B
## The rows.
input x: [B, 3]
input label: i64[B]
hidden = Dense(x, 4)
h = tanh(hidden)
output logits = Dense(h, 2)
loss J = cross_entropy(logits, label)
"""
SEVERAL = """
dim B
input x: [B, 3]
param w: [3]
param v: [3]
h = tanh(x * w)
loss J = sum(h @ v) wrt w, v
loss K = mean(h ** 2) wrt w
"""
NORMED = """
from nn import BatchNorm

dim B
input x: [B, 2]
param w: [2]
h = BatchNorm(x)
loss J = sum(square(h @ w))
"""
LOOPS = """
dim T
input xs: [T, 3]
param w: [3] = 0.5
param u: [3] = 0.25
scan s = zeros([3]) over x in xs {
    scan t = s times 2 {
        next t = tanh(t * w + x)
        output inner = next t * u
    }
    next s = t
    output sums = sum(inner, axis=0)
}
output sums
loss J = sum(square(sums)) + sum(s)
"""


def model(text: str, target: Onnx | None = None, **options: Any) -> Any:
    source = Source("net.graph", text)
    compilation = compile_source(source, Options(**options), target=target or Onnx())
    return onnx.load_from_string(content(compilation))


def test_names_and_sizes_survive() -> None:
    graph = model(NET, Onnx(gradients=True)).graph
    names = [i.name for i in graph.input]
    assert names == ["hidden.W", "hidden.b", "logits.W", "logits.b", "x", "label"]
    assert [o.name for o in graph.output] == ["logits", "J", "dJ_dhidden.W", "dJ_dhidden.b",
                                              "dJ_dlogits.W", "dJ_dlogits.b"]  # fmt: skip
    made = {name for node in graph.node for name in node.output}
    assert {"hidden", "h"} <= made
    x = next(i for i in graph.input if i.name == "x")
    assert [d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim] == ["B", 3]
    assert x.doc_string == "The rows."


def test_nodes_hold_their_line_and_their_chain_rule() -> None:
    made = model(NET, Onnx(gradients=True))
    docs = {node.name: node.doc_string for node in made.graph.node}
    assert docs["h"] == "h = tanh(hidden)"
    assert docs["dJ_dhidden"].splitlines() == [
        "h = tanh(hidden)", "dJ/dhidden = dJ/dh * (1 - h * h)   [B, 4]"
    ]  # fmt: skip
    assert "dJ/dhidden.W = x.T @ dJ/dhidden   [3, B] @ [B, 4]" in docs["dJ_dhidden.W"]
    assert made.doc_string.startswith("A classifier.")
    assert all(n.doc_string for n in made.graph.node if n.op_type in ("MatMul", "Tanh", "Exp"))


def test_the_bytes_are_the_same_each_time() -> None:
    source = Source("net.graph", NET)
    one, other = (compile_source(source, target=Onnx(gradients=True)) for _ in range(2))
    assert content(one) == content(other)


def test_parameters_may_stand_in_the_model() -> None:
    rng = np.random.default_rng(0)
    shapes = {"hidden.W": (3, 4), "hidden.b": (4,), "logits.W": (4, 2), "logits.b": (2,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    given = {"x": rng.normal(size=(5, 3)), "label": np.array([0, 1, 1, 0, 1])}
    source = Source("net.graph", NET)
    within = session(content(compile_source(source, target=Onnx(params=params))))
    apart = session(content(compile_source(source, target=Onnx())))
    assert [i.name for i in within.get_inputs()] == ["x", "label"]
    for found, wanted in zip(within.run(None, given), apart.run(None, given | params), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_parameters_settle_dimensions() -> None:
    text = "dim D, B\ninput x: [B, 2 * D]\nparam w: [D]\noutput y = x[:, :D] @ w + D\n"
    graph = model(text, Onnx(params={"w": np.arange(3.0)})).graph
    (x,) = graph.input
    assert [d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim] == ["B", 6]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"w": np.zeros(3)}, "`--params` has no array for `b`"),
        ({"w": np.zeros(3), "b": np.zeros(2)}, "`b` is f64\\[D\\]; in `--params` axis 0 has 2"),
        ({"w": np.zeros(3), "b": np.zeros((3, 1))}, "`--params` has float64\\[3, 1\\]"),
        ({"w": np.zeros(3), "b": np.array(["one"])}, "`--params` has <U3\\[1\\]"),
        ({"w": np.zeros(3), "b": np.zeros(3), "v": 0}, "`--params` has an array `v`"),
    ],
)
def test_parameters_that_do_not_fit(params: dict[str, Any], told: str) -> None:
    text = "dim D\nparam w: [D]\nparam b: [D]\nloss J = sum(w * b)\n"
    with pytest.raises(DiagnosticError, match=f"E0503: .*{told}"):
        model(text, Onnx(params=params))


def test_several_losses() -> None:
    made = model(SEVERAL, Onnx(gradients=True))
    assert [o.name for o in made.graph.output] == ["J", "K", "dJ_dw", "dJ_dv", "dK_dw"]
    agree_as_written(Source("net.graph", SEVERAL), Options())


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("options", [{}, {"checkpoint": 2}])
def test_loops_in_loops(level: int, options: dict[str, int]) -> None:
    made = model(LOOPS, Onnx(gradients=True), level=level, **options)
    kinds = [node.op_type for node in made.graph.node]
    assert kinds.count("Scan") >= 2  # one forwards, one backwards
    agree_as_written(Source("net.graph", LOOPS), Options(level=level, **options))


@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("name", ["digits", "gpt", "mixture", "lynx"])
def test_at_every_level(name: str, level: int) -> None:
    path = ROOT / "examples" / name / f"{name}.graph"
    agree(Source(str(path), path.read_text(encoding="utf-8")), Options(level=level))


def test_dropout_is_left_out() -> None:
    text = "input x: [3]\nparam w: [3]\noutput y = dropout(x * w, 0.5)\n"
    assert [node.op_type for node in model(text).graph.node] == ["Mul"]
    with pytest.raises(DiagnosticError, match="E0502: dropout draws numbers"):
        model(text, Onnx(gradients=True))


def test_state_goes_in_and_out_and_training_is_said() -> None:
    plain, backward = model(NORMED).graph, model(NORMED, Onnx(gradients=True)).graph
    assert "training" not in [i.name for i in plain.input]
    assert "training" in [i.name for i in backward.input]
    for graph in (plain, backward):
        states = {"h.mean", "h.var"}
        assert states <= {i.name for i in graph.input}
        assert {f"next_{name}" for name in states} <= {o.name for o in graph.output}


def test_without_a_loss_the_cotangents_go_in() -> None:
    graph = model("param w: [3]\noutput y = sin(w)\n", Onnx(gradients=True)).graph
    assert [i.name for i in graph.input] == ["w", "d_y"]
    assert [o.name for o in graph.output] == ["y", "d_w"]


def test_what_comes_out_may_be_what_went_in() -> None:
    text = "input x: [3]\nparam w: [3]\noutput same = x\noutput twice = w\noutput also = w\n"
    runs = session(content(compile_source(Source("net.graph", text), target=Onnx())))
    x, w = np.arange(3.0), np.arange(3.0, 6.0)
    for found, wanted in zip(runs.run(None, {"x": x, "w": w}), (x, w, w), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_names_that_meet_are_numbered() -> None:
    text = "param next_s: [2]\nstate s: [2]\noutput y = s + next_s\nupdate s = y\n"
    graph = model(text).graph
    names = [o.name for o in graph.output] + [i.name for i in graph.input]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("size", [5, 8, 9])
@pytest.mark.parametrize(
    "text",
    [
        "dim N\ninput x: [2 * N + 1]\nparam w: [3]\nloss J = sum(x) * sum(w) / N\n",
        "dim N\ninput x: [N + 3]\nparam w = 2\nloss J = sum(x[:N] * w) * (N // 2)\n",
        "dim N\nparam x: [2, N]\nloss J = sum(sliding_window(x, 3, stride=2) ** 2) * (N % 3)\n",
        "dim N\nparam x: [N, 2]\nloss J = sum(ravel(x) * arange(2 * N)) + sum(eye(N) @ x)\n",
    ],
)
def test_sizes_are_worked_out(text: str, size: int) -> None:
    source = Source("net.graph", text)
    rng = np.random.default_rng(size)
    graph = compile_source(source).graph
    arrays = {
        name: rng.normal(size=[known(s, {"N": size}) for s in value.type.shape])
        for name, value in graph.given
    }
    inputs = {i.name: arrays.pop(i.name) for i in graph.inputs}
    agree_as_written(source, point=Point({"N": size}, inputs, arrays, {}))


def test_nothing_may_be_left_of_a_row() -> None:
    """Which a runtime that leaves `Expand` out would add up."""
    text = "param t: [3] = 1\na = broadcast_to(reshape(t, [1, 3]), [0, 3])\nloss J = sum(sin(a))\n"
    agree_as_written(Source("net.graph", text))


def test_padding_may_be_as_wide_as_a_window() -> None:
    """Which runtimes do not take."""
    call = "max_pool2d(x, 2, stride=1, padding=2, dilation=3)"
    agree_as_written(Source("net.graph", f"param x: [1, 2, 6, 6]\nloss J = sum({call} ** 2)\n"))
