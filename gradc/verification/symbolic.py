"""Running a graph of scalars on symbols: what SymPy's formulas of the operations make of it.

An operation that works element by element states its value as a formula (`sympy` in its stanza).
A derivative rule is a graph of such operations, so it becomes an expression too, which is held
against the derivative that SymPy makes of the formula itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean

from gradc.ir.node import Apply, Node, Value
from gradc.ir.operation import Operation
from gradc.verification.interpret import CannotInterpretError

Expressions = dict[Value, Any]

_SAME = frozenset(["reshape", "broadcast_to", "transpose", "stop_gradient"])
"""Operations that leave a scalar as it is."""

_LOGICAL = frozenset(["where", "logical_and", "logical_or", "logical_not"])
"""Operations that take conditions as conditions; to others they are 0 or 1."""

_KNOWN = (sympy.pi, sympy.E, sympy.log(2), sympy.log(10), 2 / sympy.sqrt(sympy.pi))
_NUMBERS = {float(c): c for c in (*_KNOWN, sympy.oo, -sympy.oo)}
"""What floats in rules stand for."""


def run_on_symbols(nodes: Iterable[Node], values: Expressions) -> Expressions:
    """Adds an expression for each result of the nodes, all of them on scalars, to `values`."""
    for node in nodes:
        values[node.result] = _expression(node, [values[v] for v in node.operands])
    return values


def exact(number: Any) -> Any:
    """The number that a float stands for: pi rather than its first sixteen digits."""
    if isinstance(number, bool):
        return sympy.true if number else sympy.false
    return _NUMBERS.get(number) or sympy.Rational(number)


def _expression(node: Node, operands: list[Any]) -> Any:
    if not isinstance(node, Apply):
        raise CannotInterpretError(f"`{node.name}` has no formula")
    op = node.op
    if op.name == "constant":
        return exact(node.attrs[0])
    if op.name == "zeros":
        return sympy.Integer(0)
    if op.name == "astype":
        return operands[0] if node.attrs[0] == "bool" else _number(operands[0])
    if op.name == "sum" and not node.operands[0].type.shape:
        return operands[0]
    if op.name in _SAME:
        return operands[0]
    formula = sympy_text(op)
    if not formula:
        raise CannotInterpretError(f"`{op.name}` has no formula")
    if op.name not in _LOGICAL:
        operands = [_number(v) for v in operands]
    names = dict(zip((f.name for f in op.operands), operands, strict=True))
    names |= dict(zip((f.name for f in op.attributes), node.attrs, strict=True))
    # The text comes from gradc's own library, never from a user.
    return sympy.sympify(eval(formula, vars(sympy) | names))


def sympy_text(op: Operation) -> str:
    """The value of an operation in SymPy's words, where it works element by element."""
    return "".join(op.spellings.get("sympy", ()))


def _number(value: Any) -> Any:
    is_condition = isinstance(value, Boolean) and not isinstance(value, sympy.Symbol)
    return sympy.Piecewise((1, value), (0, True)) if is_condition else value
