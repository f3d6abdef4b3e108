"""Planned: an `einsum` of many is one of two at a time, the cheapest first; small factors meet."""

from __future__ import annotations

from itertools import combinations

from gradc.ir.cost import nominal
from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.passes.contract.contraction import Factor, contracted, is_wider, length
from gradc.passes.contract.readers import Readers, readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites


def planned(graph: Graph) -> Rewrites:
    """What plans contractions of many factors, and products of three."""
    readers = readers_of(graph)
    return {"einsum": _paired, "multiply": lambda r, node: _number_to_smaller(r, node, readers)}


def _paired(r: Rewriter, node: Apply) -> Value | None:
    """`a b c` as two contractions; the pair that costs the least goes first."""
    left, _, result = node.attr("subscripts").partition("->")
    factors = [Factor(v, c) for v, c in zip(node.operands, left.split(","), strict=True)]
    sizes: dict[str, Size] = {}
    for factor in factors:
        if factor.value.type.dtype != node.result.type.dtype or factor.value.type.weak:
            return None
        if len(set(factor.letters)) < len(factor.letters):
            return None
        for letter, size in zip(factor.letters, factor.value.type.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                return None
    if len(factors) < 3 or not node.result.type.is_float:
        return None
    while len(factors) > 2:
        # Of pairs that cost the same, the one that leaves less.
        pairs = combinations(range(len(factors)), 2)
        costs = {pair: _cost(factors, pair, result, sizes) for pair in pairs}
        i, j = min(costs, key=costs.__getitem__)
        made = _joined(r, factors, (i, j), result)
        factors = [f for n, f in enumerate(factors) if n not in (i, j)] + [made]
    return contracted(r, factors[0], factors[1], result)


def _left(factors: list[Factor], pair: tuple[int, int], result: str) -> str:
    """The letters of a pair that the others or the result need."""
    others = "".join([f.letters for n, f in enumerate(factors) if n not in pair]) + result
    own = dict.fromkeys(factors[pair[0]].letters + factors[pair[1]].letters)
    return "".join([c for c in own if c in others])


def _cost(
    factors: list[Factor], pair: tuple[int, int], result: str, sizes: dict[str, Size]
) -> tuple[int, int]:
    own = "".join(dict.fromkeys(factors[pair[0]].letters + factors[pair[1]].letters))
    left = _left(factors, pair, result)
    return nominal(length(own, sizes)), nominal(length(left, sizes))


def _joined(r: Rewriter, factors: list[Factor], pair: tuple[int, int], result: str) -> Factor:
    letters = _left(factors, pair, result)
    return Factor(contracted(r, factors[pair[0]], factors[pair[1]], letters), letters)


def _number_to_smaller(r: Rewriter, node: Apply, readers: Readers) -> Apply | None:
    """`a * (2 * x)` as `(2 * a) * x` for an `a` that is stretched: fewer numbers are multiplied."""
    for small, wide in (node.operands, node.operands[::-1]):
        product = r.made_by(wide, "multiply")
        if product is None or not is_wider(wide, small) or not readers.is_alone(wide):
            continue
        for number, x in (product.operands, product.operands[::-1]):
            if r.number(number) is None or x.type != wide.type or not small.type.is_float:
                continue
            if (kept := r.made_by(small, "reshape")) is not None:
                scaled = r.emit("multiply", (kept.operands[0], number))
                scaled = r.emit("reshape", (scaled,), kept.attrs)
            else:
                scaled = r.emit("multiply", (small, number))
            if scaled.type == small.type:
                return r.instead(node, "multiply", (scaled, x))
    return None
