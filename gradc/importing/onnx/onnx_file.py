"""An ONNX file as a model: read, its functions written out, its inputs declared, its nodes said."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.inliner import inline_local_functions

from gradc.diagnostics import error
from gradc.importing.foreign import Tensor, Unsupported, first_line, language_type
from gradc.importing.making import Making
from gradc.importing.onnx import (  # noqa: F401 - each fills the table of operators
    control_nodes,
    conv_nodes,
    elementwise_nodes,
    loss_nodes,
    movement_nodes,
    norm_nodes,
    picking_nodes,
    quantised_nodes,
    recurrent_nodes,
    reduction_nodes,
    resize_nodes,
    window_nodes,
)
from gradc.importing.onnx.bound import Bound, Known
from gradc.importing.onnx.claims import DAMAGED, NoModel, element_name, hold
from gradc.importing.onnx.learned import Learned
from gradc.importing.onnx.module_names import modules_of
from gradc.importing.onnx.room import Room
from gradc.importing.onnx.walk import Progress, Stop, Walk
from gradc.ir.sizes import Poly
from gradc.syntax.keywords import KEYWORDS, instead_of


def read_onnx(
    path: Path,
    settings: Mapping[str, Any] | None = None,
    batch: str | None = None,
    progress: Progress | None = None,
) -> Making:
    """The model in a file, made step by step; what is unsupported is in its `missing`.

    `settings` are inputs that are constants, `batch` names the first axis of the inputs where it is
    1 in the file. Raises NoModel, or DiagnosticError where a setting has no place.
    """
    try:
        model = onnx.load(str(path))
    except FileNotFoundError as failure:
        message = f"{path.name} keeps weights in a file that is not there: {failure}"
        raise NoModel(message, "the file stands beside the model") from None
    except OSError:
        raise
    except Exception as failure:  # whatever is in the file: the loader's failures are of any class
        raise NoModel(f"{path.name} is no ONNX model: {first_line(failure)}") from None
    return made_of(model, settings, batch, progress)


def made_of(
    model: Any,
    settings: Mapping[str, Any] | None = None,
    batch: str | None = None,
    progress: Progress | None = None,
) -> Making:
    """As `read_onnx`, of a model that is in memory."""
    if not model.graph.output:
        held = "gives nothing: it has no output" if model.graph.node else "holds no graph"
        raise NoModel(f"the file {held}")
    hold(model)
    model = _inlined(model)
    versions = {o.domain if o.domain != "ai.onnx" else "": o.version for o in model.opset_import}
    making = Making()
    arrays = [t.name for t in model.graph.initializer]
    learned = Learned(making, set(_modules(model.graph)), arrays)
    room = Room(sum(math.prod(t.dims) for t in model.graph.initializer))
    walk = Walk(making, learned, versions, _element_types(model), room, progress=progress)
    walk.batch = making.dim(batch) if batch else None
    walk.hold(model.graph)
    _declare(walk, model.graph, dict(settings or {}), batch)
    walk.run(model.graph)
    names = output_names(model)
    for output in model.graph.output:
        try:
            bound = walk.find(output.name)
        except Stop:  # what it needs has been told of
            if not making.missing:
                making.cannot(output.name, Unsupported("nothing makes this output", DAMAGED))
            continue
        try:
            making.output(names[output.name], _given(making, learned, bound))
        except Unsupported as failure:
            making.cannot(output.name, failure)
    return making


def _given(making: Making, learned: Learned, bound: Bound) -> Tensor:
    """An output as a tensor: what is known of it is a constant. Raises Unsupported."""
    if isinstance(bound, Known):
        return learned.tensor(bound) if bound.data.dtype == object else making.known(bound.data)
    if not isinstance(bound, Tensor):
        raise Unsupported("an output that is a sequence", "give its parts as outputs")
    return bound


def _inlined(model: Any) -> Any:
    """The model, its functions written out. Raises NoModel."""
    if not model.functions:
        return model
    try:
        return inline_local_functions(model)
    except Exception as failure:  # whatever is in the file
        message = f"functions of the model cannot be written out: {first_line(failure)}"
        raise NoModel(message) from None


def _modules(graph: Any) -> Iterator[tuple[str, ...]]:
    """The paths of the modules that nodes are of."""
    for node in graph.node:
        yield from (f.path for f in modules_of(node))
        for attribute in node.attribute:
            yield from _modules(attribute.g)


def input_names(graph: Any) -> dict[str, str]:
    """What the inputs of a graph are called."""
    held = {t.name for t in graph.initializer}
    return _distinct([i.name for i in graph.input if i.name not in held])


def output_names(model: Any) -> dict[str, str]:
    """What the outputs of a model are called in the graph."""
    return _distinct([o.name for o in model.graph.output])


def _distinct(names: list[str]) -> dict[str, str]:
    """Names of the language, each once."""
    found: dict[str, str] = {}
    for name in names:
        wanted = called = _identifier(name)
        count = 1
        while called in found.values():
            count += 1
            called = f"{wanted}_{count}"
        found[name] = called
    return found


def _element_types(model: Any) -> dict[str, int]:
    """The element types that ONNX infers, by the names of values."""
    try:
        inferred = onnx.shape_inference.infer_shapes(model)
    except Exception:  # it refuses what it does not know; most models are well without
        inferred = model
    values = [*inferred.graph.input, *inferred.graph.value_info]
    return {v.name: v.type.tensor_type.elem_type for v in values}


def _declare(walk: Walk, graph: Any, settings: dict[str, Any], batch: str | None) -> None:
    """Inputs as tensors, or as what they are set to."""
    making = walk.making
    held = {t.name for t in graph.initializer}
    dims: dict[str, str] = {}
    names = input_names(graph)
    for declared in graph.input:
        name = declared.name
        if name in held and name not in settings:
            continue
        kind = declared.type.tensor_type
        if not declared.type.HasField("tensor_type"):
            making.cannot(name, Unsupported("an input that is no tensor"))
            continue
        try:
            dtype = _element(kind.elem_type)
            if name in settings:
                walk.values[name] = _settled(name, settings.pop(name), dtype, kind)
                continue
            element = language_type(dtype)
        except Unsupported as failure:
            making.cannot(name, failure)
            continue
        if not kind.HasField("shape"):
            making.cannot(name, Unsupported("an input whose rank the file does not say"))
            continue
        shape: list[int | Poly] = []
        for axis, dim in enumerate(kind.shape.dim):
            size = dim.dim_value
            if batch and axis == 0 and (size == 1 or not size):
                shape.append(making.dim(batch))
            elif size > 0 or (dim.HasField("dim_value") and size == 0 and not dim.dim_param):
                shape.append(size)
            else:
                shape.append(_dimension(walk, dims, settings, dim.dim_param, name, axis))
        walk.values[name] = making.input(names[name], element, shape)
    unknown = [n for n in settings if n not in dims.values() and n not in dims]
    if unknown:
        inputs = [i.name for i in graph.input if i.name not in held]
        told = ", ".join(f"`{n}`" for n in (*inputs, *dict.fromkeys(dims.values())))
        message = f"`--set {unknown[0]}`: the model has no such input or free size"
        raise error("E0603", message, None, helps=[f"there are {told}"])


def _element(kind: int) -> np.dtype[Any]:
    """NumPy's element type of one of ONNX's. Raises Unsupported."""
    name = element_name(kind)
    if not name:
        told = "the file does not say its element type"
        raise Unsupported(f"there is no element type {kind}" if kind else told, DAMAGED)
    if kind == TensorProto.STRING:
        raise Unsupported("there are no strings", "elements are f32, f64, i32, i64, bool")
    found: np.dtype[Any] = np.dtype(helper.tensor_dtype_to_np_dtype(kind))
    return found


def _settled(name: str, value: Any, dtype: np.dtype[Any], kind: Any) -> Known:
    """The value of an input that is a constant. Raises DiagnosticError where it cannot be that."""
    try:
        array = np.asarray(value, dtype)
    except (ValueError, TypeError, OverflowError):
        message = f"`--set {name}` is not of the element type {dtype.name}"
        raise error("E0603", message, None) from None
    dims = kind.shape.dim if kind.HasField("shape") else ()
    sizes = [d.dim_value for d in dims]
    fits = array.ndim == len(sizes) and all(
        s in (0, n) for s, n in zip(sizes, array.shape, strict=True)
    )
    if kind.HasField("shape") and not fits:
        message = f"`--set {name}` has the shape {list(array.shape)}, the model's is {sizes}"
        raise error(
            "E0603", message, None, helps=["0 stands for a free size"] if 0 in sizes else []
        )
    return Known(array)


def _dimension(
    walk: Walk, dims: dict[str, str], settings: Mapping[str, Any], name: str, owner: str, axis: int
) -> int | Poly:
    """A free dimension: by its own name, or one of the input's own where that tells nothing.

    A setting may fix it, by the name in the file or by the one that it has here.
    """
    told = re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", name)
    key = name if name not in ("", "?") else f"{owner}:{axis}"
    if key not in dims:
        wanted = called = _dim_name(name, name.rsplit(".", maxsplit=1)[-1] if told else "", axis)
        count = 1
        while called in dims.values():
            count += 1
            called = f"{wanted}{count}"
        dims[key] = called
    for asked in (key, dims[key]):
        if asked in settings:
            return int(np.asarray(settings[asked]).item())
    return walk.making.dim(dims[key])


def _dim_name(name: str, short: str, axis: int) -> str:
    """`batch` is B and `sequence` T; a made-up name is a letter by the axis."""
    lowered = name.lower()
    if "batch" in lowered or (axis == 0 and (not short or _is_made(name))):
        return "B"
    if "seq" in lowered:
        return "T"
    if not short or _is_made(name):
        return "BCHW"[axis] if axis < 4 else "N"
    return short[0].upper() + short[1:] if short.isidentifier() else f"N{axis}"


def _is_made(name: str) -> bool:
    return re.search(r"(?i)dynamic|unk_|^dim_?\d|^d\d+$|^s\d+$", name) is not None


def _identifier(name: str) -> str:
    """A name of the language."""
    name = re.sub(r":\d+$", "", name)
    found = re.sub(r"\W+", "_", name.split("/")[-1], flags=re.ASCII).strip("_")
    found = re.sub(r"^serving_default_", "", found)
    if not found or not found[0].isalpha():
        found = f"y{found}" if found else "y"
    return instead_of(found) if found in KEYWORDS else found
