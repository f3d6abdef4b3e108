"""Arrays that are made of nothing but their shape."""

from __future__ import annotations

from typing import Any

from gradc.ir.node import Apply
from gradc.ir.sizes import Poly
from gradc.targets.c.expression import Expr, binary, cast, ternary
from gradc.targets.c.identifiers import TYPES, number
from gradc.targets.c.reading import ElementRule, Reader, broadcast_index
from gradc.targets.c.sizes import Index


def _zeros(reader: Reader, node: Apply, index: Index) -> Expr:
    return Expr(number(0, node.result.type.dtype))


def _ones(reader: Reader, node: Apply, index: Index) -> Expr:
    return Expr(number(1, node.result.type.dtype))


def _full(reader: Reader, node: Apply, index: Index) -> Expr:
    value = node.operands[-1]
    return reader.read(value, broadcast_index(value, index), node.result.type.dtype)


def _eye(reader: Reader, node: Apply, index: Index) -> Expr:
    return _on_diagonal(reader, node, index, "==")


def _tri(reader: Reader, node: Apply, index: Index) -> Expr:
    return _on_diagonal(reader, node, index, "<=")


def _on_diagonal(reader: Reader, node: Apply, index: Index, relation: str) -> Expr:
    row, column = index
    condition = binary(relation, reader.size(column), reader.size(row + node.attr("k")))
    return _one_where(condition, node.result.type.dtype)


def _one_where(condition: Expr, dtype: str) -> Expr:
    """1 where a condition holds, else 0."""
    return ternary(condition, Expr(number(1, dtype)), Expr(number(0, dtype)))


def _arange(reader: Reader, node: Apply, index: Index) -> Expr:
    start, stop, step = node.attr("start"), node.attr("stop"), node.attr("step")
    low = 0 if stop is None else start
    (at,) = index
    dtype = node.result.type.dtype
    if all(isinstance(v, int | Poly) for v in (low, step)):
        counted = reader.size(low + step * at)
        return counted if dtype == "i64" else cast(TYPES[dtype], counted)
    return _counted(low, step, reader.size(at), dtype)


def _counted(low: Any, step: Any, at: Expr, dtype: str) -> Expr:
    """NumPy counts in double precision."""
    steps = binary("*", cast("double", at), Expr(number(step, "f64")))
    return cast(TYPES[dtype], binary("+", Expr(number(low, "f64")), steps))


def _one_hot(reader: Reader, node: Apply, index: Index) -> Expr:
    labels = reader.read(node.operands[0], index[:-1], "i64")
    condition = binary("==", labels, reader.size(index[-1]))
    return _one_where(condition, node.result.type.dtype)


RULES: dict[str, ElementRule] = {
    "zeros": _zeros,
    "ones": _ones,
    "full": _full,
    "zeros_like": _zeros,
    "ones_like": _ones,
    "full_like": _full,
    "eye": _eye,
    "tri": _tri,
    "arange": _arange,
    "one_hot": _one_hot,
}
