"""Quantised models in ONNX: what their integers stand for, and weights of floats made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto

from gradc.importing.imported import imported
from gradc.importing.onnx.onnx_file import made_of
from tests.importing.onnx_made import agrees, info, model, node, normal, refused

I8, U8, I32 = TensorProto.INT8, TensorProto.UINT8, TensorProto.INT32
WEIGHT = np.arange(-6, 6, dtype=np.int8).reshape(4, 3)
ZEROS = {
    "signed": np.int8(-3),
    "unsigned": np.uint8(128),
    "wide": np.int16(500),
    "none": np.uint8(0),
}


def back_and_forth(scale: Any, zero: Any, axis: int = 1) -> Any:
    """Rounds, and gives the numbers that the integers stand for."""
    given = ["scale", "zero"]
    nodes = [
        node("QuantizeLinear", ["x", *given], ["q"], axis=axis),
        node("DequantizeLinear", ["q", *given], ["y"], axis=axis),
    ]
    outputs = [info("y", None)]
    return model(nodes, [info("x", [4, 3])], outputs, opset=21, scale=scale, zero=zero)


@pytest.mark.parametrize("name", ZEROS)
def test_numbers_are_rounded_and_kept_in_the_range(name: str) -> None:
    steps = np.array([[0.5, 1.5, -0.5], [2.5, 1e6, -1e6], [0, 3, -3], [7, 126, -126]], np.float32)
    agrees(back_and_forth(np.float32(0.5), ZEROS[name]), x=steps)
    agrees(back_and_forth(np.float32(0.03), ZEROS[name]), x=normal(4, 3))


@pytest.mark.parametrize(("axis", "count"), [(0, 4), (1, 3), (-1, 3), (-2, 4)])
def test_each_place_of_an_axis_may_have_a_scale(axis: int, count: int) -> None:
    scale = np.linspace(0.01, 0.1, count, dtype=np.float32)
    agrees(back_and_forth(scale, np.arange(count, dtype=np.int8), axis), x=normal(4, 3))


def weighed(**attributes: Any) -> Any:
    nodes = [
        node("DequantizeLinear", ["W", "scale", "zero"], ["w"], **attributes),
        node("MatMul", ["x", "w"], ["h"]),
        node("DequantizeLinear", ["bias", "one"], ["b"]),
        node("Add", ["h", "b"], ["y"]),
    ]
    shape = (2, 3) if attributes.get("block_size") else (3,)
    held = {
        "scale": np.abs(normal(*shape)) + np.float32(0.1),
        "zero": np.ones(shape, np.int8),
        "one": np.float32(0.01),
        "bias": np.array([100, -3, 7], np.int32),
    }
    outputs = [info("y", None)]
    return model(nodes, [info("x", ["N", 4])], outputs, opset=21, W=WEIGHT, **held)


@pytest.mark.parametrize("attributes", [{"axis": 1}, {"axis": -1}, {"axis": 0, "block_size": 2}])
def test_weights_of_integers_are_parameters_of_floats(attributes: Any) -> None:
    agrees(weighed(**attributes))
    found = imported(made_of(weighed(**attributes)))
    assert {n: (p.shape, p.dtype) for n, p in found.params.items()} == {
        "W": ((4, 3), np.float32),
        "b": ((3,), np.float32),
    }
    assert "linear(x, W, b)" in found.text


@pytest.mark.parametrize("zeros", [(), ("zx",), ("zx", "zw"), ("zr",)])
def test_products_of_integers(zeros: Any) -> None:
    made = node("MatMulInteger", ["x", "W", *zeros], ["y"])
    held = {"zx": np.uint8(3), "zw": np.int8([1, -2, 0]), "zr": np.uint8(9)}
    held = {n: v for n, v in held.items() if n in zeros}
    net = model([made], [info("x", [2, 4], U8)], [info("y", None, I32)], W=WEIGHT, **held)
    agrees(net, x=np.arange(8, dtype=np.uint8).reshape(2, 4))


def test_scales_that_the_data_give() -> None:
    nodes = [
        node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
        node("MatMulInteger", ["q", "W", "z"], ["i"]),
        node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
        node("Mul", ["f", "s"], ["y"]),
        node("DequantizeLinear", ["q", "s", "z"], ["back"]),
    ]
    outputs = [info("y", None), info("back", None)]
    agrees(model(nodes, [info("x", [2, 4])], outputs, W=WEIGHT))


def test_products_that_are_rounded_again_are_told_with_a_remedy() -> None:
    given = ["x", "s", "z", "W", "s", "z", "s", "z"]
    held = {"s": np.float32(0.1), "z": np.int8(0), "W": WEIGHT}
    made = node("QLinearMatMul", given, ["y"])
    (told,) = refused(model([made], [info("x", [2, 4], I8)], [info("y", None, I8)], **held))
    assert "QLinearMatMul" in told.message
    assert "DequantizeLinear" in told.helps[0]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (node("Gelu", ["x"], ["y"], domain="com.microsoft"), "com.microsoft"),
        (node("RandomNormalLike", ["x"], ["y"]), "as an input"),
        (node("GridSample", ["x", "x"], ["y"]), "gradc ops"),
        (node("NonZero", ["x"], ["y"]), "Where"),
    ],
)
def test_whatever_is_not_there_is_told_with_what_could_be_done(made: Any, said: str) -> None:
    (told,) = refused(model([made], [info("x", [2, 3])], [info("y", None)]))
    assert "there is no counterpart of" in told.message
    assert any(said in help_ for help_ in told.helps)
