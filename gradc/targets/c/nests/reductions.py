"""Reductions: totals along axes of one operand."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply
from gradc.targets.c.expression import Expr
from gradc.targets.c.nests.nest import Total
from gradc.targets.c.reading import Reader
from gradc.targets.c.sizes import Index

_KINDS = {
    "sum": "sum", "mean": "mean", "prod": "prod", "max": "max", "min": "min", "all": "all",
    "any": "any", "argmax": "argmax", "argmin": "argmin", "max_or_least": "max",
    "max_of_some": "max",
}  # fmt: skip


def _reduced(node: Apply) -> Total:
    (x,) = node.operands
    shape = x.type.shape
    axis = node.attr("axis")
    given = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    keeps = "keepdims" not in node.op.attribute_index or bool(node.attr("keepdims"))
    axes = frozenset(a % len(shape) for a in given)

    def element(reader: Reader, index: Index) -> Expr:
        return reader.read(x, index)

    return Total(shape, axes, _KINDS[node.name], element, keeps)


RULES: dict[str, Callable[[Apply], Total]] = dict.fromkeys(_KINDS, _reduced)
