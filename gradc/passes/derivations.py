"""Derivations: what is told of the statements that contribute to a cotangent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from gradc.ir.graph import Derivation
from gradc.ir.node import Node, Value, applies
from gradc.source import Span


def whole_or_partial(
    found: Sequence[Derivation], cotangents: Mapping[Value, Value]
) -> Iterator[Derivation]:
    """One derivation for each statement and value: the whole cotangent where one gives it."""
    spans: dict[Value, Span | None] = {}
    shared: set[Value] = set()  # what several statements contribute to
    for d in found:
        if spans.setdefault(d.value, d.origin.span) is not d.origin.span:
            shared.add(d.value)
    told: set[Value] = set()
    for d in found:
        if d.value in shared:
            yield Derivation(d.origin, d.value, d.contribution, partial=d.value in told)
            told.add(d.value)
        elif d.value not in told:
            told.add(d.value)
            yield Derivation(d.origin, d.value, cotangents[d.value])


def name_slopes(
    node: Node,
    made: Sequence[Node],
    contributions: Collection[Value | None],
    cotangents: Collection[Value],
) -> None:
    """What a rule multiplies the cotangent by is called the slope of the result."""
    if node.adjoint_of is not None or len(made) == 1:
        return
    products = [n for n in made if applies(n, "multiply") and n.result in contributions]
    own = {r for n in made for r in n.results} if products else ()
    for product in products:
        for slope, other in (product.operands, product.operands[::-1]):
            if slope in own and slope.nameless and other in cotangents:
                slope.name = f"{node.results[0].name}.slope"
