"""Layers of ONNX against their definitions and onnxruntime: recurrent ones, norms, windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


from onnx import TensorProto, helper

from gradc.importing.imported import imported
from gradc.importing.onnx.onnx_file import made_of
from tests.importing.onnx_agreement import Array, computed
from tests.importing.onnx_made import agrees, info, model, node, normal


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
    assert "momentum" not in graph.text
    net.graph.node[0].attribute.append(helper.make_attribute("momentum", 0.99))
    net.graph.node[0].attribute.append(helper.make_attribute("epsilon", 1e-3))
    # (ONNX says how much of the statistics is kept.)
    assert "BatchNorm(x, momentum=0.01, eps=0.001)" in imported(made_of(net)).text
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


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("places", ["half_pixel", "asymmetric", "align_corners"])
def test_resizing_is_a_linear_map(mode: str, places: str) -> None:
    attrs = {"mode": mode, "coordinate_transformation_mode": places, "nearest_mode": "floor"}
    made = node("Resize", ["x", "", "", "sizes"], ["y"], **attrs)
    held = {"sizes": np.array([2, 3, 7, 5])}
    agrees(model([made], [info("x", [2, 3, 4, 6])], [info("y", None)], 18, **held))


def test_attention_of_keys_that_are_turned_in_one_is_said_as_attention() -> None:
    """As torch exports `softmax((q @ k.transpose(-2, -1) / 8**0.5).masked_fill(…)) @ v`."""
    nodes = [
        node("Split", ["x"], ["b_split_0", "b_split_1", "b_split_2"], axis=2, num_outputs=3),
        *(node("Reshape", [f"b_split_{i}", "heads"], [f"r{i}"]) for i in range(3)),
        node("Transpose", ["r0"], ["q"], perm=[0, 2, 1, 3]),
        node("Transpose", ["r1"], ["k"], perm=[0, 2, 3, 1]),
        node("Transpose", ["r2"], ["v"], perm=[0, 2, 1, 3]),
        node("MatMul", ["q", "k"], ["scores"]),
        node("Mul", ["scores", "scale"], ["scaled"]),
        node("Where", ["later", "low", "scaled"], ["hidden"]),
        node("Softmax", ["hidden"], ["weights"]),
        node("MatMul", ["weights", "v"], ["y"]),
    ]
    held = {
        "heads": np.array([2, 5, 3, 8]), "scale": np.array(8**-0.5, "f4"),
        "later": np.triu(np.ones((1, 1, 5, 5), bool), 1), "low": np.array(-np.inf, "f4"),
    }  # fmt: skip
    net = model(nodes, [info("x", [2, 5, 72])], [info("y", None)], 18, **held)
    graph = imported(made_of(net)).text
    assert "scaled_dot_product_attention(" in graph
    assert "causal=true" in graph
    assert "b_split" not in graph
    agrees(net)


def test_keys_that_are_read_elsewhere_stay_as_they_are_turned() -> None:
    nodes = [
        node("Transpose", ["x"], ["k"], perm=[0, 2, 3, 1]),
        node("MatMul", ["x", "k"], ["a"]),
        node("Relu", ["k"], ["y"]),
    ]
    net = model(nodes, [info("x", [2, 4, 4, 4])], [info("a", None), info("y", None)])
    assert "transpose(x, axes=[0, 2, 3, 1])" in imported(made_of(net)).text
    agrees(net)


@pytest.mark.parametrize("reduction", ["max", "min", "add"])
@pytest.mark.parametrize("axis", [0, 1])
def test_elements_are_scattered_to_places_of_the_caller(reduction: str, axis: int) -> None:
    made = node("ScatterElements", ["x", "i", "v"], ["y"], reduction=reduction, axis=axis)
    shape = [4, 3] if axis == 0 else [3, 4]
    inputs = [info("x", [3, 3]), info("i", shape, TensorProto.INT64), info("v", shape)]
    net = model([made], inputs, [info("y", [3, 3])], 18)
    places = np.array([[0, 2, 2], [1, 1, -1], [0, -3, 0], [0, 1, 2]])
    agrees(net, i=places if axis == 0 else places.T)
