"""Models in ONNX, made here: how their texts read, and what is settled."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper

from gradc.importing.imported import Imported, imported
from gradc.importing.onnx.module_names import frames_of, path_of
from gradc.importing.onnx.onnx_file import made_of
from tests.importing.onnx_agreement import Array, computed, outputs_of
from tests.importing.onnx_made import I64, F, agrees, choosing, info, model, node, normal, text


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


def test_functions_of_the_file_are_written_out() -> None:
    twice = helper.make_function(
        "own", "Twice", ["a"], ["b"], [node("Add", ["a", "a"], ["b"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    net = model([node("Twice", ["x"], ["y"], domain="own")], [info("x", [2])], [info("y", [2])])
    net.functions.append(twice)
    net.opset_import.append(helper.make_opsetid("own", 1))
    assert "x + x" in text(net)


@pytest.mark.parametrize("size", ["rows", "lambda", "seq-len", "4*k", "данные"])
def test_a_size_of_one_name_is_one_dimension(size: str) -> None:
    inputs = [info("x", [size, 2]), info("z", [size, 2])]
    net = model([node("Add", ["x", "z"], ["y"])], inputs, [info("y", None)])
    assert len(imported(made_of(net)).text.partition("dim ")[2].splitlines()[0].split(",")) == 1
    agrees(net)


def test_an_output_that_is_another_value_is_an_output_of_its_own() -> None:
    nodes = [node("Relu", ["x"], ["a"]), node("Identity", ["a"], ["b"]),
             node("Identity", ["x"], ["c"]), node("Neg", ["b"], ["d"])]  # fmt: skip
    net = model(nodes, [info("x", [2, 3])], [info(n, None) for n in "abcd"])
    assert "output a, b, c, d" in text(net)
    agrees(net)


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("sizes", [[5], [3, 4], [2, 3, 2]])
def test_norms_of_whole_images(p: int, sizes: list[int]) -> None:
    made = node("GlobalLpPool", ["x"], ["y"], p=p)
    agrees(model([made], [info("x", [2, 3, *sizes])], [info("y", None)]))


@pytest.mark.parametrize("own", [False, True])
def test_a_module_that_is_called_again_has_its_vectors_once(own: bool) -> None:
    """Exporters number its calls; another module of such a name holds arrays of its own."""
    nodes = [
        node("LayerNormalization", ["x", "norm.weight", "norm.bias"], ["a"], "/norm/LN"),
        node("Tanh", ["a"], ["b"], "/Tanh"),
        node("LayerNormalization", ["b", "norm.weight", "norm.bias"], ["c"], "/norm_1/LN"),
        node("MatMul", ["c", "norm_1.scale"], ["y"], "/norm_1/MatMul"),
    ]
    nodes = nodes if own else nodes[:-1]
    held = {"norm_1__scale": normal(3, 3)} if own else {}
    held |= {"norm__weight": normal(3), "norm__bias": normal(3)}
    net = model(nodes, [info("x", [2, 3])], [info("y" if own else "c", None)], **held)
    vectors = [p for p in imported(made_of(net)).params.values() if p.ndim == 1]
    assert len(vectors) == (4 if own else 2)
    agrees(net)
