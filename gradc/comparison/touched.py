"""Touched: which texts of the user's what differs is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradc.comparison.side import Side
from gradc.ir.loop import all_nodes
from gradc.ir.node import Node, Scan
from gradc.source import Source, Span


def spans_of(node: Node) -> Iterator[Span]:
    """The texts that a node is of, from the innermost of the user's outwards."""
    span = None if isinstance(node, Scan) else node.span
    for place in (*([] if span is None else [span]), *node.origin.places):
        if not place.source.is_library:
            yield place


def sources_of(nodes: Iterable[Node]) -> list[Source]:
    """The texts of the user's that nodes are of, in the order in which they are met."""
    return list(dict.fromkeys(span.source for n in all_nodes(nodes) for span in spans_of(n)))


class Touched:
    """What of the texts of a side differs on the other one."""

    def __init__(self, side: Side, other: Side):
        self._there: dict[Source, set[tuple[int, int]]] = {}
        self._differs: dict[Source, set[tuple[int, int]]] = {}
        for node in side.nodes:
            differs = any(side.numbers[v] not in other.found for v in node.results)
            for part in all_nodes([node]):
                for span in spans_of(part):
                    place = span.start, span.end
                    self._there.setdefault(span.source, set()).add(place)
                    if differs:
                        self._differs.setdefault(span.source, set()).add(place)

    @property
    def anything(self) -> bool:
        return bool(self._differs)

    def holds(self, span: Span) -> bool:
        """Whether what a text says differs."""
        return _within(span, self._differs.get(span.source, ()))

    def knows(self, span: Span) -> bool:
        """Whether anything is computed by a text: a number may be part of what reads it."""
        return _within(span, self._there.get(span.source, ()))


def _within(span: Span, places: Iterable[tuple[int, int]]) -> bool:
    return any(span.start <= start and end <= span.end for start, end in places)
