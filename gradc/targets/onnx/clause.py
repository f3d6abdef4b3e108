"""The `onnx` clauses of stanzas: operators over the names of operands.

`Where(x > 0, x, 0)` is Python's grammar: calls are operators with their attributes as keywords,
what Python has signs for may be written with them, and a name in small letters is a function of
`functions.py`, which writes several operators.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

from gradc.targets.onnx.functions import FUNCTIONS
from gradc.targets.onnx.logic import applied
from gradc.targets.onnx.model import Tensor
from gradc.targets.onnx.writer import Writer

_SIGNS: Mapping[type, str] = {
    ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Div: "Div", ast.USub: "Neg",
    ast.Lt: "Less", ast.LtE: "LessOrEqual", ast.Gt: "Greater", ast.GtE: "GreaterOrEqual",
    ast.Eq: "Equal", ast.And: "And", ast.Or: "Or", ast.Not: "Not",
}  # fmt: skip


@cache
def parsed(text: str) -> ast.expr:
    """A clause as a tree."""
    return ast.parse(text, mode="eval").body


def written(writer: Writer, text: str, names: Mapping[str, Tensor], dtype: str) -> Tensor:
    """A clause over tensors; numbers are of an element type."""
    return _Reader(writer, names, dtype).tensor(parsed(text))


class _Reader:
    """Writes what it reads at once."""

    def __init__(self, writer: Writer, names: Mapping[str, Tensor], dtype: str):
        self.writer, self.names, self.dtype = writer, names, dtype

    def tensor(self, tree: ast.expr) -> Tensor:
        match tree:
            case ast.Name(id="inf"):
                return self.writer.number(float("inf"), self.dtype)
            case ast.Name(id=name):
                return self.names[name]
            case ast.Constant(value=value):
                return self.writer.number(value, self.dtype)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as constant):
                return self.writer.number(-self.number(constant), self.dtype)
            case ast.UnaryOp(op=sign, operand=operand):
                return self.apply(_SIGNS[type(sign)], [operand])
            case ast.BinOp(op=sign, left=left, right=right):
                return self.apply(_SIGNS[type(sign)], [left, right])
            case ast.BoolOp(op=sign, values=[left, right]):
                return self.apply(_SIGNS[type(sign)], [left, right])
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return self.apply(_SIGNS[type(sign)], [left, right])
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
                told = {k.arg: ast.literal_eval(k.value) for k in keywords if k.arg}
                return self.apply(name, args, told)
        raise AssertionError(f"no clause: {ast.unparse(tree)}")

    def number(self, constant: ast.Constant) -> Any:
        return constant.value

    def apply(
        self, name: str, args: list[ast.expr], told: Mapping[str, Any] | None = None
    ) -> Tensor:
        given = [self.tensor(arg) for arg in args]
        if name in FUNCTIONS:
            return FUNCTIONS[name](self.writer, *given)
        return applied(self.writer, name, given, **(told or {}))
