"""Sliding windows, and pooling."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def _taps(size: Any, stride: Any, dilation: Any, outs: Any) -> Any:
    """For each place of a window, where the elements there of all windows are."""
    for tap in np.ndindex(*size):
        first = [t * d for t, d in zip(tap, dilation)]
        places = [slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(first, stride, outs)]
        yield tap, (..., *places)


def _outs(x: Any, size: Any, stride: Any, dilation: Any) -> list[int]:
    """How many windows there are along each of the last axes."""
    last = x.shape[x.ndim - len(size) :]
    return [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(last, size, stride, dilation)]


def _windows(x: Any, size: Any, stride: Any, dilation: Any) -> jax.Array:
    """The windows along the last axes: [.., out, size]."""
    outs = _outs(x, size, stride, dilation)
    taps = [x[places] for _, places in _taps(size, stride, dilation, outs)]
    return jnp.stack(taps, axis=-1).reshape(*taps[0].shape, *size)


def _add_windows(x: Any, shape: Any, size: Any, stride: Any, dilation: Any) -> jax.Array:
    """Zeros of a shape with windows added in their places."""
    y = jnp.zeros(shape, x.dtype)
    outs = x.shape[-2 * len(size) : -len(size)]
    for tap, places in _taps(size, stride, dilation, outs):
        y = y.at[places].add(x[(..., *tap)])
    return y


def _padded(x: Any, padding: Any, fill: Any = 0) -> jax.Array:
    """Images with so much of a number around them."""
    return jnp.pad(x, (*[(0, 0)] * (x.ndim - 2), *padding), constant_values=fill)


# fmt: off
def _max_pool2d(
    x: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1),
) -> jax.Array:
    """The largest element of each window of the last two axes."""
    stride = stride or size
    least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    x = _padded(x, padding, least)
    y = jnp.full(1, least, x.dtype)
    for _, places in _taps(size, stride, dilation, _outs(x, size, stride, dilation)):
        y = jnp.maximum(y, x[places])
    return y


def _max_pool2d_adjoint(
    x: Any, at: Any, most: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1),
) -> jax.Array:
    """Zeros with x added where `at` first has the largest element of each window."""
    stride = stride or size
    top, left = padding[0][0], padding[1][0]
    rows, columns = at.shape[-2:]
    at = _padded(at, padding, -np.inf)
    y, free = jnp.zeros(at.shape, x.dtype), jnp.ones(most.shape, bool)
    for _, places in _taps(size, stride, dilation, most.shape[-2:]):
        hit = free & (at[places] == most)
        y = y.at[places].add(x * hit)
        free = free & ~hit
    return y[..., top : top + rows, left : left + columns]


def _max_pool2d_pick(
    x: Any, at: Any, most: Any, size: Any,
    stride: Any = None, padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1),
) -> jax.Array:
    """The elements of x where `at` first has the largest element of each window."""
    stride = stride or size
    x, at = _padded(x, padding), _padded(at, padding, -np.inf)
    y, free = jnp.zeros(most.shape, x.dtype), jnp.ones(most.shape, bool)
    for _, places in _taps(size, stride, dilation, most.shape[-2:]):
        hit = free & (at[places] == most)
        y = y + x[places] * hit
        free = free & ~hit
    return y
# fmt: on
