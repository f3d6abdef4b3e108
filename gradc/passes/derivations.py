"""Derivations: what is told of the statements that contribute to a cotangent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gradc.ir.graph import Derivation
from gradc.ir.node import Value


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
