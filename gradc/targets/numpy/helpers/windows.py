"""Sliding windows: convolutions and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np


def _windows(x: Any, size: Any, stride: Any, dilation: Any) -> Any:
    """A view of the windows along the last axes: [.., out, size]."""
    axes = tuple(range(x.ndim - len(size), x.ndim))
    spans = [d * (k - 1) + 1 for k, d in zip(size, dilation)]
    windows: Any = np.lib.stride_tricks.sliding_window_view(x, spans, axes)
    taken = (*(slice(None, None, s) for s in stride), *(slice(None, None, d) for d in dilation))
    return windows[(..., *taken)]


def _add_windows(x: Any, shape: Any, size: Any, stride: Any, dilation: Any) -> Any:
    """Zeros of a shape with windows added in their places."""
    y: Any = np.zeros(shape, x.dtype)
    outs = x.shape[-2 * len(size) : -len(size)]
    for tap in np.ndindex(*size):
        start = [t * d for t, d in zip(tap, dilation)]
        places = (slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(start, stride, outs))
        y[(..., *places)] += x[(..., *tap)]
    return y


def _columns(x: Any, size: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The windows of images as columns: [N, groups, C / groups * h * w, places]."""
    if padding != ((0, 0), (0, 0)):
        x = np.pad(x, ((0, 0), (0, 0), *padding))
    windows = _windows(x, size, stride, dilation)
    n, c, rows, columns = windows.shape[:4]
    taps = c // groups * size[0] * size[1]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, groups, taps, rows * columns)


# fmt: off
def _conv2d(
    x: Any, w: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> Any:
    """The convolution of images [N, C, H, W] with weights [O, C / groups, h, w]."""
    o, c, *size = w.shape
    h, v = (
        (n + sum(p) - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(x.shape[2:], padding, dilation, size, stride)
    )
    columns = _columns(x, size, stride, padding, dilation, groups)
    y = w.reshape(groups, o // groups, c * size[0] * size[1]) @ columns
    return y.reshape(len(x), o, h, v)


def _conv2d_weight(
    dy: Any, x: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> Any:
    """The cotangent of the weights of `_conv2d`."""
    columns = _columns(x, shape[2:], stride, padding, dilation, groups)
    n, o, h, v = dy.shape
    dy = dy.reshape(n, groups, o // groups, h * v)
    return (dy @ columns.mT).sum(axis=0).reshape(shape)


def _conv2d_input(
    dy: Any, w: Any, shape: Any,
    stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), groups: int = 1,
) -> Any:
    """The cotangent of the images of `_conv2d`."""
    n, o, h, v = dy.shape
    size = w.shape[2:]
    weights = w.reshape(groups, o // groups, w.shape[1] * size[0] * size[1])
    taps = weights.mT @ dy.reshape(n, groups, o // groups, h * v)
    taps = taps.reshape(n, shape[1], *size, h, v).transpose(0, 1, 4, 5, 2, 3)
    (top, bottom), (left, right) = padding
    wide = (n, shape[1], shape[2] + top + bottom, shape[3] + left + right)
    dx = _add_windows(taps, wide, size, stride, dilation)
    return dx[:, :, top : top + shape[2], left : left + shape[3]]
# fmt: on


def _pool_taps(x: Any, size: Any, stride: Any, padding: Any, outs: Any, fill: Any) -> Any:
    """For each place of a window, the elements of x there, and the index that they stand at."""
    if padding != ((0, 0), (0, 0)):
        x = np.pad(x, (*[(0, 0)] * (x.ndim - 2), *padding), constant_values=fill)
    for tap in np.ndindex(*size):
        places = (slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(tap, stride, outs))
        yield x[(..., *places)]


def _max_pool2d(x: Any, size: Any, stride: Any = None, padding: Any = ((0, 0), (0, 0))) -> Any:
    """The largest element of each window of the last two axes."""
    stride = stride or size
    outs = [(n + sum(p) - k) // s + 1 for n, p, k, s in zip(x.shape[-2:], padding, size, stride)]
    least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    taps = _pool_taps(x, size, stride, padding, outs, least)
    y = next(taps).copy()
    for tap in taps:
        np.maximum(y, tap, out=y)
    return y


def _max_pool2d_adjoint(
    x: Any, at: Any, most: Any, size: Any, stride: Any = None, padding: Any = ((0, 0), (0, 0))
) -> Any:
    """Zeros with x added where `at` first has the largest element of each window."""
    stride = stride or size
    (top, bottom), (left, right) = padding
    rows, columns = at.shape[-2:]
    y = np.zeros((*at.shape[:-2], rows + top + bottom, columns + left + right), x.dtype)
    free = np.ones(most.shape, bool)
    places = _pool_taps(y, size, stride, ((0, 0), (0, 0)), most.shape[-2:], 0)
    for tap, place in zip(_pool_taps(at, size, stride, padding, most.shape[-2:], -np.inf), places):
        hit = free & (tap == most)
        place += x * hit
        free &= ~hit
    return y[..., top : top + rows, left : left + columns]


def _max_pool2d_pick(
    x: Any, at: Any, most: Any, size: Any, stride: Any = None, padding: Any = ((0, 0), (0, 0))
) -> Any:
    """The elements of x where `at` first has the largest element of each window."""
    stride = stride or size
    y = np.zeros(most.shape, x.dtype)
    free = np.ones(most.shape, bool)
    outs = most.shape[-2:]
    taken = _pool_taps(x, size, stride, padding, outs, 0)
    for tap, value in zip(_pool_taps(at, size, stride, padding, outs, -np.inf), taken):
        hit = free & (tap == most)
        y += value * hit
        free &= ~hit
    return y
