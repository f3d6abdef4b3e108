"""A spelling, worked out on known numbers: its expression is walked, nothing is run."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from gradc.ir.operation import Operation
from gradc.targets.numpy.known.array import Array, array_of, known
from gradc.targets.numpy.known.movement import MOVEMENT
from gradc.targets.numpy.known.reductions import REDUCTIONS
from gradc.targets.numpy.known.ufuncs import UFUNCS
from gradc.targets.numpy.spelling import spelling_of

FUNCTIONS = {**UFUNCS, **REDUCTIONS, **MOVEMENT}
"""The functions of NumPy that are known, by its names."""

_CONSTANTS = {"inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e}
_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power",
    ast.MatMult: "matmul",
    ast.USub: "negative",
    ast.Eq: "equal",
    ast.NotEq: "not_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}


class _Unspoken(Exception):
    """A spelling says what is not worked out at compile time."""


def evaluate(
    op: Operation, arguments: Sequence[Any], dtypes: Sequence[str], attrs: Sequence[Any]
) -> Any:
    """The operation on numbers and nested tuples of these element types, as the same.

    None where the spelling needs NumPy itself: it is left to run time.
    """
    operands: list[Any] = [array_of(a, d) for a, d in zip(arguments, dtypes, strict=True)]
    formals = [f.name for f in op.operands]
    names: dict[str, Any] = dict(zip([f.name for f in op.attributes], attrs, strict=True))
    if any(f.is_list for f in op.operands):
        names[formals[0]] = operands
    else:
        names.update(zip(formals, operands, strict=True))
    try:
        return known(_value(_expression(op), names)).nested()
    except _Unspoken:
        return None


@cache
def _expression(op: Operation) -> ast.expr:
    text = spelling_of(op).expression([f.name for f in op.operands])
    return ast.parse(text, mode="eval").body


def _value(expr: ast.expr, names: Mapping[str, Any]) -> Any:
    """What an expression stands for: an array, or an attribute as it is."""
    match expr:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Constant():
            return expr.value
        case ast.Attribute(ast.Name("np"), name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Call(ast.Attribute(ast.Name("np"), name)):
            return _called(name, [], expr, names)
        case ast.Call(ast.Attribute(owner, name)):
            return _called(name, [_value(owner, names)], expr, names)
        case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]):
            return _applied(sign, [_value(left, names), _value(right, names)])
        case ast.UnaryOp(sign, operand):
            return _applied(sign, [_value(operand, names)])
    raise _Unspoken(ast.unparse(expr))


def _called(name: str, first: list[Any], call: ast.Call, names: Mapping[str, Any]) -> Any:
    if name not in FUNCTIONS:
        raise _Unspoken(name)
    operands = list(first)
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            operands += _value(argument.value, names)
        else:
            operands.append(_value(argument, names))
    words = {k.arg: _value(k.value, names) for k in call.keywords if k.arg}
    return FUNCTIONS[name](*operands, **words)


def _applied(sign: ast.AST, operands: list[Any]) -> Any:
    if type(sign) not in _SIGNS:
        raise _Unspoken(ast.dump(sign))
    made = FUNCTIONS[_SIGNS[type(sign)]](*operands)
    return made if any(isinstance(o, Array) for o in operands) else made.items[0]
