"""Views: operations that only say where their elements are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.ir.node import Apply
from gradc.ir.sizes import Poly, Size
from gradc.ir.slices import first_of
from gradc.targets.c.reading import Move, Seen, broadcast_index
from gradc.targets.c.sizes import Index

ViewRule = Callable[[Apply], Move | None]


def seen(node: Apply) -> Seen:
    """What a view looks at, and where."""
    operand = node.operands[node.traits.view or 0]
    return Seen(operand, VIEWS[node.name](node))


def _same(node: Apply) -> Move:
    return lambda index: index


def _reshape(node: Apply) -> None:
    return None


def _transpose(node: Apply) -> Move:
    axes = node.attr("axes")
    rank = node.result.type.rank
    order = [a % rank for a in axes] if axes is not None else list(range(rank))[::-1]
    return lambda index: tuple([index[order.index(axis)] for axis in range(rank)])


def _broadcast_to(node: Apply) -> Move:
    return lambda index: broadcast_index(node.operands[0], index)


def _flip(node: Apply) -> Move:
    shape = node.result.type.shape
    axis = node.attr("axis")
    axes = {
        a % len(shape) for a in ((axis,) if isinstance(axis, int) else axis or range(len(shape)))
    }
    return lambda index: tuple(
        [s - 1 - i if a in axes else i for a, (s, i) in enumerate(zip(shape, index, strict=True))]
    )


def _diagonal(node: Apply) -> Move:
    return diagonal_move(node, node.operands[0].type.rank)


def diagonal_move(node: Apply, rank: int) -> Move:
    """Where a diagonal stands in an array of so many axes."""
    offset, one, other = node.attr("offset"), node.attr("axis1") % rank, node.attr("axis2") % rank

    def moved(index: Index) -> Index:
        rest = iter(index[:-1])
        places = {one: index[-1] + max(-offset, 0), other: index[-1] + max(offset, 0)}
        return tuple([places[a] if a in places else next(rest) for a in range(rank)])

    return moved


def _index(node: Apply) -> Move:
    return lambda index: entered(node.attr("entries"), node.operands[0].type.shape, index)


def entered(entries: Any, shape: tuple[Size, ...], index: Index) -> Index:
    """The position in what basic indexing reads of the one at a position of the result."""
    found: list[Size] = []
    given = iter(index)
    used = sum(e is not None and e is not ... for e in entries)
    for entry in [*entries, *([] if ... in entries else [...])]:
        if entry is None:
            next(given)
        elif entry is ...:
            found += [next(given) for _ in range(len(shape) - used)]
        elif isinstance(entry, int):
            found.append(entry if entry >= 0 else shape[len(found)] + entry)
        elif isinstance(entry, Poly):
            found.append(entry)
        else:
            start, step = first_of(entry, shape[len(found)])
            found.append(start + step * next(given))
    return tuple(found)


def _leading(node: Apply) -> Move:
    return lambda index: index


def _window(node: Apply) -> Move:
    return lambda index: windowed(node, index)


def windowed(node: Apply, index: Index) -> Index:
    """The position in what windows slide over of one in a window."""
    steps = [*zip(node.attr("stride"), node.attr("dilation"), strict=True)]
    count = len(steps)
    places, within = index[-2 * count : -count], index[-count:]
    moved = [
        place * stride + inner * dilation
        for place, inner, (stride, dilation) in zip(places, within, steps, strict=True)
    ]
    return (*index[: -2 * count], *moved)


VIEWS: dict[str, ViewRule] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "index": _index,
    "flip": _flip,
    "diagonal": _diagonal,
    "leading": _leading,
    "stop_gradient": _same,
    "checkpoint": _same,
    "itself": _same,
    "in_rows": _same,
    "sliding_window": _window,
}
"""The operations that are read where they are used, by their names."""
