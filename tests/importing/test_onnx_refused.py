"""What is refused of models in ONNX, and what is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto  # noqa: E402

from gradc.importing.onnx.claims import NoModel  # noqa: E402
from gradc.importing.onnx.onnx_file import read_onnx  # noqa: E402
from tests.importing.onnx_made import F, branch, choosing, info, model, node, normal, refused, text  # noqa: E402


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


def test_padding_that_needs_a_size_asks_for_it() -> None:
    made = node("MaxPool", ["x"], ["y"], kernel_shape=[3], strides=[2], auto_pad="SAME_UPPER")
    net = model([made], [info("x", [1, 2, "L"])], [info("y", None)])
    (found,) = refused(net)
    assert "auto_pad" in found.message
    assert "max_pool1d" in text(net, {"L": 9})


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
