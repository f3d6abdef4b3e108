"""Operators that ONNX has not for all element types that the language has them for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.writer import Writer

COMPARED = frozenset({"Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"})
_TRUTHS = COMPARED | {"And", "Or", "Not", "IsNaN", "IsInf"}
_OF_BOOLS = {"Add": "Or", "Mul": "And", "Max": "Or", "Min": "And"}
"""What arithmetic of bools is, which numbers have operators for."""


def applied(writer: Writer, kind: str, given: Sequence[Tensor], **attributes: Any) -> Tensor:
    """An operator on tensors, of bools too."""
    inputs = list(given)
    if kind == "Where":
        return chosen(writer, *inputs)
    first = inputs[0].dtype
    if first == "bool" and kind in _OF_BOOLS:
        kind = _OF_BOOLS[kind]
    elif first == "bool" and kind in COMPARED and kind != "Equal":
        inputs = [writer.cast(x, "i32") for x in inputs]
    dtype = "bool" if kind in _TRUTHS else first
    return writer.op(kind, *inputs, dtype=dtype, **attributes)


def chosen(writer: Writer, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """`Where`; of bools in their own operators, which all runtimes have."""
    if x.dtype != "bool":
        return writer.op("Where", condition, x, y, dtype=x.dtype)
    otherwise = writer.op("And", writer.op("Not", condition), y)
    return writer.op("Or", writer.op("And", condition, x), otherwise)
