"""Spread: what does not fit was made larger than is meant further up, by a column beside a row.

`W @ x` of a column `x` is one, and a bias of one axis makes a square of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.elaborate.called import in_library
from gradc.elaborate.fitting import declared_as
from gradc.elaborate.found import Found
from gradc.ir.node import Apply, Node, Value
from gradc.ir.sizes import shape_text

_STEPS = 60  # that are looked back


def spread(operands: Sequence[Value], nodes: Sequence[Node], found: Found) -> list[str]:
    """The help for the first `[n, 1]` beside `[n]` that the operands are made of; at most one."""
    made = {r: n for n in nodes for r in n.results}
    pending, seen = list(operands), set(operands)
    while pending and len(seen) < _STEPS:
        node = made.get(pending.pop())
        if node is None:
            continue
        for column, flat in _squared(node, made):
            if node.span is not None and (told := declared_as(flat, column.type.shape, found)):
                shapes = [shape_text(v.type.shape) for v in (node.results[0], column, flat)]
                made_of = "line {} makes {} of {} and {}".format(node.span.line, *shapes)
                return [f"{made_of}; {told[0]}"]
        pending += [v for v in node.operands if v not in seen]
        seen.update(node.operands)
    return []


def _squared(node: Node, made: dict[Value, Node]) -> Iterator[tuple[Value, Value]]:
    """The column and the array of one axis, where an operation of the user's makes a square."""
    if not isinstance(node, Apply) or not node.traits.elementwise or len(node.operands) != 2:
        return
    if node.span is None or in_library(node.span):
        return
    for column, flat in (node.operands, node.operands[::-1]):
        sizes, maker = flat.type.shape, made.get(column)
        turned = maker is not None and maker.traits.view is not None  # as `x[:, newaxis]` is
        if len(sizes) == 1 and sizes[0] != 1 and column.type.shape == (sizes[0], 1) and not turned:
            yield column, flat
