"""Operators that ONNX defines by other operators: their bodies, for the inputs of a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import AttributeProto, FunctionProto, NodeProto, TypeProto, defs, helper

from gradc.importing.foreign import Tensor, numpy_type
from gradc.importing.onnx.bound import Bound, Known
from gradc.ir.sizes import Poly


def body_of(proto: Any, version: int, inputs: Sequence[Bound]) -> Any:
    """The function that a node is a call of, its attributes filled in; None where it is none."""
    try:
        schema = defs.get_schema(proto.op_type, version, proto.domain)
    except defs.SchemaError:
        return None
    if schema.has_context_dependent_function:
        types = [_type_of(i).SerializeToString() for i in inputs]
        text = schema.get_context_dependent_function(proto.SerializeToString(), types)
        body = FunctionProto()
        body.ParseFromString(text)
    elif schema.has_function:
        body = schema.function_body
    else:
        return None
    given = {a.name: a for a in proto.attribute}
    for name, declared in schema.attributes.items():
        if name not in given and declared.default_value.name:
            given[name] = declared.default_value
    found = FunctionProto()
    found.CopyFrom(body)
    for node in found.node:
        _fill(node, given)
    return found


def _fill(node: NodeProto, given: dict[str, AttributeProto]) -> None:
    """Attributes that refer to those of the call, as what they are there."""
    kept = []
    for attribute in node.attribute:
        if attribute.ref_attr_name:
            if attribute.ref_attr_name not in given:
                continue
            filled = AttributeProto()
            filled.CopyFrom(given[attribute.ref_attr_name])
            filled.name = attribute.name
            kept.append(filled)
            continue
        for inner in (attribute.g, *attribute.graphs):
            for below in inner.node:
                _fill(below, given)
        kept.append(attribute)
    copies = [AttributeProto.FromString(a.SerializeToString()) for a in kept]
    del node.attribute[:]
    node.attribute.extend(copies)


def _type_of(bound: Bound) -> TypeProto:
    if isinstance(bound, Known):
        dtype = np.dtype(np.int64) if bound.data.dtype == object else bound.data.dtype
    elif isinstance(bound, Tensor):
        dtype = numpy_type(bound.dtype)
    else:
        return TypeProto()
    sizes = [str(s) if isinstance(s, Poly) else s for s in bound.shape]
    return helper.make_tensor_type_proto(helper.np_dtype_to_tensor_dtype(dtype), sizes)
