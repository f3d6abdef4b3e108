"""Elements of arrays into which others are put at a few places of an axis."""

from __future__ import annotations

from contextlib import nullcontext

from gradc.ir.node import Apply, Value
from gradc.ir.slices import Stretch, stretch_of
from gradc.targets.c.elements.movement import chosen
from gradc.targets.c.expression import Expr, binary
from gradc.targets.c.reading import ElementRule, Reader
from gradc.targets.c.sizes import Index

_FEW = 16  # positions along an axis, of which each may be asked whether it is one of those
_ZERO = Expr("0")


def few_places(node: Apply) -> Stretch | None:
    """Where along an axis of few positions something is put, or added; None for anything else."""
    shape = node.result.type.shape
    place = stretch_of(node.attr("entries"), shape)
    if place is None or not isinstance(place.stop, int):
        return None
    size = shape[place.axis]
    return place if isinstance(size, int) and place.stop <= size <= _FEW else None


def _index_adjoint(reader: Reader, node: Apply, index: Index) -> Expr:
    return _placed(reader, node, node.operands[0], index)


def _index_add(reader: Reader, node: Apply, index: Index) -> Expr:
    x, v = node.operands
    element = reader.read(x, index)
    added = _placed(reader, node, v, index)
    return element if added == _ZERO else binary("+", element, added)


def _placed(reader: Reader, node: Apply, v: Value, index: Index) -> Expr:
    """What is put at a position, or zero."""
    place = few_places(node)
    assert place is not None
    assert isinstance(place.stop, int)
    at, size = index[place.axis], node.result.type.shape[place.axis]
    bounds = sorted({0, place.start, place.stop, size})  # type: ignore[type-var]

    def part(n: int) -> Expr:
        if bounds[n] != place.start:
            return _ZERO
        inside = () if place.drops else (at - place.start,)
        own = (*index[: place.axis], *inside, *index[place.axis + 1 :])
        return reader.read(v, own, node.result.type.dtype)

    return chosen(reader, at, bounds, part, nullcontext())


RULES: dict[str, ElementRule] = {"index_adjoint": _index_adjoint, "index_add": _index_add}
