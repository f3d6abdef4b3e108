"""Derivations: what is told of the statements that contribute to a cotangent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from gradc.ir.graph import Derivation
from gradc.ir.node import Node, Value, applies


def whole_or_partial(
    found: Sequence[Derivation], cotangents: Mapping[Value, Value]
) -> Iterator[Derivation]:
    """One derivation for each statement and value: the whole cotangent where one gives it."""
    spans: dict[Value, set[int]] = {}
    for d in found:
        spans.setdefault(d.value, set()).add(id(d.origin.span))
    told: set[tuple[int, Value]] = set()
    for d in found:
        whole = len(spans[d.value]) == 1
        if not whole:
            yield Derivation(d.origin, d.value, d.contribution, partial=True)
        elif (id(d.origin.span), d.value) not in told:
            told.add((id(d.origin.span), d.value))
            yield Derivation(d.origin, d.value, cotangents[d.value])


def name_slopes(
    node: Node,
    made: Iterable[Node],
    contributions: Iterable[Value | None],
    cotangents: Collection[Value],
) -> None:
    """What a rule multiplies the cotangent by is called the slope of the result."""
    if node.adjoint_of is not None:
        return
    makers = {r: n for n in made for r in n.results}
    for contribution in contributions:
        product = None if contribution is None else makers.get(contribution)
        if not applies(product, "multiply"):
            continue
        for slope, other in (product.operands, product.operands[::-1]):
            if other in cotangents and slope in makers and slope.nameless:
                slope.name = f"{node.results[0].name}.slope"
