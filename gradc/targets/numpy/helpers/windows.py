"""Sliding windows, and pooling."""

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


# fmt: off
def _pool_taps(
    x: Any, size: Any, stride: Any, padding: Any, dilation: Any, outs: Any, fill: Any = 0
) -> Any:
    """For each place of a window, the elements of x there."""
    if padding != ((0, 0), (0, 0)):
        x = np.pad(x, (*[(0, 0)] * (x.ndim - 2), *padding), constant_values=fill)
    for tap in np.ndindex(*size):
        first = [t * d for t, d in zip(tap, dilation)]
        places = (slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(first, stride, outs))
        yield x[(..., *places)]


def _max_pool2d(
    x: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), out: Any = None,
) -> Any:
    """The largest element of each window of the last two axes."""
    stride = stride or size
    outs = [
        (n + sum(p) - d * (k - 1) - 1) // s + 1
        for n, p, k, s, d in zip(x.shape[-2:], padding, size, stride, dilation)
    ]
    least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    taps = _pool_taps(x, size, stride, padding, dilation, outs, least)
    first = next(taps)
    y = np.empty_like(first) if out is None else out
    y[...] = first
    for tap in taps:
        np.maximum(y, tap, out=y)
    return y


def _max_pool2d_adjoint(
    x: Any, at: Any, most: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1), out: Any = None,
) -> Any:
    """Zeros with x added where `at` first has the largest element of each window."""
    stride = stride or size
    (top, bottom), (left, right) = padding
    rows, columns = at.shape[-2:]
    is_there = out is not None and padding == ((0, 0), (0, 0))
    wide = (*at.shape[:-2], rows + top + bottom, columns + left + right)
    y = out if is_there else np.empty(wide, x.dtype)
    y[...] = 0
    free = np.ones(most.shape, bool)
    apart = all(s > d * (k - 1) for s, k, d in zip(stride, size, dilation))
    outs = most.shape[-2:]
    places = _pool_taps(y, size, stride, ((0, 0), (0, 0)), dilation, outs)
    taps = _pool_taps(at, size, stride, padding, dilation, outs, -np.inf)
    for tap, place in zip(taps, places):
        hit = tap == most
        hit &= free
        if apart:  # each place is in one window
            np.multiply(x, hit, out=place)
        else:
            place += x * hit
        free ^= hit
    y = y[..., top : top + rows, left : left + columns]
    if out is not None and not is_there:
        out[...] = y
    return y if out is None else out


def _max_pool2d_pick(
    x: Any, at: Any, most: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1),
) -> Any:
    """The elements of x where `at` first has the largest element of each window."""
    stride = stride or size
    y = np.zeros(most.shape, x.dtype)
    free = np.ones(most.shape, bool)
    outs = most.shape[-2:]
    taken = _pool_taps(x, size, stride, padding, dilation, outs)
    taps = _pool_taps(at, size, stride, padding, dilation, outs, -np.inf)
    for tap, value in zip(taps, taken):
        hit = free & (tap == most)
        y += value * hit
        free &= ~hit
    return y
# fmt: on
