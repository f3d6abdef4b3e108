"""Pieces: slices side by side that fill an array are joined, rather than added to zeros."""

from __future__ import annotations

from typing import Any

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.passes.rewriter import Rewriter


def put_back(r: Rewriter, node: Apply) -> Apply | None:
    """What was taken as a whole, with other axes, is given those of before."""
    if all(entry in (None, ..., (None, None, None)) for entry in node.attr("entries")):
        return r.instead(node, "reshape", node.operands, (node.result.type.shape,))
    return None


def joined(r: Rewriter, node: Apply, sum_so_far: Value, last: Apply) -> Apply | None:
    """The cotangent of what was split: its pieces in their order, where nothing is missing."""
    pieces = [(last.attr("entries"), last.operands[0])]
    while (added := r.made_by(sum_so_far, "index_add")) is not None:
        pieces.append((added.attr("entries"), added.operands[1]))
        sum_so_far = added.operands[0]
    first = r.made_by(sum_so_far, "index_adjoint")
    if first is None:
        return None
    pieces.append((first.attr("entries"), first.operands[0]))
    shape = node.result.type.shape
    placed = [_place(entries, len(shape)) for entries, _ in pieces]
    axes = {place[0] for place in placed if place is not None}
    if None in placed or len(axes) != 1:
        return None
    (axis,) = axes
    ordered = sorted(
        [(p[1], p[2], v) for p, (_, v) in zip(placed, pieces, strict=True) if p is not None],
        key=lambda piece: piece[0],
    )
    at: Size = 0
    for start, stop, value in ordered:
        end = shape[axis] if stop is None else stop
        if start != at or len(value.type.shape) != len(shape):
            return None
        at = end
    if at != shape[axis]:
        return None
    return r.instead(node, "concatenate", [v for _, _, v in ordered], (axis,))


def _place(entries: tuple[Any, ...], rank: int) -> tuple[int, int, int | None] | None:
    """The one axis that is cut, and from where to where; None where it is anything else."""
    if ... in entries:
        gap = entries.index(...)
        full = ((None, None, None),) * (rank - len(entries) + 1)
        entries = (*entries[:gap], *full, *entries[gap + 1 :])
    cuts = [(axis, e) for axis, e in enumerate(entries) if e != (None, None, None)]
    if len(cuts) != 1 or not isinstance(cuts[0][1], tuple):
        return None
    axis, (start, stop, step) = cuts[0]
    start = 0 if start is None else start
    if step not in (None, 1) or not isinstance(start, int) or start < 0:
        return None
    if stop is not None and (not isinstance(stop, int) or stop <= start):
        return None
    return axis, start, stop
