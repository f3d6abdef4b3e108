"""What goes on from element to element along an axis."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply
from gradc.ir.sizes import product
from gradc.targets.c.expression import Expr, binary, call, ternary
from gradc.targets.c.nests.nest import Running
from gradc.targets.c.reading import Reader
from gradc.targets.c.sizes import Index


def _accumulated(op: str) -> Callable[[Apply], Running]:
    def rule(node: Apply) -> Running:
        (x,) = node.operands
        axis, flat = node.attr("axis"), node.attr("axis") is None

        def first(reader: Reader, index: Index) -> Expr:
            place = reader.unflattened(index[0], x.type.shape) if flat else index
            return reader.read(x, place, node.result.type.dtype)

        def following(reader: Reader, index: Index, before: Expr) -> Expr:
            return binary(op, before, first(reader, index))

        domain = (product(x.type.shape),) if flat else x.type.shape
        return Running(domain, 0 if flat else axis % len(domain), first, following)

    return rule


def _recurrence(node: Apply) -> Running:
    a, b = node.operands

    def first(reader: Reader, index: Index) -> Expr:
        return reader.read(b, index)

    def following(reader: Reader, index: Index, before: Expr) -> Expr:
        # What is exactly 0 stays 0, whatever it is multiplied by.
        carried = ternary(
            binary("==", before, Expr("0")),
            Expr("0"),
            binary("*", reader.read(a, index), before),
        )
        return binary("+", first(reader, index), carried)

    domain = node.result.type.shape
    return Running(domain, node.attr("axis") % len(domain), first, following)


def _joined(op: str) -> Callable[[Apply], Running]:
    """An operation of two, of what came before and of what comes."""

    def rule(node: Apply) -> Running:
        (x,) = node.operands
        domain, dtype = x.type.shape, node.result.type.dtype

        def first(reader: Reader, index: Index) -> Expr:
            return reader.read(x, index, dtype)

        def following(reader: Reader, index: Index, before: Expr) -> Expr:
            reader.helpers[op, dtype] = None
            return call(f"{op}_{dtype}", [before, first(reader, index)])

        return Running(domain, node.attr("axis") % len(domain), first, following)

    return rule


RULES: dict[str, Callable[[Apply], Running]] = {
    "cumsum": _accumulated("+"),
    "cumprod": _accumulated("*"),
    "recurrence": _recurrence,
    "cummax": _joined("larger"),
    "cummin": _joined("smaller"),
    "logcumsumexp": _joined("logaddexp"),
}
