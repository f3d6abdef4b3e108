"""Operations by their definitions, written without regard for speed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special
from numpy.lib.stride_tricks import sliding_window_view

Reference = Callable[..., Any]


def axes_of(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list | tuple) else axis


def softmax(x: Any, axis: int = -1) -> Any:
    return scipy.special.softmax(x, axis=axis)


def sinc_derivative(n: int, x: Any) -> Any:
    """The integral of a cosine's n-th derivative, by Gauss."""
    t, weights = np.polynomial.legendre.leggauss(40)
    t = (t + 1) / 2
    wave = np.cos(np.pi * (x[..., None] * t + n / 2)) * t**n
    return np.pi**n * (wave * weights / 2).sum(-1)


def standard(x: Any, axis: Any, eps: float) -> Any:
    axis = axes_of(axis)
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + eps)


def affine(x: Any, weight: Any, bias: Any) -> Any:
    return x * (1 if weight is None else weight) + (0 if bias is None else bias)


def _channels(v: Any, x: Any) -> Any:
    return None if v is None else np.reshape(v, (-1, *[1] * (x.ndim - 2)))


def layer_norm(
    x: Any, axis: Any = (-1,), weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    return affine(standard(x, axis, eps), weight, bias)


def rms_norm(x: Any, axis: Any = (-1,), weight: Any = None, eps: float = 1e-6) -> Any:
    return affine(x / np.sqrt((x * x).mean(axes_of(axis), keepdims=True) + eps), weight, None)


def batch_norm(
    x: Any,
    weight: Any = None,
    bias: Any = None,
    mean: Any = None,
    var: Any = None,
    eps: float = 1e-5,
) -> Any:
    weight, bias = _channels(weight, x), _channels(bias, x)
    if mean is not None:
        scale = np.sqrt(_channels(var, x) + eps)
        return affine((x - _channels(mean, x)) / scale, weight, bias)
    return affine(standard(x, (0, *range(2, x.ndim)), eps), weight, bias)


def group_norm(
    x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    parts = np.concatenate(
        [
            standard(g.reshape(len(x), -1), -1, eps).reshape(g.shape)
            for g in np.split(x, num_groups, axis=1)
        ],
        axis=1,
    )
    return affine(parts, _channels(weight, x), _channels(bias, x))


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
    return y if bias is None else y + _channels(bias, y)


def conv1d(
    x: Any, w: Any, stride: int = 1, padding: Any = 0, dilation: int = 1, groups: int = 1,
    bias: Any = None,
) -> Any:  # fmt: skip
    around = padding if isinstance(padding, str) else [[0, 0], [padding, padding]]
    y = conv2d(x[:, :, None], w[:, :, None], (1, stride), around, (1, dilation), groups, bias)
    return y[:, :, 0]


def linear_adjoint(function: Callable[[Any], Any], shape: Any, cotangent: Any) -> Any:
    """The adjoint of a linear function, element by element."""
    result = np.zeros(shape)
    for i in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[i] = 1
        result[i] = np.sum(function(unit) * cotangent)
    return result


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


def reduced(each: Any, reduction: str) -> Any:
    return {"mean": np.mean, "sum": np.sum, "none": lambda x: x}[reduction](each)


def loss(each: Reference) -> Reference:
    def loss(*args: Any, reduction: str = "mean", **options: Any) -> Any:
        return reduced(each(*args, **options), reduction)

    return loss


def cross_entropy(
    logits: Any,
    labels: Any,
    label_smoothing: float = 0,
    reduction: str = "mean",
    weight: Any = None,
    ignore_index: Any = None,
    scores: bool = True,
) -> Any:
    """Of scores, or of logarithms of probabilities."""
    classes = logits.shape[-1]
    logp = scipy.special.log_softmax(logits, axis=-1) if scores else logits
    weight = np.ones(classes) if weight is None else weight
    one_hot = labels if labels.dtype.kind == "f" else np.eye(classes)[labels]
    q = (1 - label_smoothing) * one_hot + label_smoothing / classes
    each = -(q * weight * logp).sum(-1)
    if labels.dtype.kind == "f":
        return reduced(each, reduction)
    share = np.where(labels == ignore_index, 0, weight[labels])
    each = np.where(labels == ignore_index, 0, each)
    return each.sum() / share.sum() if reduction == "mean" else reduced(each, reduction)


def loss_at_labels(logp: Any = None, labels: Any = None, **options: Any) -> Any:
    """`cross_entropy` of logarithms of probabilities, by either names."""
    logp, labels = options.pop("x", logp), options.pop("target", labels)
    return cross_entropy(logp, labels, scores=False, **options)


def kl_div(x: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    q = np.exp(target) if log_target else target
    each = q * (np.log(q) - x)
    return each.sum() / len(x) if reduction == "batchmean" else reduced(each, reduction)


def cosine_similarity(a: Any, b: Any, axis: int = -1) -> Any:
    lengths = [np.maximum(np.linalg.norm(v, axis=axis), 1e-8) for v in (a, b)]
    return (a * b).sum(axis) / (lengths[0] * lengths[1])


def cosine_embedding_loss(x1: Any, x2: Any, target: Any, margin: float = 0) -> Any:
    cosine = cosine_similarity(x1, x2)
    return np.mean(np.where(target == 1, 1 - cosine, np.maximum(cosine - margin, 0)))


def triplet_margin_loss(anchor: Any, positive: Any, negative: Any) -> Any:
    near = np.linalg.norm(anchor - positive + 1e-6, axis=-1)
    far = np.linalg.norm(anchor - negative + 1e-6, axis=-1)
    return np.mean(np.maximum(near - far + 1, 0))


def attention(q: Any, k: Any, v: Any, mask: Any = None, causal: bool = False) -> Any:
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    scores = scores + (0 if mask is None else mask)
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape[-2:], bool)), scores, -np.inf)
    return softmax(scores) @ v


def rope(x: Any, base: float = 10000.0) -> Any:
    """Each pair of elements as a complex number, turned."""
    *_, positions, width = x.shape
    pairs = x[..., ::2] + 1j * x[..., 1::2]
    angles = np.outer(np.arange(positions), base ** (-np.arange(0, width, 2) / width))
    turned = pairs * np.exp(1j * angles)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)


def pixel_shuffle(x: Any, r: int) -> Any:
    n, c, h, w = x.shape
    y = np.zeros((n, c // r**2, h * r, w * r))
    for i, j, k in np.ndindex(c, h, w):
        y[:, i // r**2, j * r + i % r**2 // r, k * r + i % r] = x[:, i, j, k]
    return y


def pixel_unshuffle(x: Any, r: int) -> Any:
    n, c, h, w = x.shape
    y = np.zeros((n, c * r * r, h // r, w // r), x.dtype)
    for channel, i, j in np.ndindex(c, r, r):
        y[:, (channel * r + i) * r + j] = x[:, channel, i::r, j::r]
    return y


def index_put(x: Any, indices: Any, values: Any, axis: int = 0) -> Any:
    y = x.astype(np.result_type(x, values))
    shape = (*x.shape[:axis], *np.shape(indices), *x.shape[axis + 1 :])
    spread = np.broadcast_to(values, shape)
    for place in np.ndindex(*np.shape(indices)):
        before = (slice(None),) * axis
        y[(*before, np.asarray(indices)[place])] = spread[(*before, *place)]
    return y


def last_put(indices: Any, size: int) -> Any:
    places = [int(i) % size for i in indices.ravel()]
    last = [place not in places[n + 1 :] for n, place in enumerate(places)]
    return np.reshape(last, indices.shape)


def scatter_add(x: Any, indices: Any, shape: Any, axis: int = 0) -> Any:
    y = np.zeros(shape)
    moved, source = np.moveaxis(y, axis, 0), np.moveaxis(x, axis, 0)
    for i, position in enumerate(indices):
        moved[position] += source[i]
    return y


def add_along_axis(x: Any, indices: Any, size: int, axis: int = -1) -> Any:
    x, indices = (np.moveaxis(a, axis, -1) for a in (x, indices))
    y = np.zeros((*x.shape[:-1], size))
    for i in np.ndindex(*x.shape):
        y[(*i[:-1], indices[i])] += x[i]
    return np.moveaxis(y, -1, axis)


def recurrence(a: Any, b: Any, axis: int) -> Any:
    a, y = np.moveaxis(a, axis, 0), np.moveaxis(b.copy(), axis, 0)
    for j in range(1, len(y)):
        y[j] = b.take(j, axis) + a[j] * y[j - 1]
    return np.moveaxis(y, 0, axis)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    axis = axes_of(axis)
    if isinstance(ord, str) or (ord is not None and np.size(axis) == 2):
        return np.linalg.norm(x, ord, axis, keepdims)
    if ord == np.inf:
        return np.abs(x).max(axis=axis, keepdims=keepdims)
    power = 2 if ord is None else ord
    return (np.abs(x) ** power).sum(axis=axis, keepdims=keepdims) ** (1 / power)


def huber(x: Any, target: Any, delta: float = 1.0) -> Any:
    return scipy.special.huber(delta, x - target)


def gaussian_nll(x: Any, target: Any, var: Any, full: bool) -> Any:
    return (np.log(var) + (x - target) ** 2 / var) / 2 + full * np.log(2 * np.pi) / 2


def svd_left(du: Any, u: Any, s: Any) -> Any:
    """Columns of `du` within and beyond the space of `u`."""
    inner = np.zeros((len(s), len(s)))
    for i, j in np.ndindex(*inner.shape):
        if i != j:
            turned = u[:, i] @ du[:, j] - u[:, j] @ du[:, i]
            inner[i, j] = turned * s[j] / (s[j] ** 2 - s[i] ** 2)
    return u @ inner + (du - u @ (u.T @ du)) / s


def qr_adjoint(dq: Any, dr: Any, q: Any, r: Any) -> Any:
    """By the lower triangle of `r @ dr.T - dq.T @ q`, mirrored."""
    lower = np.tril(r @ dr.T - dq.T @ q)
    mirrored = lower + lower.T - np.diag(np.diag(lower))
    return (dq + q @ mirrored) @ np.linalg.inv(r).T


def expm_slope(x: Any, v: Any) -> Any:
    if x.ndim > 2:
        return np.stack([expm_slope(*pair) for pair in zip(x, v, strict=True)])
    return scipy.linalg.expm_frechet(x, v, compute_expm=False)
