"""Operations as chain rules show them: in the words of the graph."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Apply
from gradc.targets.python.expression import Atom, Attribute, Binary, Call, Expr, Unary

_SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@",
    "greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==",
    "not_equal": "!=", "floor_divide": "//", "remainder": "%", "logical_and": "&",
    "logical_or": "|",
}  # fmt: skip


def spell(node: Apply, operands: Sequence[Expr]) -> Expr | None:
    """A node over its operands; None where a formula says nothing of what it does."""
    name = node.name
    if name == "constant":
        value, text = node.attrs
        return Atom(text or repr(value))
    if name == "size":
        return Atom(str(node.attrs[0]))
    if name in _SIGNS:
        return Binary(_SIGNS[name], *operands)
    if name == "negative":
        return Unary("-", operands[0])
    if name == "transpose" and node.result.type.rank == 2:
        return Attribute(operands[0], "T")
    given = [*zip(node.op.attributes, node.attrs, strict=True)]
    told = [(f.name, value) for f, value in given if value != f.default]
    if any(not isinstance(value, int | None) for _, value in told):
        return None
    return Call(Atom(name), operands, [(key, Atom(str(value).lower())) for key, value in told])
