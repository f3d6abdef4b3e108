"""Convolutions, pools and other sizes by their definitions, written without regard for speed."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tests.library.definitions import Reference, channels, linear_adjoint


def _pads(padding: Any, window: Any, dilation: Any = (1, 1)) -> list[tuple[int, int]]:
    if padding == "valid":
        return [(0, 0), (0, 0)]
    if padding == "same":
        total = [d * (k - 1) for k, d in zip(window, dilation, strict=True)]
        return [(t // 2, t - t // 2) for t in total]
    each = (padding,) * len(window) if isinstance(padding, int) else padding
    return [(p, p) if np.ndim(p) == 0 else tuple(p) for p in each]


def _pair(x: Any) -> Any:
    return (x, x) if np.ndim(x) == 0 else tuple(x)


def conv2d(
    x: Any, w: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
    bias: Any = None,
) -> Any:  # fmt: skip
    """By its definition: a loop over places."""
    stride, dilation = _pair(stride), _pair(dilation)
    x = np.pad(x, [(0, 0), (0, 0), *_pads(padding, w.shape[2:], dilation)])
    n, _, height, width = x.shape
    o, per, h, v = w.shape
    rows = (height - dilation[0] * (h - 1) - 1) // stride[0] + 1
    columns = (width - dilation[1] * (v - 1) - 1) // stride[1] + 1
    y = np.zeros((n, o, rows, columns))
    for i, j, k in np.ndindex(o, rows, columns):
        first = i // (o // groups) * per
        at = (j * stride[0], k * stride[1])
        window = x[
            :,
            first : first + per,
            at[0] : at[0] + dilation[0] * (h - 1) + 1 : dilation[0],
            at[1] : at[1] + dilation[1] * (v - 1) + 1 : dilation[1],
        ]
        y[:, i, j, k] = (window * w[i]).sum(axis=(1, 2, 3))
    return with_channels(y, bias)


def conv3d(
    x: Any, w: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
    bias: Any = None,
) -> Any:  # fmt: skip
    """A sum of convolutions of images, over what lies in depth."""
    (step, *stride), (gap, *dilation) = _as_many(stride, 3), _as_many(dilation, 3)
    before, *around = _pads(padding, w.shape[2:], (gap, *dilation))
    x = np.pad(x, [(0, 0), (0, 0), before, (0, 0), (0, 0)])
    outs = (x.shape[2] - gap * (w.shape[2] - 1) - 1) // step + 1
    layers = [
        sum(
            conv2d(x[:, :, i * step + gap * t], w[:, :, t], stride, around, dilation, groups)
            for t in range(w.shape[2])
        )
        for i in range(outs)
    ]
    return with_channels(np.stack(layers, axis=2), bias)


def with_channels(y: Any, bias: Any) -> Any:
    return y if bias is None else y + channels(bias, y)


def conv1d(
    x: Any, w: Any, stride: int = 1, padding: Any = 0, dilation: int = 1, groups: int = 1,
    bias: Any = None,
) -> Any:  # fmt: skip
    around = padding if isinstance(padding, str) else [[0, 0], [padding, padding]]
    y = conv2d(x[:, :, None], w[:, :, None], (1, stride), around, (1, dilation), groups, bias)
    return y[:, :, 0]


def conv2d_input(dy: Any, w: Any, shape: Any, **options: Any) -> Any:
    return linear_adjoint(lambda x: conv2d(x, w, **options), shape, dy)


def conv2d_weight(dy: Any, x: Any, shape: Any, **options: Any) -> Any:
    return linear_adjoint(lambda w: conv2d(x, w, **options), shape, dy)


def conv_transpose(count: int) -> Reference:
    """What each element adds to the result, place by place; then padding is taken off."""

    def convolve(
        x: Any, w: Any, stride: int = 1, padding: int = 0, output_padding: int = 0,
        dilation: int = 1, groups: int = 1, bias: Any = None,
    ) -> Any:  # fmt: skip
        size = w.shape[2:]
        whole = [
            (n - 1) * stride + dilation * (k - 1) + 1 + output_padding
            for n, k in zip(x.shape[2:], size, strict=True)
        ]
        per, share = x.shape[1] // groups, w.shape[1]
        y = np.zeros((len(x), share * groups, *whole))
        for group in range(groups):
            taken, given = slice(group * per, group * per + per), slice(group * share, None)
            for place in np.ndindex(*x.shape[2:]):
                at = [slice(p * stride, p * stride + dilation * (k - 1) + 1, dilation)
                      for p, k in zip(place, size, strict=True)]  # fmt: skip
                part = np.tensordot(x[(slice(None), taken, *place)], w[taken], axes=1)
                y[(slice(None), slice(given.start, given.start + share), *at)] += part
        inner = [slice(padding, n - padding) for n in whole]
        return with_channels(y[(..., *inner)], bias)

    return convolve


def sliding_window(x: Any, size: Any, stride: Any = 1, dilation: Any = 1) -> Any:
    size = size if isinstance(size, tuple) else (size,)
    stride = stride if isinstance(stride, tuple) else (stride,) * len(size)
    dilation = dilation if isinstance(dilation, tuple) else (dilation,) * len(size)
    axes = tuple(range(-len(size), 0))
    spans = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    found = sliding_window_view(x, spans, axes)
    steps = [slice(None, None, s) for s in (*stride, *dilation)]
    return found[(..., *steps)]


def sliding_window_adjoint(x: Any, shape: Any, **options: Any) -> Any:
    return linear_adjoint(lambda v: sliding_window(v, **options), shape, x)


def _pool(
    x: Any, size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, function: Any
) -> Any:
    """A function of what each window sees within `x`, and of where it is; window by window."""
    count = len(size)
    pads, shape = _pads(padding, size), x.shape[-count:]
    outs = []
    for n, k, s, d, (lo, hi) in zip(shape, size, stride, dilation, pads, strict=True):
        left = n + lo + hi - d * (k - 1) - 1
        out = -(-left // s) + 1 if ceil_mode else left // s + 1
        outs.append(out - (ceil_mode and (out - 1) * s >= n + lo))
    y = np.zeros((*x.shape[:-count], *outs))
    for place in np.ndindex(*outs):
        first = [p * s - lo for p, s, (lo, _) in zip(place, stride, pads, strict=True)]
        taps = [
            [a + d * t for t in range(k)] for a, k, d in zip(first, size, dilation, strict=True)
        ]
        inside = [[t for t in along if 0 <= t < n] for along, n in zip(taps, shape, strict=True)]
        held = [
            sum(t < n + hi for t in along)
            for along, n, (_, hi) in zip(taps, shape, pads, strict=True)
        ]
        seen = x[(..., *np.ix_(*inside))].reshape(*x.shape[:-count], -1)
        y[(..., *place)] = function(seen, np.prod(held))
    return y


def _largest(seen: Any, held: int) -> Any:
    return seen.max(axis=-1)


def _as_many(value: Any, count: int) -> Any:
    return (value,) * count if np.ndim(value) == 0 else tuple(value)


def max_pool(count: int) -> Reference:
    def pool(
        x: Any, size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False,
    ) -> Any:  # fmt: skip
        stride = size if stride is None else stride
        spread = [_as_many(value, count) for value in (size, stride, padding, dilation)]
        return _pool(x, *spread, ceil_mode, _largest)

    return pool


def avg_pool(count: int) -> Reference:
    def pool(
        x: Any, size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> Any:  # fmt: skip
        def mean(seen: Any, held: int) -> Any:
            return seen.sum(axis=-1) / (held if count_include_pad else seen.shape[-1])

        stride = size if stride is None else stride
        spread = [_as_many(value, count) for value in (size, stride, padding, 1)]
        return _pool(x, *spread, ceil_mode, mean)

    return pool


def adaptive_avg_pool(count: int) -> Reference:
    def pool(x: Any, output_size: Any) -> Any:
        sizes = _as_many(output_size, count)
        for axis, o in zip(range(x.ndim - count, x.ndim), sizes, strict=True):
            n = x.shape[axis]
            parts = [(i * n // (o or n), -(-(i + 1) * n // (o or n))) for i in range(o or n)]
            means = [np.take(x, range(a, b), axis).mean(axis) for a, b in parts]
            x = np.stack(means, axis)
        return x

    return pool


def interpolate(
    x: Any, size: Any = None, scale: Any = None, mode: str = "nearest", align_corners: Any = None
) -> Any:
    """By Fractions, axis by axis and place by place."""
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        wanted = _as_many(size if scale is None else scale, x.ndim - 2)[axis - 2]
        out = wanted if scale is None else int(n * wanted)
        apart = Fraction(n, out) if scale is None else 1 / Fraction(str(wanted))
        parts = []
        for i in range(out):
            if mode == "nearest":
                parts.append(np.take(x, floor(i * apart), axis))
                continue
            place = (i + Fraction(1, 2)) * apart - Fraction(1, 2)
            if align_corners:
                place = i * Fraction(n - 1, max(out - 1, 1))
            place = max(place, Fraction(0))
            low = floor(place)
            part = float(place - low)
            above = np.take(x, min(low + 1, n - 1), axis)
            parts.append((1 - part) * np.take(x, low, axis) + part * above)
        x = np.stack(parts, axis)
    return x


WINDOWS: dict[str, Reference] = {
    "sliding_window": sliding_window,
    "sliding_window_adjoint": sliding_window_adjoint,
    "conv1d": conv1d,
    "conv2d": conv2d,
    "conv2d_output": conv2d,
    "conv3d": conv3d,
    "conv2d_input": conv2d_input,
    "conv2d_weight": conv2d_weight,
    "conv_transpose1d": conv_transpose(1),
    "conv_transpose2d": conv_transpose(2),
    "max_pool1d": max_pool(1),
    "max_pool2d": max_pool(2),
    "max_pool3d": max_pool(3),
    "avg_pool1d": avg_pool(1),
    "avg_pool2d": avg_pool(2),
    "avg_pool3d": avg_pool(3),
    "adaptive_avg_pool1d": adaptive_avg_pool(1),
    "adaptive_avg_pool2d": adaptive_avg_pool(2),
    "shares": lambda x, count: adaptive_avg_pool(1)(x, output_size=count),
    "elements_seen": lambda x, size, stride, around, counted: np.array([[4, 2], [4, 2]]),
    "max_pool2d_adjoint": lambda x, at, most, size: np.zeros(at.shape),  # no windows of `at`
    "max_pool2d_pick": lambda x, at, most, size: np.zeros(most.shape),
    "interpolate": interpolate,
}
