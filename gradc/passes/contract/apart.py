"""Apart: `(x[:, newaxis, :] - m) @ A` is `x @ A - m @ A`, and neither is stretched.

Both are moved by the mean of `m` first: what cancels in the difference is gone before it is
multiplied, so that rounding errors stay those of numbers as large as the differences are.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradc.ir.graph import Graph
from gradc.ir.node import Apply, Value, applies
from gradc.passes.contract.contraction import (
    UNIT,
    Contraction,
    Factor,
    aligned,
    behind,
    contracted,
    contraction_of,
    is_wider,
    spread_over,
)
from gradc.passes.contract.readers import readers_of
from gradc.passes.rewriter import Rewriter
from gradc.passes.simplify import Rewrites
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class _Difference:
    """Two factors with axes of their own, one less the other, under the letters of the result."""

    letters: str
    one: Factor
    other: Factor


def apart(graph: Graph) -> Rewrites:
    """What takes contractions of differences apart, where no one else needs those."""
    readers = readers_of(graph)
    found: dict[Value, _Difference] = {}
    for node in readers.nodes:
        if not applies(node, "subtract"):
            continue
        difference = _difference(node)
        uses = readers.of(node.result)
        if difference is None or not uses:
            continue
        views = [contraction_of(use, readers.makers.get) for use in uses]
        if all(v is not None and _is_linear(v, node.result, difference) for v in views):
            found[node.result] = difference
    if not found:
        return {}

    def rule(r: Rewriter, node: Apply) -> Value | None:
        return _apart(r, node, found)

    return {"einsum": rule, "matmul": rule}


def _difference(node: Apply) -> _Difference | None:
    """The difference that a node is, where both sides are stretched."""
    x, y = node.operands
    result = node.result
    if x.type.dtype != y.type.dtype or not (is_wider(result, x) and is_wider(result, y)):
        return None
    if not x.type.rank or not y.type.rank:
        return None
    letters = "".join([chr(ord("A") + i) for i in range(result.type.rank)])
    shape = result.type.shape
    one, other = spread_over(x, letters, shape), spread_over(y, letters, shape)
    return _Difference(letters, one, other)


def _is_linear(use: Contraction, value: Value, difference: _Difference) -> bool:
    """Whether a contraction sums over the difference, and can do so over its sides."""
    factor = use.of(value)
    if factor is None or not set(use.summed) & set(factor.axes):
        return False
    g = use.other(factor)
    there = dict(zip(difference.letters, factor.letters, strict=True))
    for side in (difference.one, difference.other):
        axes = side.relettered(there).axes + g.axes
        if not set(use.summed) <= set(axes):
            return False
    return True


def _apart(r: Rewriter, node: Apply, found: Mapping[Value, _Difference]) -> Value | None:
    use = contraction_of(node, r.producers.get)
    if use is None:
        return None
    for factor in use.factors:
        difference = found.get(factor.value)
        if difference is None:
            continue
        there = dict(zip(difference.letters, factor.letters, strict=True))
        sides = [s.relettered(there) for s in _moved(r, difference)]
        parts = [_part(r, use, factor, side) for side in sides]
        return r.emit("subtract", parts)
    return None


def _part(r: Rewriter, use: Contraction, factor: Factor, side: Factor) -> Value:
    """The contraction of one side, stretched as the whole result needs it."""
    g = use.other(factor)
    letters = "".join([c for c in use.result if c in side.axes or c in g.axes])
    first, second = (side, g) if use.left is factor else (g, side)
    return aligned(r, Factor(contracted(r, first, second, letters), letters), use.result)


def _moved(r: Rewriter, difference: _Difference) -> tuple[Factor, Factor]:
    """Both sides less the mean of the other one, along the axes that only that has."""
    one, other = (behind(s, r.producers.get) for s in (difference.one, difference.other))
    own = tuple([i for i, c in enumerate(other.letters) if c != UNIT and c not in one.axes])
    kept = "".join([c for i, c in enumerate(other.letters) if i not in own])
    axis = None if not kept else own[0] if len(own) == 1 else own
    centre = Factor(r.emit("mean", (other.value,), (axis, False)), kept)
    moved = []
    for side in (one, other):
        value = r.emit("subtract", (side.value, aligned(r, centre, side.letters)))
        moved.append(Factor(value, side.letters))
    return moved[0], moved[1]
