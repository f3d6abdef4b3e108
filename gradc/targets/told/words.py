"""Operations as chain rules show them: in the words of the graph."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Apply
from gradc.targets.python.attributes import entry, size
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Binary,
    Call,
    Expr,
    Items,
    Subscript,
    Unary,
)

_SIGNS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "matmul": "@",
    "greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==",
    "not_equal": "!=", "floor_divide": "//", "remainder": "%", "logical_and": "&",
    "logical_or": "|",
}  # fmt: skip

_PUTS = ("index_add", "index_adjoint")


def spell(node: Apply, operands: Sequence[Expr]) -> Expr | None:
    """A node over its operands; None where a formula says nothing of what it does."""
    name = node.name
    if name == "constant":
        value, text = node.attrs
        return Atom(text or repr(value))
    if name == "size":
        return size(node.attrs[0], str)
    if name in _SIGNS:
        return Binary(_SIGNS[name], *operands)
    if name == "negative":
        return Unary("-", operands[0])
    if name == "transpose" and node.result.type.rank == 2:
        return Attribute(operands[0], "T")
    if name == "astype":
        return operands[0]  # the element type is no part of a formula
    if name == "index":
        entries = [Atom("newaxis") if e is None else entry(e, str) for e in node.attr("entries")]
        return Subscript(operands[0], entries)
    if name in _PUTS:
        return None  # another array is made of the one that has the name
    given = [*zip(node.op.attributes, node.attrs, strict=True)]
    told = [(f.name, _word(value)) for f, value in given if value != f.default]
    if any(word is None for _, word in told):
        return None
    takes = [f for f in node.op.formals if f.is_operand]
    if len(takes) == 1 and takes[0].kind == "values":
        operands = [Items(operands, "[]")]
    return Call(Atom(name), operands, [(key, Atom(word)) for key, word in told if word])


def _word(value: object) -> str | None:
    """An argument of compile time as one writes it; None where it is too much for a formula."""
    if isinstance(value, tuple):
        words = [_word(v) for v in value]
        return None if None in words else f"[{', '.join(w for w in words if w)}]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, int | None) else None
