"""Functions of tensors with gradc's names of arguments, in torch's words.

Torch itself is imported where a function is called, so that the table can be read without it.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class _Lazily:
    """A module of torch, imported where something of it is asked for."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str) -> Any:
        from importlib import import_module

        return getattr(import_module(self._name), name)


t = _Lazily("torch")
F = _Lazily("torch.nn.functional")
L = _Lazily("torch.linalg")


def axes_of(axis: Any, x: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(axis) if isinstance(axis, list | tuple) else (axis,)


def reduced(name: str) -> Callable[..., Any]:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return getattr(t, name)(x, axes_of(axis, x), keepdim=keepdims)

    return reduce


def spread(name: str) -> Callable[..., Any]:
    def reduce(x: Any, axis: Any = None, correction: int = 0, keepdims: bool = False) -> Any:
        along = axes_of(axis, x)
        return getattr(t, name)(x, along, correction=correction, keepdim=keepdims)

    return reduce


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    for a in sorted(axes_of(axis, x), reverse=True):
        x = t.prod(x, a, keepdim=keepdims)
    return x


def flat(name: str) -> Callable[..., Any]:
    def along(x: Any, axis: Any = None) -> Any:
        return getattr(t, name)(x.ravel(), 0) if axis is None else getattr(t, name)(x, axis)

    return along


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    if isinstance(ord, str) or (ord is not None and np.size(axis) == 2):
        return L.matrix_norm(x, ord, (-2, -1) if axis is None else axis, keepdim=keepdims)
    return L.vector_norm(x, 2 if ord is None else ord, axis, keepdim=keepdims)


def batch_norm(
    x: Any, weight: Any = None, bias: Any = None, mean: Any = None, var: Any = None, eps: Any = 1e-5
) -> Any:
    return F.batch_norm(x, mean, var, weight, bias, training=mean is None, eps=eps)


def conv(name: str) -> Callable[..., Any]:
    def convolve(x: Any, w: Any, padding: Any = 0, **options: Any) -> Any:
        if np.ndim(padding) > 1:
            x, padding = F.pad(x, [*padding[1], *padding[0]]), 0
        return getattr(F, name)(x, w, padding=padding, **options)

    return convolve


def pool(name: str) -> Callable[..., Any]:
    def pooled(x: Any, size: Any, stride: Any = None, padding: Any = 0, **options: Any) -> Any:
        if np.ndim(padding) > 1:
            x, padding = F.pad(x, [*padding[1], *padding[0]], value=-np.inf), 0
        return getattr(F, name)(x, size, stride, padding, **options)

    return pooled


def interpolate(x: Any, size: Any = None, scale: Any = None, **options: Any) -> Any:
    return F.interpolate(x, size, scale, **options)


def cross_entropy(
    logits: Any, labels: Any, label_smoothing: Any = 0, ignore_index: int = -100, **options: Any
) -> Any:
    classes = logits.shape[-1]
    options["label_smoothing"] = float(label_smoothing)
    if labels.is_floating_point():
        return F.cross_entropy(logits.reshape(-1, classes), labels.reshape(-1, classes), **options)
    options["ignore_index"] = ignore_index
    found = F.cross_entropy(logits.reshape(-1, classes), labels.reshape(-1), **options)
    return found.reshape(labels.shape) if options.get("reduction") == "none" else found


def nll_loss(x: Any, target: Any, **options: Any) -> Any:
    found = F.nll_loss(x.reshape(-1, x.shape[-1]), target.reshape(-1), **options)
    return found.reshape(target.shape) if options.get("reduction") == "none" else found


def kl_div(x: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    if reduction == "batchmean" or log_target:
        return F.kl_div(x, target, reduction=reduction, log_target=log_target)
    return F.kl_div(x, target, reduction=reduction)


def take(x: Any, indices: Any, axis: Any = None) -> Any:
    x, axis = (x.ravel(), 0) if axis is None else (x, axis)
    indices = t.as_tensor(indices) % x.shape[axis]
    picked = t.index_select(x, axis, indices.ravel())
    return picked.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def scatter_add(x: Any, indices: Any, shape: Any, axis: int = 0) -> Any:
    return t.zeros(shape, dtype=x.dtype).index_add(axis, indices % shape[axis], x)


def index_put(x: Any, indices: Any, values: Any, axis: int = 0) -> Any:
    """Values are put one by one: torch leaves open which of several for one place counts."""
    y = x.movedim(axis, 0).clone()
    indices = t.as_tensor(indices)
    around = x.movedim(axis, 0).shape[1:]
    values = t.as_tensor(values, dtype=x.dtype)
    shape = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    spread = values.broadcast_to(shape)
    moved = spread.movedim(tuple(range(axis, axis + indices.ndim)), tuple(range(indices.ndim)))
    for i, v in zip(indices.ravel(), moved.reshape(-1, *around), strict=True):
        y = y.index_put((i,), v)
    return y.movedim(0, axis)


def add_along_axis(x: Any, indices: Any, size: int, axis: int = -1) -> Any:
    shape = list(x.shape)
    shape[axis] = size
    return t.zeros(shape, dtype=x.dtype).scatter_add(axis, indices % size, x)


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    return t.take_along_dim(x, indices % x.shape[axis], axis)


def attention(q: Any, k: Any, v: Any, mask: Any = None, causal: bool = False) -> Any:
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)


def clip(x: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002
    return t.clamp(x, min, max)


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: float = 0) -> Any:
    flat_pairs = [n for pair in reversed(pad_width) for n in pair]
    if mode == "constant":
        return F.pad(x, flat_pairs, value=constant_values)
    # Torch does not show more than there is: each axis is taken by positions.
    for axis, (low, high) in enumerate(pad_width):
        places = np.pad(np.arange(x.shape[axis]), (low, high), mode)
        x = x.index_select(axis, t.as_tensor(places))
    return x


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return t.diagonal(x, offset, axis1, axis2)


def solve(a: Any, b: Any) -> Any:
    return L.solve(a, b[..., None])[..., 0] if b.ndim == 1 else L.solve(a, b)


def triangular_solve(a: Any, b: Any, lower: bool = True) -> Any:
    found = L.solve_triangular(a, b[:, None] if b.ndim == 1 else b, upper=not lower)
    return found[:, 0] if b.ndim == 1 else found


def meshgrid(arrays: Any, indexing: str = "xy") -> Any:
    return t.meshgrid(*arrays, indexing=indexing)


def gradient(f: Any, spacing: Any = (), axis: Any = None, edge_order: int = 1) -> Any:
    found = t.gradient(f, spacing=tuple(spacing) or 1, dim=axes_of(axis, f), edge_order=edge_order)
    return found if len(found) > 1 else found[0]


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    return t.trapezoid(y, dx=dx, dim=axis) if x is None else t.trapezoid(y, x, dim=axis)


def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if prepend is not None:
        prepend = t.full_like(x.select(axis, 0).unsqueeze(axis), prepend)
    return t.diff(x, n, axis, prepend, append)


def quantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Any:
    along = axes_of(axis, x)
    last = x.movedim(along, tuple(range(-len(along), 0))).flatten(-len(along))
    found = t.quantile(last, q, -1, interpolation=method)
    return expand_dims(found, along) if keepdims else found


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    rows = t.atleast_2d(m if rowvar else m.T)
    joint = rows if y is None else t.cat([rows, t.atleast_2d(y)])
    return t.cov(joint, correction=int(not bias) if ddof is None else ddof)


def max_over(name: str) -> Callable[..., Any]:
    def extreme(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return getattr(t, name)(x, axes_of(axis, x), keepdim=keepdims)

    return extreme


def split(x: Any, sections: Any, axis: int = 0) -> Any:
    return t.tensor_split(x, list(sections) if np.ndim(sections) else sections, dim=axis)


def repeat(x: Any, repeats: int, axis: Any = None) -> Any:
    return t.repeat_interleave(x, repeats, dim=axis)


def squeeze(x: Any, axis: Any = None) -> Any:
    return t.squeeze(x) if axis is None else t.squeeze(x, axis)


def expand_dims(x: Any, axis: Any) -> Any:
    for a in sorted(a % (x.ndim + len(axes_of(axis, x))) for a in axes_of(axis, x)):
        x = t.unsqueeze(x, a)
    return x


def roll(x: Any, shift: int, axis: Any = None) -> Any:
    return t.roll(x, shift, axis)


def triplet(anchor: Any, positive: Any, negative: Any) -> Any:
    return F.triplet_margin_loss(anchor, positive, negative)
