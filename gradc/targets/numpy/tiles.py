"""What convolutions and pooling allocate: `helpers/convolution.py` and `helpers/windows.py`, run on
sizes alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gradc.ir.layout import Layout, packed
from gradc.ir.node import Apply
from gradc.records import dataclass

_MOST = 1 << 21  # bytes of a tile

Pair = Sequence[int]


@dataclass(frozen=True, slots=True)
class _Steps:
    """How windows go over images."""

    size: Pair
    stride: Pair
    padding: Sequence[Pair]
    dilation: Pair

    def seen(self, places: Pair) -> list[int]:
        """The rows and columns that so many windows see."""
        each = zip(places, self.size, self.stride, self.dilation, strict=True)
        return [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in each]


def _steps(node: Apply, size: Pair) -> _Steps:
    return _Steps(size, node.attr("stride"), node.attr("padding"), node.attr("dilation"))


def _tiles(outs: Pair, width: int) -> Iterator[tuple[int, int, int]]:
    """The images, rows and columns of places of each tile."""
    places = max(1, _MOST // max(1, width))
    columns = max(1, min(outs[2], places))
    rows = max(1, min(outs[1], places // columns))
    lengths = (max(1, places // (rows * columns)), rows, columns)
    images, rows_, parts = (
        [min(m, n - start) for start in range(0, n, m)] for n, m in zip(outs, lengths, strict=True)
    )
    seen: set[tuple[tuple[int, int, int], tuple[int, int, int]]] = set()
    before = (0, 0, 0)
    for m in images:
        for r in rows_:
            for v in parts:
                tile = (m, r, v)
                if (before, tile) not in seen:  # another one after the same is as large
                    seen.add((before, tile))
                    yield tile
                before = tile


def _by_tile(x: Pair, steps: _Steps, outs: Pair, width: int, itemsize: int, each: int = 0) -> int:
    """The most that tiles of windows take; `each` place takes more where columns are used."""
    c, size, stride = x[1], steps.size, steps.stride
    is_padded = any(map(any, steps.padding))
    most = shifted = columns = held = 0
    last: tuple[int, ...] = ()
    for m, r, v in _tiles((x[0], *outs), width):
        rows, wide = steps.seen((r, v))
        seen = c * m * rows * wide * itemsize if is_padded else 0
        seen += held  # of the tile before
        most = max(most, shifted + columns + seen)
        if (m, r, v) != last:
            last = (m, r, v)
            before = shifted
            shifted = c * size[1] * m * rows * v * itemsize if (size[1], stride[1]) != (1, 1) else 0
            most = max(most, before + shifted + columns + seen)
            before = columns
            columns = c * size[0] * size[1] * m * r * v * itemsize
            if (size[0], stride[0]) == (1, 1):
                columns = 0  # what is shifted has all of it
            most = max(most, before + columns + shifted + seen)
        seen -= held
        held = each * m * r * v if m > 1 else 0  # of one image it is a view
        copy = 0 if columns or shifted or m == 1 or not each else c * m * r * v * itemsize
        most = max(most, columns + shifted + seen + held + copy)
    return most


def _convolution(x: Pair, w: Pair, steps: _Steps, outs: Pair, groups: int, itemsize: int) -> int:
    taps = math.prod(w[1:])
    return _by_tile(x, steps, outs, itemsize * max(w[0], groups * taps), itemsize)


def conv2d_output(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    x, w = (o.shape for o in operands)
    steps, groups = _steps(node, w[2:]), node.attr("groups")
    return _convolution(x, w, steps, result.shape[2:], groups, result.itemsize)


def conv2d_weight(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    """The products of a tile are added to what the result is turned from."""
    dy, x = (o.shape for o in operands)
    o, *size = result.shape[0], *result.shape[2:]
    taps, groups, itemsize = math.prod(result.shape[1:]), node.attr("groups"), result.itemsize
    width = itemsize * max(o, groups * taps)
    steps = _steps(node, size)
    if o > groups * taps:  # products of single images, added up
        images = max(m for m, _, _ in _tiles((x[0], *dy[2:]), width))
        products = (images + 1) * result.bytes
        return products + _flat(operands[0]) + _by_tile(x, steps, dy[2:], width, itemsize)
    windows = _by_tile(x, steps, dy[2:], width, itemsize, o * itemsize)
    return 2 * result.bytes + _flat(operands[0]) + windows


def conv2d_input(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    dy, w = (o.shape for o in operands)
    steps, groups, itemsize = _steps(node, w[2:]), int(node.attr("groups")), result.itemsize
    c = result.shape[1]
    if tuple(steps.stride) == (1, 1) and (w[0] <= 2 * c or tuple(steps.size) == (1, 1)):
        spans = [d * (k - 1) for d, k in zip(steps.dilation, steps.size, strict=True)]
        around = [(s - p[0], s - p[1]) for s, p in zip(spans, steps.padding, strict=True)]
        turned = (c, w[0] // groups, *steps.size)
        there = _Steps(steps.size, (1, 1), around, steps.dilation)
        more = _convolution(dy, turned, there, result.shape[2:], groups, itemsize)
        return more + itemsize * math.prod(turned)
    most = columns = sums = 0
    last: tuple[int, ...] = ()
    taps = math.prod(w[1:])
    for m, r, v in _tiles((dy[0], *dy[2:]), itemsize * max(w[0], groups * taps)):
        before, between = columns, sums
        if (m, r, v) != last:
            last = (m, r, v)
            columns = c * math.prod(steps.size) * m * r * v * itemsize
            most = max(most, before + columns + between)
        sums = c * m * math.prod(steps.seen((r, v))) * itemsize
        most = max(most, columns + between + sums)
    return most + _flat(operands[0])


def _flat(x: Layout) -> int:
    """A copy whose rows are one behind the other."""
    return 0 if x.is_packed else x.bytes


# --- pooling ---


def _padding(node: Apply) -> tuple[int, int]:
    """By how much rows and columns are more."""
    (top, bottom), (left, right) = node.attr("padding")
    return top + bottom, left + right


def _padded(node: Apply, x: Layout) -> int:
    """The bytes of images with what is padded, where they are."""
    rows, columns = _padding(node)
    *lead, h, w = x.shape
    return math.prod([*lead, h + rows, w + columns]) * x.itemsize if rows or columns else 0


def within_padding(node: Apply, usual: Layout) -> Layout:
    """What is cut out of padded images."""
    rows, columns = _padding(node)
    *lead, h, w = usual.shape
    wide = packed((*lead, h + rows, w + columns), usual.itemsize)
    return Layout(usual.shape, wide.strides, usual.itemsize)


def max_pool2d(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    return _padded(node, operands[0])


def unpooled(node: Apply, operands: Sequence[Layout], result: Layout) -> int:
    """Masks of two kinds, and what is added where windows overlap."""
    _, at, most = operands
    size, dilation = node.attr("size"), node.attr("dilation")
    steps = zip(node.attr("stride") or size, size, dilation, strict=True)
    apart = all(s > d * (k - 1) for s, k, d in steps)
    product = 0 if apart and node.name == "max_pool2d_adjoint" else most.itemsize
    return _padded(node, at) + most.count * (2 + product)
