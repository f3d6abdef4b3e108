"""Models in ONNX, made here: how their texts read, what is settled, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from gradc.importing.imported import Imported, imported  # noqa: E402
from gradc.importing.onnx.module_names import frames_of, path_of  # noqa: E402
from gradc.importing.onnx.onnx_file import NoModel, made_of, read_onnx  # noqa: E402
from tests.importing.onnx_agreement import computed, outputs_of  # noqa: E402

Array = np.ndarray[Any, Any]
F, I64 = TensorProto.FLOAT, TensorProto.INT64
node = helper.make_node
RNG = np.random.default_rng(0)


def info(name: str, shape: Sequence[int | str] | None, kind: int = F) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def model(
    nodes: Sequence[Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    opset: int = 17,
    **held: Any,
) -> Any:
    """A model; what it holds are arrays by their names, whose `__` stand for dots."""
    arrays = [numpy_helper.from_array(np.asarray(v), k.replace("__", ".")) for k, v in held.items()]
    graph = helper.make_graph(list(nodes), "g", list(inputs), list(outputs), arrays)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def text(net: Any, settings: Any = None, batch: str | None = None) -> str:
    return imported(made_of(net, settings, batch)).text


def agrees(net: Any, settled: Sequence[str] = (), **given: Any) -> None:
    """The module computes what onnxruntime does, at free sizes of 3."""
    feeds = {n: np.asarray(v) for n, v in given.items()}
    for declared in net.graph.input:
        shape = [d.dim_value or 3 for d in declared.type.tensor_type.shape.dim]
        feeds.setdefault(declared.name, normal(*shape))
    wanted = runtime.InferenceSession(net.SerializeToString()).run(None, feeds)
    settings = {n: feeds[n] for n in settled}
    for found, want in zip(outputs_of(net, feeds, settings), wanted, strict=True):
        assert found.shape == want.shape
        np.testing.assert_allclose(found, want, rtol=1e-4, atol=1e-5)


def normal(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


def test_names_of_nodes_are_modules_and_those_of_initialisers_parameters() -> None:
    net = model(
        [
            node("Gemm", ["x", "net.fc1.weight", "net.fc1.bias"], ["a"], "/net/fc1/Gemm", transB=1),
            node("Relu", ["a"], ["b"], "/net/act/Relu"),
            node("MatMul", ["b", "onnx::MatMul_7"], ["c"], "/net/fc2/MatMul"),
            node("Add", ["net.fc2.bias", "c"], ["y"], "/net/fc2/Add"),
        ],
        [info("x", ["batch", 3])],
        [info("y", ["batch", 2])],
        net__fc1__weight=normal(4, 3),
        net__fc1__bias=normal(4),
        **{"onnx::MatMul_7": normal(4, 2)},
        net__fc2__bias=normal(2),
    )
    graph = imported(made_of(net))
    assert "dim B" in graph.text
    assert "= Dense(x, 4)" in graph.text
    assert ", 2)" in graph.text
    assert {k.split(".")[-1] for k in graph.params} == {"W", "b"}
    agrees(net)


def test_paths() -> None:
    frames = frames_of("/encoder/layers/layers.0/attn/MatMul")
    assert [f.path for f in frames] == [
        ("encoder",),
        ("encoder", "layers"),
        ("encoder", "layers", "0"),
        ("encoder", "layers", "0", "attn"),
    ]
    modules = {f.path for f in frames}
    assert path_of("onnx::MatMul_3", frames, "W", modules)[-2:] == ("attn", "W")
    assert path_of("bert.encoder.layers.0.attn.bias", frames, "b", modules) == (
        "encoder", "layers", "0", "attn", "b",
    )  # fmt: skip
    assert path_of("model_1/conv/BiasAdd;model_1/conv/Conv2D", (), "b", set()) == ("conv", "b")


def test_sizes_that_are_worked_out_leave_no_trace() -> None:
    """Shape, Gather, Concat, Reshape: what exporters make of `x.view(x.size(0), -1)`."""
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"], axis=0),
        node("Unsqueeze", ["n", "axes"], ["m"]),
        node("Concat", ["m", "rest"], ["shape"], axis=0),
        node("Reshape", ["x", "shape"], ["y"]),
    ]
    held = {"zero": np.int64(0), "axes": np.array([0]), "rest": np.array([-1])}
    net = model(nodes, [info("x", ["N", 3, 4])], [info("y", None)], **held)
    assert "reshape(x, [N, 12])" in text(net)
    agrees(net)


def test_arithmetic_of_free_sizes() -> None:
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Slice", ["s", "one", "two", "zero"], ["n"]),
        node("Mul", ["n", "two"], ["m"]),
        node("Range", ["nought", "scalar", "step"], ["r"]),
        node("Concat", ["m", "minus"], ["shape"], axis=0),
        node("Reshape", ["x", "shape"], ["z"]),
        node("Cast", ["r"], ["f"], to=F),
        node("ReduceSum", ["f"], ["t"], keepdims=0),
        node("Squeeze", ["n", "zero"], ["scalar"]),
        node("Add", ["z", "t"], ["y"]),
    ]
    nodes = [*nodes[:3], nodes[8], *nodes[3:8], nodes[9]]
    held = {
        "one": np.array([1]), "two": np.array([2]), "zero": np.array([0]),
        "minus": np.array([-1]), "nought": np.int64(0), "step": np.int64(1),
    }  # fmt: skip
    agrees(model(nodes, [info("x", [4, "T"])], [info("y", None)], **held))


def branch(name: str, nodes: Sequence[Any], output: str) -> Any:
    return helper.make_graph(list(nodes), name, [], [info(output, None)])


def choosing() -> Any:
    """`x + 1` at a rate of 16000, `x * 2` at another."""
    then = branch("then", [node("Add", ["x", "one"], ["a"])], "a")
    other = branch("other", [node("Mul", ["x", "two"], ["b"])], "b")
    nodes = [
        node("Equal", ["sr", "rate"], ["is"]),
        node("If", ["is"], ["y"], then_branch=then, else_branch=other),
    ]
    held = {"rate": np.int64(16000), "one": np.float32(1), "two": np.float32(2)}
    return model(nodes, [info("x", [3]), info("sr", [], I64)], [info("y", [3])], **held)


def test_a_condition_that_is_settled_chooses() -> None:
    assert "y = x + 1.0" in text(choosing(), {"sr": 16000})
    assert "y = x * 2.0" in text(choosing(), {"sr": 8000})
    agrees(choosing(), ["sr"], sr=16000)


def test_a_condition_that_is_not_settled_is_where() -> None:
    assert "where(" in text(choosing())
    agrees(choosing(), sr=16000)
    agrees(choosing(), sr=8000)


def test_a_loop_whose_count_is_known_is_written_out() -> None:
    body = helper.make_graph(
        [
            node("Mul", ["h", "half"], ["next"]),
            node("Identity", ["go"], ["on"]),
            node("Identity", ["next"], ["seen"]),
        ],
        "body",
        [info("i", [], I64), info("go", [], TensorProto.BOOL), info("h", [2])],
        [info("on", [], TensorProto.BOOL), info("next", [2]), info("seen", [2])],
    )
    nodes = [node("Loop", ["count", "", "x"], ["y", "ys"], body=body)]
    held = {"count": np.int64(3), "half": np.float32(0.5)}
    net = model(nodes, [info("x", [2])], [info("y", [2]), info("ys", [3, 2])], **held)
    x = normal(2)
    y, ys = outputs_of(net, {"x": x}, {})
    np.testing.assert_allclose(y, x / 8, rtol=1e-6)
    np.testing.assert_allclose(ys, [x / 2, x / 4, x / 8], rtol=1e-6)


def test_what_depends_on_a_free_size_says_which() -> None:
    then = branch("then", [node("Add", ["x", "x"], ["a"])], "a")
    other = branch("other", [node("Mul", ["x", "x"], ["b"])], "b")
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"], axis=0),
        node("Equal", ["n", "four"], ["is"]),
        node("If", ["is"], ["y"], then_branch=then, else_branch=other),
    ]
    held = {"zero": np.int64(0), "four": np.int64(4)}
    net = model(nodes, [info("x", ["rows"])], [info("y", None)], **held)
    found = refused(net)
    assert [d.helps for d in found] == [("fix it: `--set Rows=…`",)]
    assert "x + x" in text(net, {"Rows": 4})
    assert "x * x" in text(net, {"rows": 3})


def refused(net: Any, **settings: Any) -> Any:
    with pytest.raises(DiagnosticError) as failure:
        imported(made_of(net, settings))
    return failure.value.diagnostics


def test_what_is_unsupported_is_listed_all_at_once() -> None:
    nodes = [
        node("NonMaxSuppression", ["x", "x"], ["a"], "boxes"),
        node("Relu", ["a"], ["b"], "after"),
        node("Multinomial", ["x"], ["c"], "draw"),
        node("GridSample", ["b", "c"], ["y"], "sample"),
    ]
    net = model(nodes, [info("x", [2, 3, 4])], [info("y", None)])
    assert [d.message.split(":")[0] for d in refused(net)] == ["boxes", "draw", "sample"]


def test_small_integers_that_wrap_around_are_refused() -> None:
    nodes = [node("Add", ["x", "x"], ["y"], "sum")]
    net = model(nodes, [info("x", [2], TensorProto.UINT8)], [info("y", [2], TensorProto.UINT8)])
    (found,) = refused(net)
    assert "wrap around" in found.message
    nodes = [node("Cast", ["x"], ["f"], to=F), node("Add", ["f", "f"], ["y"])]
    net = model(nodes, [info("x", [2], TensorProto.UINT8)], [info("y", [2])])
    assert "f32" in text(net)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rate": 1}, "no such input or free size"),
        ({"sr": "fast"}, "element type int64"),
        ({"sr": [1, 2]}, "has the shape [2]"),
    ],
)
def test_a_setting_without_a_place_is_refused(settings: Any, said: str) -> None:
    (found,) = refused(choosing(), **settings)
    assert found.code == "E0603"
    assert said in found.message


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(range(256))])
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(NoModel):
        read_onnx(path)


def test_weights_in_a_file_that_is_missing(tmp_path: Path) -> None:
    nodes = [node("MatMul", ["x", "W"], ["y"])]
    net = model(nodes, [info("x", [2, 64])], [info("y", [2, 64])], W=normal(64, 64))
    path = tmp_path / "net.onnx"
    onnx.save(net, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    read_onnx(path)
    (tmp_path / "w.bin").unlink()
    with pytest.raises(NoModel):
        read_onnx(path)


def test_the_batch_may_be_named() -> None:
    nodes = [node("Flatten", ["x"], ["f"]), node("MatMul", ["f", "W"], ["y"])]
    net = model(nodes, [info("x", [1, 2, 3])], [info("y", [1, 2])], W=normal(6, 2))
    graph = imported(made_of(net, batch="N"))
    assert "x: [N, 2, 3]" in graph.text
    x = normal(5, 2, 3)
    (y,) = computed(graph, [x])
    np.testing.assert_allclose(y, x.reshape(5, 6) @ weight(graph), rtol=1e-5, atol=1e-6)


def weight(graph: Imported) -> Array:
    (found,) = graph.params.values()
    return found


def test_a_shape_that_states_a_batch_of_one_goes_on_with_the_free_batch() -> None:
    nodes = [node("Reshape", ["x", "shape"], ["r"]), node("MatMul", ["r", "W"], ["y"])]
    held = {"shape": np.array([1, 3, 2]), "W": normal(2, 2)}
    net = model(nodes, [info("x", [1, 6])], [info("y", None)], **held)
    graph = imported(made_of(net, batch="N"))
    x = normal(4, 6)
    (y,) = computed(graph, [x])
    np.testing.assert_allclose(y, x.reshape(4, 3, 2) @ weight(graph), rtol=1e-5, atol=1e-6)


def test_a_weight_that_two_nodes_use_is_one_parameter() -> None:
    nodes = [
        node("Gather", ["table", "ids"], ["e"]),
        node("Transpose", ["table"], ["t"], perm=[1, 0]),
        node("MatMul", ["e", "t"], ["y"]),
    ]
    inputs = [info("ids", [4], I64)]
    net = model(nodes, inputs, [info("y", [4, 5])], table=normal(5, 3))
    assert len(imported(made_of(net)).params) == 1
    ids = np.array([0, 2, 4, 1])
    table = numpy_helper.to_array(net.graph.initializer[0])
    np.testing.assert_allclose(
        outputs_of(net, {"ids": ids}, {})[0], table[ids] @ table.T, rtol=1e-5
    )


def test_a_matrix_that_is_held_for_two_is_two_parameters() -> None:
    """Exporters that save space give the second by `Identity`, under its own name."""
    nodes = [
        node("Identity", ["a.weight"], ["b.weight"]),
        node("MatMul", ["x", "a.weight"], ["h"]),
        node("MatMul", ["h", "b.weight"], ["y"]),
    ]
    net = model(nodes, [info("x", [2, 3])], [info("y", [2, 3])], a__weight=normal(3, 3))
    assert len(imported(made_of(net)).params) == 2
    agrees(net)


def test_labels_held_against_all_that_they_may_be_read_a_table() -> None:
    """As JAX exports `one_hot(labels, 5) @ table`."""
    nodes = [
        node("Unsqueeze", ["x", "last"], ["labels"]),
        node("Equal", ["labels", "every"], ["is"]),
        node("Cast", ["is"], ["hot"], to=F),
        node("MatMul", ["hot", "table"], ["y"]),
    ]
    held = {"last": np.array([2]), "every": np.arange(5).reshape(1, 1, 5), "table": normal(5, 3)}
    net = model(nodes, [info("x", [2, 4], I64)], [info("y", None)], **held)
    assert "take(table_W, x, axis=0)" in text(net) or "take(table, x, axis=0)" in text(net)
    agrees(net, x=np.array([[0, 4, 2, 2], [1, 3, 0, 4]]))


def test_what_a_reduction_keeps_and_a_shape_drops_is_not_kept() -> None:
    nodes = [node("GlobalAveragePool", ["x"], ["p"]), node("Flatten", ["p"], ["y"])]
    net = model(nodes, [info("x", ["N", 3, 4, 4])], [info("y", None)])
    assert "mean(x, axis=[2, 3])" in text(net)
    agrees(net)
    nodes = [
        node("ReduceMean", ["x"], ["m"], axes=[1], keepdims=0),
        node("Reshape", ["m", "shape"], ["k"]),
        node("Sub", ["x", "k"], ["y"]),
    ]
    net = model(nodes, [info("x", [3, 4])], [info("y", None)], shape=np.array([3, 1]))
    assert "x - mean(x, axis=1, keepdims=true)" in text(net)
    agrees(net)


@pytest.mark.parametrize("op", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("layout", [0, 1])
def test_recurrent_layers(op: str, direction: str, layout: int) -> None:
    """Against an LSTM, a GRU and an RNN written here, from their definitions in ONNX."""
    gates, d = {"LSTM": 4, "GRU": 3, "RNN": 1}[op], 2 if direction == "bidirectional" else 1
    held = {
        "W": normal(d, gates * 3, 2), "R": normal(d, gates * 3, 3), "B": normal(d, 2 * gates * 3),
        "h": normal(d, 5, 3), "c": normal(d, 5, 3),
    }  # fmt: skip
    states = ["h", "c"] if op == "LSTM" else ["h"]
    shown = held if layout == 0 else {**held, **{s: held[s].swapaxes(0, 1) for s in states}}
    given = ["x", "W", "R", "B", "", *states]
    attrs: dict[str, Any] = {"linear_before_reset": 1} if op == "GRU" else {}
    outputs = ["y", "y_h", *(["y_c"] if op == "LSTM" else [])]
    made = node(op, given, outputs, hidden_size=3, direction=direction, layout=layout, **attrs)
    shape = [5, 4, 2] if layout else [4, 5, 2]
    kept = {k: v for k, v in shown.items() if k in given}
    net = model([made], [info("x", shape)], [info(o, None) for o in outputs], **kept)
    graph = imported(made_of(net))
    assert "scan" in graph.text
    x = normal(*shape)
    sequence = x.swapaxes(0, 1) if layout else x
    backwards = [direction == "reverse", True][:d]
    parts = [step_by_step(op, sequence, held, k, backwards[k]) for k in range(d)]
    wanted = [np.stack([p[0] for p in parts], 1)]
    wanted += [np.stack([p[i] for p in parts]) for i in range(1, 1 + len(states))]
    if layout:
        wanted = [wanted[0].transpose(2, 0, 1, 3), *[w.swapaxes(0, 1) for w in wanted[1:]]]
    for found, want in zip(computed(graph, [x]), wanted, strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-4, atol=1e-5)


def step_by_step(op: str, x: Array, held: dict[str, Array], d: int, back: bool) -> list[Array]:
    """All outputs [T, B, H] and the last states of one direction."""

    def sigmoid(v: Array) -> Array:
        return 1 / (1 + np.exp(-v))

    w, r, b, h, c = (held[k][d] for k in "WRBhc")
    first, second = np.split(b, 2)
    ys = np.zeros((len(x), *h.shape), np.float32)
    for t in range(len(x))[::-1] if back else range(len(x)):
        a, u = x[t] @ w.T + first, h @ r.T + second
        if op == "LSTM":
            i, o, f, g = np.split(a + u, 4, -1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        elif op == "GRU":
            (az, ar, an), (uz, ur, un) = np.split(a, 3, -1), np.split(u, 3, -1)
            z = sigmoid(az + uz)
            h = (1 - z) * np.tanh(an + sigmoid(ar + ur) * un) + z * h
        else:
            h = np.tanh(a + u)
        ys[t] = h
    return [ys, h, c] if op == "LSTM" else [ys, h]


def test_batch_norm_keeps_its_state() -> None:
    nodes = [node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], "/bn/BatchNormalization")]
    held = {"s": normal(3), "b": normal(3), "m": normal(3), "v": np.abs(normal(3)) + 0.1}
    net = model(nodes, [info("x", ["N", 3, 4, 4])], [info("y", None)], **held)
    graph = imported(made_of(net))
    assert "BatchNorm(" in graph.text
    assert sorted(a.shape for a in graph.states.values()) == [(3,), (3,)]
    agrees(net)


WINDOWS = [
    {"auto_pad": "SAME_UPPER", "strides": [2, 3]},
    {"auto_pad": "SAME_LOWER", "strides": [2, 1]},
    {"auto_pad": "VALID", "strides": [3, 3]},
    {"pads": [1, 0, 1, 1], "strides": [2, 2]},
]


@pytest.mark.parametrize("attrs", WINDOWS)
@pytest.mark.parametrize("op", ["Conv", "MaxPool", "AveragePool"])
def test_windows(op: str, attrs: dict[str, Any]) -> None:
    given = ["x", "W"] if op == "Conv" else ["x"]
    held = {"W": normal(4, 3, 3, 2)} if op == "Conv" else {}
    made = node(op, given, ["y"], kernel_shape=[3, 2], **attrs)
    agrees(model([made], [info("x", [2, 3, 7, 8])], [info("y", None)], **held))


def test_padding_that_needs_a_size_asks_for_it() -> None:
    made = node("MaxPool", ["x"], ["y"], kernel_shape=[3], strides=[2], auto_pad="SAME_UPPER")
    net = model([made], [info("x", [1, 2, "L"])], [info("y", None)])
    (found,) = refused(net)
    assert "auto_pad" in found.message
    assert "max_pool1d" in text(net, {"L": 9})


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("places", ["half_pixel", "asymmetric", "align_corners"])
def test_resizing_is_a_linear_map(mode: str, places: str) -> None:
    attrs = {"mode": mode, "coordinate_transformation_mode": places, "nearest_mode": "floor"}
    made = node("Resize", ["x", "", "", "sizes"], ["y"], **attrs)
    held = {"sizes": np.array([2, 3, 7, 5])}
    agrees(model([made], [info("x", [2, 3, 4, 6])], [info("y", None)], 18, **held))


def test_functions_of_the_file_are_written_out() -> None:
    twice = helper.make_function(
        "own", "Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    net = model([node("Twice", ["x"], ["y"], domain="own")], [info("x", [2])], [info("y", [2])])
    net.functions.append(twice)
    net.opset_import.append(helper.make_opsetid("own", 1))
    assert "x + x" in text(net)
