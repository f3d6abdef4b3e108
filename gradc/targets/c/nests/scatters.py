"""Adjoints of what moves and picks elements: they go back, or are added, where those came from."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.node import Apply, Value
from gradc.targets.c.elements.picking import along_index, picked_index, taken_from
from gradc.targets.c.elements.placing import few_places
from gradc.targets.c.expression import Expr
from gradc.targets.c.nests.nest import ElementAt, Nest, Pointwise, Scatter
from gradc.targets.c.reading import Reader, broadcast_index
from gradc.targets.c.sizes import Index
from gradc.targets.c.views import diagonal_move, entered, windowed

Place = Callable[[Reader, Index], Index]


def _operand(node: Apply, position: int = 0) -> ElementAt:
    def element(reader: Reader, index: Index) -> Expr:
        return reader.read(node.operands[position], index)

    return element


def _scattered(node: Apply, place: Place, *, adds: bool) -> Scatter:
    """Zeros with the first operand at places."""
    return Scatter(node.operands[0].type.shape, None, place, _operand(node), adds)


def _index_adjoint(node: Apply) -> Nest:
    if few_places(node) is not None:
        return Pointwise(node.result.type.shape)
    entries, shape = node.attr("entries"), node.result.type.shape
    return _scattered(node, lambda reader, index: entered(entries, shape, index), adds=False)


def _index_add(node: Apply) -> Nest:
    x, v = node.operands
    if few_places(node) is not None:
        return Pointwise(x.type.shape)
    entries = node.attr("entries")

    def place(reader: Reader, index: Index) -> Index:
        return entered(entries, x.type.shape, index)

    return Scatter(v.type.shape, 0, place, _operand(node, 1), adds=True)


def _diagonal_adjoint(node: Apply) -> Scatter:
    move = diagonal_move(node, node.result.type.rank)
    return _scattered(node, lambda reader, index: move(index), adds=False)


def _scatter_add(node: Apply) -> Scatter:
    rank = node.operands[1].type.rank

    def place(reader: Reader, index: Index) -> Index:
        return taken_from(reader, node, node.result.type.shape, 1, rank, index)

    return _scattered(node, place, adds=True)


def _add_along_axis(node: Apply) -> Scatter:
    def place(reader: Reader, index: Index) -> Index:
        return along_index(reader, node, 1, node.attr("size"), index)

    return _scattered(node, place, adds=True)


def _add_at(node: Apply) -> Scatter:
    def place(reader: Reader, index: Index) -> Index:
        return picked_index(reader, node, node.result.type.shape, index)

    return _scattered(node, place, adds=True)


def _put_along_axis(node: Apply) -> Scatter:
    x, indices, values = node.operands
    shape, axis = x.type.shape, node.attr("axis") % x.type.rank

    def place(reader: Reader, index: Index) -> Index:
        return along_index(reader, node, 1, shape[axis], index)

    domain = (*shape[:axis], indices.type.shape[axis], *shape[axis + 1 :])
    return Scatter(domain, 0, place, _stretched(values, x), adds=False)


def _index_put(node: Apply) -> Scatter:
    x, indices, values = node.operands
    shape, axis = x.type.shape, node.attr("axis") % x.type.rank

    def place(reader: Reader, index: Index) -> Index:
        return taken_from(reader, node, shape, 1, indices.type.rank, index)

    domain = (*shape[:axis], *indices.type.shape, *shape[axis + 1 :])
    return Scatter(domain, 0, place, _stretched(values, x), adds=False)


def _stretched(values: Value, x: Value) -> ElementAt:
    """Elements of what is stretched to where it goes, in the array's element type."""

    def element(reader: Reader, index: Index) -> Expr:
        return reader.read(values, broadcast_index(values, index), x.type.dtype)

    return element


def _sliding_window_adjoint(node: Apply) -> Scatter:
    return _scattered(node, lambda reader, index: windowed(node, index), adds=True)


RULES: dict[str, Callable[[Apply], Nest]] = {
    "index_adjoint": _index_adjoint,
    "index_add": _index_add,
    "diagonal_adjoint": _diagonal_adjoint,
    "scatter_add": _scatter_add,
    "add_along_axis": _add_along_axis,
    "add_at": _add_at,
    "put_along_axis": _put_along_axis,
    "index_put": _index_put,
    "sliding_window_adjoint": _sliding_window_adjoint,
}
