"""The file of a model, as ONNX lays it out; and what ONNX itself says of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import onnx
from onnx import helper, numpy_helper

from gradc.ir.sizes import substitute
from gradc.targets.onnx.model import IR_VERSION, OPSET, Body, Model, Operator, Tensor

_TYPES = {
    "f32": onnx.TensorProto.FLOAT,
    "f64": onnx.TensorProto.DOUBLE,
    "i32": onnx.TensorProto.INT32,
    "i64": onnx.TensorProto.INT64,
    "bool": onnx.TensorProto.BOOL,
}


def file_of(model: Model) -> bytes:
    """The bytes of a model, which are the same each time."""
    body = model.body
    constants = [numpy_helper.from_array(array, t.name) for t, array in model.constants.items()]
    graph = helper.make_graph(
        [_node(model, o) for o in body.operators],
        body.name,
        [_info(model, t) for t in body.inputs],
        [_info(model, t) for t in body.outputs],
        constants,
        value_info=_infos(model, body),
    )
    made = helper.make_model(
        graph,
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="gradc",
        producer_version=model.version,
        doc_string=model.doc,
    )
    helper.set_model_props(made, dict(model.told))
    found: bytes = made.SerializeToString(deterministic=True)
    return found


def problem_of(data: bytes) -> str | None:
    """What ONNX finds wrong with a file; None where it is right, its types and shapes too."""
    try:
        onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as failure:
        return str(failure)
    return None


def _node(model: Model, operator: Operator) -> Any:
    told = {k: _TYPES[v] if k == "to" else v for k, v in operator.attributes.items()}
    bodies = {
        key: helper.make_graph(
            [_node(model, o) for o in body.operators],
            body.name,
            [_info(model, t) for t in body.inputs],
            [_info(model, t) for t in body.outputs],
            value_info=_infos(model, body),
        )
        for key, body in operator.bodies.items()
    }
    outputs = [t.name for t in operator.outputs]
    return helper.make_node(
        operator.kind,
        [t.name for t in operator.inputs],
        outputs,
        name=outputs[0],
        doc_string=operator.doc or None,
        **told,
        **bodies,
    )


def _infos(model: Model, body: Body) -> Iterable[Any]:
    """The types of what is made on the way, where they are known."""
    given = {*body.inputs, *body.outputs}
    made = [t for o in body.operators for t in o.outputs]
    return [_info(model, t) for t in made if t.kind is not None and t not in given]


def _info(model: Model, tensor: Tensor) -> Any:
    kind, doc = _TYPES[tensor.dtype], model.docs.get(tensor, "")
    shape = None
    if tensor.kind is not None:
        sizes = [substitute(size, dict(model.dims)) for size in tensor.kind.shape]
        shape = [size if isinstance(size, int) else str(size) for size in sizes]
    return helper.make_tensor_value_info(tensor.name, kind, shape, doc_string=doc)
