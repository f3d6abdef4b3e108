"""Models in ONNX, made of nodes, and what is asked of them: their texts, and what they compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError
from gradc.importing.imported import imported
from gradc.importing.onnx.onnx_file import made_of
from tests.importing.onnx_agreement import Array, outputs_of

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

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
    options = runtime.SessionOptions()  # (what it makes of products of integers is less exact)
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    wanted = runtime.InferenceSession(net.SerializeToString(), options).run(None, feeds)
    settings = {n: feeds[n] for n in settled}
    for found, want in zip(outputs_of(net, feeds, settings), wanted, strict=True):
        assert found.shape == want.shape
        np.testing.assert_allclose(found, want, rtol=1e-4, atol=1e-5)


def normal(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


def refused(net: Any, **settings: Any) -> Any:
    with pytest.raises(DiagnosticError) as failure:
        imported(made_of(net, settings))
    return failure.value.diagnostics


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
