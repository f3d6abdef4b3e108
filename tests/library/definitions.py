"""Operations by their definitions, written without regard for speed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

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


def channels(v: Any, x: Any) -> Any:
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
    weight, bias = channels(weight, x), channels(bias, x)
    if mean is not None:
        scale = np.sqrt(channels(var, x) + eps)
        return affine((x - channels(mean, x)) / scale, weight, bias)
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
    return affine(parts, channels(weight, x), channels(bias, x))


def linear_adjoint(function: Callable[[Any], Any], shape: Any, cotangent: Any) -> Any:
    """The adjoint of a linear function, element by element."""
    result = np.zeros(shape)
    for i in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[i] = 1
        result[i] = np.sum(function(unit) * cotangent)
    return result


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
