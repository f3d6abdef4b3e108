"""Nodes whose inputs are known are worked out: sizes by form, everything else as ONNX says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from gradc.importing.foreign import Tensor, Unsupported
from gradc.importing.onnx.bound import (
    Array,
    Bound,
    Known,
    Sizes,
    array_of,
    has_free,
    settings_of,
    sizes_of,
)
from gradc.importing.onnx.module_names import is_made_up
from gradc.importing.onnx.room import MAX_SETTLED, Room
from gradc.ir.certain import never_zero
from gradc.ir.sizes import Poly, floor_divide, maximum, minimum, never_negative

_DRAWS = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli",
          "Multinomial", "Dropout"}  # fmt: skip
_SAID = _DRAWS | {"DequantizeLinear"}
"""Operators that are said even of what is known: a draw, and a weight that is learned."""


def settle(
    proto: Any, version: int, inputs: Sequence[Bound], room: Room
) -> tuple[Known, ...] | None:
    """The outputs of a node, if its inputs are known; None where only the model can tell."""
    sized = _sized(proto, inputs)
    if sized is not None:
        return sized
    if proto.op_type in _SAID or not all(i is None or isinstance(i, Known) for i in inputs):
        return None
    known = [i for i in inputs if isinstance(i, Known)]
    if _runs_graphs(proto) or any(_is_text(k.data) for k in known):
        return None
    if any(has_free(k.data) for k in known):
        found = _by_form(proto, [k.data for k in known])
        if found is None and proto.op_type in _COMPARED:
            raise undecided(proto.op_type, [k.data for k in known])
        return None if found is None else (Known(found),)
    if proto.op_type == "Identity" and known[0].learned and not is_made_up(proto.output[0]):
        # Weights that are equal in the file are held once, by exporters that save space.
        return (Known(known[0].data, proto.output[0], learned=True),)
    arrays = [None if not isinstance(i, Known) else i.data for i in inputs]
    results = _as_onnx_says(proto, version, arrays, room)
    if results is None:
        return None
    room.settled(sum(r.size for r in results))
    learned = [k for k in known if k.learned]
    name = learned[0].name if len(learned) == 1 else next(iter(proto.output), "")
    return tuple(Known(np.asarray(r), name, bool(learned) and r.dtype.kind == "f") for r in results)


def _runs_graphs(proto: Any) -> bool:
    """Whether a node runs graphs of its own, which the walk does: it counts their steps."""
    return any(a.HasField("g") or a.graphs for a in proto.attribute)


def _is_text(data: Array) -> bool:
    return data.dtype.kind in "SU" or (
        data.dtype == object and any(isinstance(n, str | bytes) for n in data.reshape(-1).tolist())
    )


def _as_onnx_says(
    proto: Any, version: int, arrays: Sequence[Array | None], room: Room
) -> list[Array] | None:
    """What the reference implementation of ONNX gives; None where it has none, or it is much."""
    names = [n for n, a in zip(proto.input, arrays, strict=False) if n and a is not None]
    given = {n: a for n, a in zip(proto.input, arrays, strict=False) if n and a is not None}
    try:
        inputs = [
            helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(given[n].dtype), None)
            for n in dict.fromkeys(names)
        ]
        outputs = [
            helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in proto.output if n
        ]
        graph = helper.make_graph([proto], "settled", inputs, outputs)
        opset = helper.make_opsetid(proto.domain, version)
        model = helper.make_model(graph, opset_imports=[opset])
        if not room.fits(_elements(model, given)):
            return None
        with np.errstate(all="ignore"):
            found = ReferenceEvaluator(model).run(None, given)
    except Exception:  # it has no implementation, or refuses: the front says the node itself
        return None
    if not all(isinstance(a, np.ndarray | np.generic) for a in found):
        return None
    results = [np.asarray(a) for a in found]
    return results if room.fits(sum(a.size for a in results)) else None


_FEW = 1024
"""Numbers of an input that may say how large an output is."""


def _elements(model: Any, given: Mapping[str, Array]) -> float:
    """The elements of what a node makes, as far as ONNX infers them, or of what it reads."""
    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    for declared in asked.graph.input:
        array = given[declared.name]
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        declared.CopyFrom(helper.make_tensor_value_info(declared.name, kind, array.shape))
        if array.size <= _FEW:
            asked.graph.initializer.append(numpy_helper.from_array(array, declared.name))
    inferred = onnx.shape_inference.infer_shapes(asked, data_prop=True)
    total = float(sum(a.size for a in given.values()))
    for output in inferred.graph.output:
        sizes = [d.dim_value for d in output.type.tensor_type.shape.dim]
        total = max(total, math.prod(map(float, sizes)))
    return total


def _sized(proto: Any, inputs: Sequence[Bound]) -> tuple[Known, ...] | None:
    """`Shape` and `Size`, which are known of any tensor."""
    if proto.op_type not in ("Shape", "Size") or not isinstance(inputs[0], Known | Tensor):
        return None
    shape: Sizes = inputs[0].shape
    if proto.op_type == "Size":
        total: Any = 1
        for n in shape:
            total = total * n
        return (Known(array_of(total)),)
    bounds = {a.name: a.i for a in proto.attribute}
    return (Known(array_of(shape[bounds.get("start", 0) : bounds.get("end", len(shape))])),)


# --- free sizes: arithmetic by form, in arrays of objects ---


def _divided(a: Any, b: Any) -> Any:
    if not isinstance(b, Poly) and float(b) != int(b):
        raise _Undecided
    return floor_divide(a, b if isinstance(b, Poly) else int(b))


class _Undecided(Exception):
    """What only the sizes at run time can tell."""


def _equal(a: Any, b: Any) -> bool:
    if a == b:
        return True
    if isinstance(difference := a - b, Poly) and not never_zero(difference):
        raise _Undecided
    return False


def _less(a: Any, b: Any) -> bool:
    if never_negative(b - a - 1):
        return True
    if never_negative(a - b):
        return False
    raise _Undecided


def _scaled(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Poly) and isinstance(other, float):
            if other != int(other):
                raise _Undecided
            return one * int(other)
    return a * b


_COMPARED = ("Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual")

_ELEMENTS: dict[str, Callable[..., Any]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": _scaled,
    "Div": _divided,
    "Max": maximum,
    "Min": minimum,
    "Equal": _equal,
    "Less": _less,
    "Greater": lambda a, b: _less(b, a),
    "LessOrEqual": lambda a, b: not _less(b, a),
    "GreaterOrEqual": lambda a, b: not _less(a, b),
    "Neg": lambda a: -a,
    "Floor": lambda a: a,
    "Ceil": lambda a: a,
    "Where": lambda c, a, b: a if c else b,
}


def _by_form(proto: Any, arrays: Sequence[Array]) -> Array | None:
    """The result for arrays some of whose elements are free sizes; None where it is not by form."""
    attributes: dict[str, Any] = {a.name: list(a.ints) or a.i for a in proto.attribute}
    try:
        if proto.op_type in _ELEMENTS:
            function = np.frompyfunc(_ELEMENTS[proto.op_type], len(arrays), 1)
            return _tidy(np.asarray(function(*[a.astype(object) for a in arrays])))
        moved = _MOVING.get(proto.op_type)
        return None if moved is None else _tidy(np.asarray(moved(attributes, *arrays)))
    except (_Undecided, ZeroDivisionError, IndexError, ValueError, TypeError):
        return None


def _tidy(array: Array) -> Array:
    """Integers where no size is free any more."""
    if array.dtype != object or has_free(array):
        return array
    kinds = {type(n) for n in array.reshape(-1).tolist()}
    return array.astype(bool if kinds == {bool} else float if float in kinds else np.int64)


def _axes(attributes: Mapping[str, Any], rest: Sequence[Array]) -> tuple[int, ...] | None:
    axes = rest[0].reshape(-1).tolist() if rest else attributes.get("axes")
    return None if axes is None else tuple(axes)


def _slice(attributes: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    starts = sizes_of(rest[0]) if rest else attributes["starts"]
    ends = sizes_of(rest[1]) if rest else attributes["ends"]
    axes = sizes_of(rest[2]) if len(rest) > 2 else attributes.get("axes", range(len(starts)))
    steps = sizes_of(rest[3]) if len(rest) > 3 else [1] * len(starts)
    entries: list[Any] = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if any(isinstance(n, Poly) for n in (start, end, step)):
            raise _Undecided
        entries[axis] = slice(start, end, step)
    found: Array = x[tuple(entries)]
    return found


def _reshaped(attributes: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    return x.reshape([int(n) for n in rest[0].tolist()])


def _expanded(attributes: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    return np.expand_dims(x, _axes(attributes, rest) or ())


def _spread(attributes: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    wanted: Any = sizes_of(rest[0])
    shape = np.broadcast_shapes(x.shape, wanted)
    if math.prod(shape) > MAX_SETTLED:
        raise _Undecided
    return np.broadcast_to(x, shape)


def _total(attributes: Mapping[str, Any], x: Array, *rest: Array) -> Array:
    keep = bool(attributes.get("keepdims", 1))
    return np.asarray(np.prod(x, axis=_axes(attributes, rest), keepdims=keep))


_MOVING: dict[str, Callable[..., Any]] = {
    "Identity": lambda a, x: x,
    "Cast": lambda a, x: x,
    "Gather": lambda a, x, i: np.take(x, i.astype(np.int64), axis=a.get("axis", 0)),
    "Concat": lambda a, *xs: np.concatenate([x.astype(object) for x in xs], a["axis"]),
    "Slice": _slice,
    "Reshape": _reshaped,
    "Flatten": lambda a, x: x.reshape(1, -1),
    "Unsqueeze": _expanded,
    "Squeeze": lambda a, x, *rest: np.squeeze(x, _axes(a, rest)),
    "ReduceProd": _total,
    "Expand": _spread,
    "Transpose": lambda a, x: np.transpose(x, a.get("perm")),
}


def undecided(op: str, arrays: Sequence[Array]) -> Unsupported:
    """What is raised where a free size would have to be known."""
    told = settings_of(n for a in arrays for n in a.reshape(-1).tolist())
    return Unsupported(f"{op} depends on a size that is free", *told)
