"""Whether the ONNX model of a graph, run by onnxruntime, and its NumPy module agree."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Compilation, Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.ir.loop import all_nodes
from gradc.library.loader import StandardLibrary
from gradc.source import Source
from gradc.targets.onnx.target import Onnx
from gradc.verification.emitted import Module, Point
from gradc.verification.sample import Sampler
from tests.targets_c.agreement import LEAST, agree_on

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

ROUGH = {"float64": 1e-11, "float32": 3e-5}
"""onnxruntime sums in an order of its own, and its functions of f32 are short polynomials."""

UNKNOWN = re.compile(r"Could not find an implementation for (\w+)\(")
"""What onnxruntime says of an operator that it has no kernel for."""


class NoKernel(Exception):
    """onnxruntime does not run an operator for an element type."""


def session(data: bytes) -> Any:
    """A model in onnxruntime. Raises NoKernel."""
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        return runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as failure:
        if (found := UNKNOWN.search(str(failure))) is not None:
            raise NoKernel(found[1]) from None
        raise


def agree(
    source: Source,
    options: Options | None = None,
    point: Point | None = None,
    library: StandardLibrary | None = None,
    rtol: Mapping[str, float] = ROUGH,
    refused: str | None = None,
) -> list[str]:
    """Compares outputs, and gradients but for graphs that draw; the kernels that are missing.

    Where one is, the same graph is compared in f32. An operation of backward may be `refused`.
    """
    missing = []
    for text in (source.text, in_single(source.text)):
        try:
            given = Source(source.name, text), options
            agree_as_written(*given, point, library, rtol, refused)
        except NoKernel as failure:
            missing.append(str(failure))
        else:
            return missing
    raise AssertionError(f"no kernel in f32: {missing}")


def in_single(text: str) -> str:
    """The graph with f32 for f64."""
    text = re.sub(r"\bf64\b", "f32", text)
    return text if re.search(r"^dtype ", text, re.MULTILINE) else f"dtype f32\n{text}"


def agree_as_written(
    source: Source,
    options: Options | None = None,
    point: Point | None = None,
    library: StandardLibrary | None = None,
    rtol: Mapping[str, float] = ROUGH,
    refused: str | None = None,
) -> None:
    """The same in the types that the graph states. Raises NoKernel."""
    options = options or Options()
    plain = compile_source(source, replace(options, level=0), library)
    graph = plain.program.graph
    point = point or next(iter([*Sampler(graph, 0, {}).points(2)][1]))
    if any(n.traits.impure and not n.traits.in_training for n in all_nodes(graph.nodes)):
        with pytest.raises(DiagnosticError, match=r"E0502: .* draws numbers"):
            compile_source(source, options, library, target=Onnx())
        return
    compilation = compile_source(source, options, library, target=Onnx())
    runs = session(content(compilation))
    for part in compilation.program.parts:
        one_of = part.graph.loss if len(graph.losses) > 1 else None
        module = Module(plain.text, "net.py", one_of)
        _compare_outputs(runs, compilation, trained(module, training=False), point, rtol)
    if graph.training is not None and any(n.traits.impure for n in all_nodes(graph.nodes)):
        with pytest.raises(DiagnosticError, match="E0502: dropout"):
            compile_source(source, options, library, target=Onnx(gradients=True))
        return
    if refused is not None:
        with pytest.raises(DiagnosticError, match=f"E0502: `{refused}`"):
            compile_source(source, options, library, target=Onnx(gradients=True))
        return
    if not any(p.graph.gradients for p in compilation.program.parts):
        return
    compilation = compile_source(source, options, library, target=Onnx(gradients=True))
    runs = session(content(compilation))
    for part in compilation.program.parts:
        one_of = part.graph.loss if len(graph.losses) > 1 else None
        module = Module(plain.text, "net.py", one_of)
        _compare_outputs(runs, compilation, module, point, rtol)
        _compare_gradients(runs, part.graph, module, point, rtol)


def content(compilation: Compilation) -> bytes:
    data = compilation.files[".onnx"]
    assert isinstance(data, bytes)
    return data


def trained(module: Module, *, training: bool) -> Module:
    """The module, told whether it is trained."""
    forward = module._namespace["forward"]

    @functools.wraps(forward)
    def told(*given: Any, **named: Any) -> Any:
        return forward(*given, **(named | ({"training": training} if "training" in named else {})))

    module._namespace["forward"] = told
    return module


def feeds(runs: Any, module: Module, point: Point) -> dict[str, Any]:
    """What the model is given at a point."""
    given = {**point.params, **point.inputs}
    if states := module._graph.get("state", {}):
        given |= dict(zip(states, module._namespace["_state"](None), strict=True))
    cotangents = {f"d_{name}": value for name, value in point.cotangents.items()}
    given = {"training": True, **given, **cotangents}
    kinds = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(bool)": "bool"}
    kinds |= {"tensor(int64)": "int64", "tensor(int32)": "int32"}
    return {i.name: np.asarray(given[i.name], kinds[i.type]) for i in runs.get_inputs()}


def outputs_of(runs: Any, module: Module, point: Point) -> dict[str, Any]:
    names = [o.name for o in runs.get_outputs()]
    try:
        return dict(zip(names, runs.run(names, feeds(runs, module, point)), strict=True))
    except Exception as failure:
        if (found := UNKNOWN.search(str(failure))) is not None:
            raise NoKernel(found[1]) from None
        raise


def _compare_outputs(
    runs: Any, compilation: Compilation, module: Module, point: Point, rtol: Mapping[str, float]
) -> None:
    found = outputs_of(runs, module, point)
    outputs, _, *state = module._called("forward", point)
    for output in compilation.program.graph.outputs:
        agree_on(found[output.name], module.output(outputs, output.name), output.name, LEAST, rtol)
    for name, value in state[0].items() if state else ():
        agree_on(found[f"next_{name}"], value, f"next_{name}", LEAST, rtol)


def _compare_gradients(
    runs: Any, graph: Any, module: Module, point: Point, rtol: Mapping[str, float]
) -> None:
    found = outputs_of(runs, module, point)
    wanted = module.gradients(point)
    sizes = [np.abs(np.nan_to_num(g)).max(initial=0) for g in wanted.values()]
    largest = max(map(float, sizes), default=0.0)
    begins = f"d{graph.loss}_d" if graph.loss else "d_"
    for name, value in wanted.items():
        agree_on(found[f"{begins}{name}"], value, f"d{name}", largest, rtol)
