"""Pieces: what fills an array side by side is joined, rather than added to zeros."""

from __future__ import annotations

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size
from gradc.ir.slices import stretch_of
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
    placed = [stretch_of(entries, shape) for entries, _ in pieces]
    found = [p for p in placed if p is not None]
    kinds = {(place.axis, place.drops) for place in found}
    if len(found) < len(pieces) or len(kinds) != 1:
        return None
    ((axis, drops),) = kinds
    ordered = sorted(
        [(p.start, p.stop, v) for p, (_, v) in zip(found, pieces, strict=True)],
        key=lambda piece: piece[0],
    )
    at: Size = 0
    for start, stop, value in ordered:
        if start != at or len(value.type.shape) != len(shape) - drops:
            return None
        at = stop
    if at != shape[axis]:
        return None
    values = [value for _, _, value in ordered]
    return r.instead(node, "stack" if drops else "concatenate", values, (axis,))
