"""Operations as chain rules show them: in the words of the graph."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Apply
from gradc.targets.python.attributes import size
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
        return size(node.attrs[0], str)
    if name in _SIGNS:
        return Binary(_SIGNS[name], *operands)
    if name == "negative":
        return Unary("-", operands[0])
    if name == "transpose" and node.result.type.rank == 2:
        return Attribute(operands[0], "T")
    if name == "astype":
        return operands[0]  # the element type is no part of a formula
    given = [*zip(node.op.attributes, node.attrs, strict=True)]
    told = [(f.name, _word(value)) for f, value in given if value != f.default]
    if any(word is None for _, word in told):
        return None
    return Call(Atom(name), operands, [(key, Atom(word)) for key, word in told if word])


def _word(value: object) -> str | None:
    """An argument of compile time as one writes it; None where it is too much for a formula."""
    if isinstance(value, tuple):
        words = [_word(v) for v in value]
        return None if None in words else f"[{', '.join(w for w in words if w)}]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, int | None) else None
