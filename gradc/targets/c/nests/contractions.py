"""Contractions: totals of products of several operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size, minimum
from gradc.targets.c.expression import Expr, binary, both, ternary
from gradc.targets.c.identifiers import number
from gradc.targets.c.nests.nest import Total
from gradc.targets.c.reading import Reader, broadcast_index
from gradc.targets.c.sizes import Index


def _einsum(node: Apply) -> Total:
    inputs, _, output = node.attr("subscripts").replace(" ", "").partition("->")
    names = inputs.split(",")
    sizes: dict[str, Size] = {}
    for name, operand in zip(names, node.operands, strict=True):
        for letter, size in zip(name, operand.type.shape, strict=True):
            if sizes.get(letter, 1) == 1:
                sizes[letter] = size
    letters = output + "".join(sorted(set(sizes) - set(output)))

    def element(reader: Reader, index: Index) -> Expr:
        at = dict(zip(letters, index, strict=True))
        places = [tuple([at[letter] for letter in name]) for name in names]
        return _product(
            reader,
            node,
            [broadcast_index(v, p) for v, p in zip(node.operands, places, strict=True)],
        )

    return _summed(tuple([sizes[letter] for letter in letters]), len(output), element)


def _summed(domain: tuple[Size, ...], kept: int, element: Callable[[Reader, Index], Expr]) -> Total:
    return Total(domain, frozenset(range(kept, len(domain))), "sum", element)


def _product(reader: Reader, node: Apply, places: Sequence[Index]) -> Expr:
    dtype = node.result.type.dtype
    pairs = zip(node.operands, places, strict=True)
    first, *others = [reader.read(value, place, dtype) for value, place in pairs]
    for factor in others:
        first = binary("*", first, factor)
    return first


def _vecdot(node: Apply) -> Total:
    shape = node.result.type.shape
    domain = (*shape, node.operands[0].type.shape[-1])

    def element(reader: Reader, index: Index) -> Expr:
        return _product(reader, node, [broadcast_index(v, index) for v in node.operands])

    return _summed(domain, len(shape), element)


def _matmul(node: Apply) -> Total:
    a, b = node.operands
    shape = node.result.type.shape
    domain = (*shape, a.type.shape[-1])

    def element(reader: Reader, index: Index) -> Expr:
        *rest, inner = index
        column = [rest.pop()] if b.type.rank > 1 else []
        row = [rest.pop()] if a.type.rank > 1 else []
        left = _batched(a, rest, [*row, inner])
        right = _batched(b, rest, [inner, *column])
        return _product(reader, node, [left, right])

    return _summed(domain, len(shape), element)


def _batched(value: Value, batch: Sequence[Size], inner: Sequence[Size]) -> Index:
    """The position in an operand of a matrix product."""
    extra = value.type.rank - len(inner)
    places = [*batch[len(batch) - extra :], *inner]
    sizes = value.type.shape
    return tuple([0 if s == 1 else p for s, p in zip(sizes, places, strict=True)])


def _convolve(node: Apply) -> Total:
    a, b = node.operands
    (m,), (n,) = a.type.shape, b.type.shape
    shorter = minimum(m, n)
    first = {"full": 0, "same": (shorter - 1) // 2, "valid": shorter - 1}[node.attr("mode")]

    def element(reader: Reader, index: Index) -> Expr:
        place = index[0] + first - index[1]
        inside = [binary(">=", reader.size(place), Expr("0"))]
        inside.append(binary("<", reader.size(place), reader.size(m)))
        with reader.under_condition():
            term = _product(reader, node, [(place,), index[1:]])
        condition = both(inside)
        assert condition is not None
        return ternary(condition, term, Expr(number(0, node.result.type.dtype)))

    return _summed((*node.result.type.shape, n), 1, element)


def _correlate(node: Apply) -> Total:
    def element(reader: Reader, index: Index) -> Expr:
        return _product(reader, node, [(index[0] + index[1],), index[1:]])

    return _summed((*node.result.type.shape, *node.operands[1].type.shape), 1, element)


RULES: dict[str, Callable[[Apply], Total]] = {
    "einsum": _einsum,
    "vecdot": _vecdot,
    "matmul": _matmul,
    "convolve": _convolve,
    "correlate": _correlate,
}
