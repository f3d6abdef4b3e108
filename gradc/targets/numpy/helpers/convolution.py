"""Convolutions as products of matrices, tile by tile."""

from __future__ import annotations

from typing import Any

import numpy as np


def _tiles(outs: Any, width: int, most: int = 1 << 21) -> Any:
    """Tiles of [N, rows, columns]: some images, or some rows of one, or a piece of a row.

    A place takes `width` bytes, a tile at most 2 MB, so that it is in cache while it is used.
    """
    places = max(1, most // max(1, width))
    columns = max(1, min(outs[2], places))
    rows = max(1, min(outs[1], places // columns))
    lengths = (max(1, places // (rows * columns)), rows, columns)
    starts = [range(0, n, length) for n, length in zip(outs, lengths)]
    for i in starts[0]:
        for j in starts[1]:
            for k in starts[2]:
                yield [slice(a, min(a + m, n)) for a, m, n in zip((i, j, k), lengths, outs)]


def _at(tile: Any, columns: int) -> Any:
    """Where a tile is in [N, groups, channels, rows * columns]."""
    images, rows, part = tile
    places = slice(rows.start * columns + part.start, (rows.stop - 1) * columns + part.stop)
    return images, slice(None), slice(None), places


# fmt: off
def _seen(
    tile: Any, sizes: Any, size: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Any, Any, Any]:
    """What the windows of a tile see of images: its shape; which part of it is where in them.

    The rest of it is padding.
    """
    shape, inside, there = [], [], []
    for part, n, k, s, (before, _), d in zip(tile[1:], sizes, size, stride, padding, dilation):
        first = part.start * s - before
        shape.append((part.stop - part.start - 1) * s + d * (k - 1) + 1)
        low, high = min(max(first, 0), n), min(max(first + shape[-1], 0), n)
        inside.append(slice(low - first, high - first))
        there.append(slice(low, high))
    return shape, (..., *inside), (tile[0], slice(None), *there)


def _shifts(count: int, length: int, stride: int, dilation: int) -> Any:
    """For each element of windows along an axis, where those of all windows are."""
    span = (length - 1) * stride + 1
    return [slice(t * dilation, t * dilation + span, stride) for t in range(count)]


def _columns_by_tile(
    x: Any, size: Any, outs: Any, width: int, stride: Any, padding: Any, dilation: Any
) -> Any:
    """The tiles of a convolution, each with its windows as columns: [C * h * w, images, places].

    Images are shifted along their rows first, and the shifted ones along their columns: most of
    the copying is of several rows at once. All tiles use the same memory.
    """
    c = x.shape[1]
    shifted = columns = np.empty(0, x.dtype)
    for tile in _tiles((len(x), *outs), width):
        m, r, v = (part.stop - part.start for part in tile)
        shape, inside, there = _seen(tile, x.shape[2:], size, stride, padding, dilation)
        seen = x[there]
        if seen.shape[2:] != tuple(shape):
            seen = np.zeros((m, c, *shape), x.dtype)
            seen[inside] = x[there]
        seen = seen.swapaxes(0, 1)
        if size[1] == stride[1] == 1:
            shifted = seen[:, np.newaxis]
        else:
            if shifted.shape != (c, size[1], m, shape[0], v):
                shifted = np.empty((c, size[1], m, shape[0], v), x.dtype)
            for t, at in enumerate(_shifts(size[1], v, stride[1], dilation[1])):
                shifted[:, t] = seen[..., at]
        if size[0] == stride[0] == 1:
            columns = shifted
        else:
            if columns.shape != (c, *size, m, r, v):
                columns = np.empty((c, *size, m, r, v), x.dtype)
            for t, at in enumerate(_shifts(size[0], r, stride[0], dilation[0])):
                columns[:, t] = shifted[..., at, :]
        yield tile, columns.reshape(c * size[0] * size[1], m, r * v)


def _conv2d(
    x: Any, w: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
    out: Any = None,
) -> Any:
    """The convolution of images [N, C, H, W] with weights [O, C / groups, h, w]."""
    o, c, *size = w.shape
    h, v = (
        (n + sum(p) - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(x.shape[2:], padding, dilation, size, stride)
    )
    taps = c * size[0] * size[1]
    weights = w.reshape(groups, o // groups, taps)
    shape = (len(x), groups, o // groups, h * v)
    is_there = out is not None and out.flags.contiguous
    y = out.reshape(shape) if is_there else np.empty(shape, np.result_type(x, w))
    width = y.itemsize * max(o, groups * taps)
    for tile, columns in _columns_by_tile(x, size, (h, v), width, stride, padding, dilation):
        columns = columns.reshape(groups, taps, *columns.shape[1:]).transpose(2, 0, 1, 3)
        np.matmul(weights, columns, out=y[_at(tile, v)])
    y = y.reshape(len(x), o, h, v)
    if out is not None and not is_there:
        out[...] = y
    return y if out is None else out


def _conv2d_weight(
    dy: Any, x: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> Any:
    """The cotangent of the weights of `_conv2d`, added up tile by tile."""
    n, o, *outs = dy.shape
    taps = shape[1] * shape[2] * shape[3]
    dy = dy.reshape(n, groups, o // groups, outs[0] * outs[1])
    dw = np.zeros((groups, taps, o // groups), np.result_type(dy, x))
    width = dw.itemsize * max(o, groups * taps)
    for tile, columns in _columns_by_tile(x, shape[2:], outs, width, stride, padding, dilation):
        m, places = columns.shape[1:]
        columns = columns.reshape(groups, taps, m, places)
        part = dy[_at(tile, outs[1])]
        if o > groups * taps:  # it costs less to add up products of single images than to copy dy
            dw += (columns.transpose(2, 0, 1, 3) @ part.mT).sum(axis=0)
        else:
            part = part.transpose(1, 2, 0, 3).reshape(groups, o // groups, m * places)
            dw += columns.reshape(groups, taps, m * places) @ part.mT
    return dw.mT.reshape(shape)


def _conv2d_input(
    dy: Any, w: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
    out: Any = None,
) -> Any:
    """The cotangent of the images of `_conv2d`.

    With a stride of 1 it is a convolution with the weights turned round. Otherwise, or where that
    has many more channels to copy, what the windows hold is added where they stand.
    """
    n, o, h, v = dy.shape
    c, *size = w.shape[1:]
    grouped = w.reshape(groups, o // groups, c, *size)
    if stride == (1, 1) and (o <= 2 * shape[1] or size == [1, 1]):
        turned = grouped[..., ::-1, ::-1].swapaxes(1, 2).reshape(shape[1], o // groups, *size)
        spans = [d * (k - 1) for d, k in zip(dilation, size)]
        around = [(span - before, span - after) for span, (before, after) in zip(spans, padding)]
        return _conv2d(dy, turned, padding=around, dilation=dilation, groups=groups, out=out)
    taps = c * size[0] * size[1]
    weights = grouped.reshape(groups, o // groups, taps).mT
    dy = dy.reshape(n, groups, o // groups, h * v)
    dx = np.empty(shape, np.result_type(dy, w)) if out is None else out
    dx[...] = 0
    columns = np.empty(0, dx.dtype)
    for tile in _tiles((n, h, v), dx.itemsize * max(o, groups * taps)):
        m, *outs = (part.stop - part.start for part in tile)
        if columns.shape != (shape[1], *size, m, *outs):
            columns = np.empty((shape[1], *size, m, *outs), dx.dtype)
        products = columns.reshape(groups, taps, m, outs[0] * outs[1]).transpose(2, 0, 1, 3)
        np.matmul(weights, dy[_at(tile, v)], out=products)
        seen, inside, there = _seen(tile, shape[2:], size, stride, padding, dilation)
        sums = np.zeros((shape[1], m, *seen), dx.dtype)
        rows, parts = map(_shifts, size, outs, stride, dilation)
        for i, j in np.ndindex(*size):
            sums[..., rows[i], parts[j]] += columns[:, i, j]
        dx[there] += sums[inside].swapaxes(0, 1)
    return dx
# fmt: on
