"""Draws from the caller's generator, one element after the other."""

from __future__ import annotations

from gradc.ir.node import Apply
from gradc.targets.c.expression import Expr, binary, call, cast, ternary
from gradc.targets.c.identifiers import TYPES, number
from gradc.targets.c.reading import ElementRule, Reader
from gradc.targets.c.sizes import Index


def _drawn(reader: Reader, node: Apply, function: str) -> Expr:
    """One number. NumPy draws a single one in double precision."""
    dtype = node.result.type.dtype
    drawn = dtype if node.result.type.shape else "f64"
    reader.helpers[function, drawn] = None
    expr = call(f"{function}_{drawn}", [Expr("rng")])
    return expr if drawn == dtype else cast(TYPES[dtype], expr)


def _uniform(reader: Reader, node: Apply, index: Index) -> Expr:
    return _drawn(reader, node, "uniform")


def _normal(reader: Reader, node: Apply, index: Index) -> Expr:
    return _drawn(reader, node, "normal")


def _dropout_mask(reader: Reader, node: Apply, index: Index) -> Expr:
    dtype = node.result.type.dtype
    reader.helpers["uniform", dtype] = None
    drawn = call(f"uniform_{dtype}", [Expr("rng")])
    rate = node.attr("rate")
    one, none = Expr(number(1, dtype)), Expr(number(0, dtype))
    kept = binary("/", one, Expr(number(1 - rate, dtype)))
    choice = ternary(binary(">=", drawn, Expr(number(rate, dtype))), kept, none)
    return ternary(reader.read(node.operands[0], ()), choice, one)


RULES: dict[str, ElementRule] = {
    "random_uniform": _uniform,
    "random_normal": _normal,
    "dropout_mask": _dropout_mask,
}
