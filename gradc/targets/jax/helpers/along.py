"""Along an axis: recurrences, and what is added at positions."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def _recurrence(a: Any, b: Any, axis: int) -> jax.Array:
    """y[j] = b[j] + a[j] * y[j - 1] along an axis, beginning with b[0]; 0 stays 0."""
    a, b = jnp.moveaxis(a, axis, 0), jnp.moveaxis(b, axis, 0)
    if not b.size:
        return jnp.moveaxis(b, 0, axis)

    def step(last: Any, element: Any) -> Any:
        factor, start = element
        y = start + jnp.where(last == 0, 0, factor * last)
        return y, y

    _, y = jax.lax.scan(step, b[0], (a[1:], b[1:]))
    return jnp.moveaxis(jnp.concatenate([b[:1], y]), 0, axis)


def _convolve(a: Any, b: Any, mode: str) -> jax.Array:
    """The convolution of two vectors; integers give integers, by floats that hold them exactly."""
    kind = jnp.result_type(a, b)
    wide = kind if jnp.issubdtype(kind, jnp.floating) else jnp.float64
    return jnp.convolve(a.astype(wide), b.astype(wide), mode).astype(kind)


def _shifted(x: Any, axis: int, fill: Any = 0) -> jax.Array:
    """The element before each one along an axis; `fill` stands before the first."""
    rolled = jnp.moveaxis(jnp.roll(x, 1, axis), axis, 0)
    return jnp.moveaxis(rolled.at[:1].set(fill), 0, axis)


def _scatter_add(x: Any, indices: Any, shape: Any, axis: int = 0) -> jax.Array:
    """Zeros of a shape with x added at positions along an axis; repeated ones add up."""
    before = (slice(None),) * axis
    return jnp.zeros(shape, x.dtype).at[(*before, indices)].add(x)


def _places(indices: Any, shape: Any, axis: int) -> Any:
    """Where elements of each row along an axis are."""
    places = list(jnp.indices(shape, sparse=True))
    places[axis] = jnp.broadcast_to(indices, shape)
    return tuple(places)


def _add_along_axis(x: Any, indices: Any, size: int, axis: int) -> jax.Array:
    """Zeros with `size` elements along an axis and x added at positions, each in its own row."""
    y = jnp.zeros((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)
    return y.at[_places(indices, x.shape, axis)].add(x)


def _is_last(places: Any, whole: Any, shape: Any) -> jax.Array:
    """Whether no later position names the same place; `whole` is the shape that they are in."""
    size = 1
    for n in shape:
        size *= n
    order = jnp.arange(size).reshape(shape)
    last = jnp.full(whole, -1, order.dtype).at[places].max(order)
    return last[places] == order


def _put(x: Any, indices: Any, values: Any, axis: int) -> jax.Array:
    """A copy of x with values at positions along an axis; of those that name one place the last
    one stays."""
    size = x.shape[axis]
    places = jnp.asarray(indices) % max(size, 1)
    kept = jnp.where(_is_last((places,), (size,), places.shape), places, size)
    return x.at[(*[slice(None)] * axis, kept)].set(values, mode="drop")


def _put_along_axis(x: Any, indices: Any, values: Any, axis: int) -> jax.Array:
    """A copy of x with values at positions along an axis; the last one stays."""
    shape = (*x.shape[:axis], indices.shape[axis], *x.shape[axis + 1 :])
    places = _places(indices % max(x.shape[axis], 1), shape, axis)
    last = _is_last(places, x.shape, shape)
    kept = jnp.where(last, places[axis], x.shape[axis])
    places = (*places[:axis], kept, *places[axis + 1 :])
    return x.at[places].set(jnp.broadcast_to(values, shape), mode="drop")


def _last_along_axis(x: Any, indices: Any, axis: int) -> jax.Array:
    """What `take_along_axis` takes, but 0 for a position that a later one names again."""
    shape = (*x.shape[:axis], indices.shape[axis], *x.shape[axis + 1 :])
    places = _places(indices % max(x.shape[axis], 1), shape, axis)
    return jnp.where(_is_last(places, x.shape, shape), x[places], 0)


def _last_put(indices: Any, size: int) -> jax.Array:
    """Whether a position is the last of those that name its place along an axis."""
    return _is_last((indices % max(size, 1),), (size,), jnp.shape(indices))


def _diagonal_adjoint(x: Any, shape: Any, offset: int, axis1: int, axis2: int) -> jax.Array:
    """Zeros of a shape with x on a diagonal of two axes."""
    others = [n for i, n in enumerate(shape) if i not in (axis1, axis2)]
    rows = jnp.arange(x.shape[-1]) - min(offset, 0)
    y = jnp.zeros((*others, shape[axis1], shape[axis2]), x.dtype)
    return jnp.moveaxis(y.at[..., rows, rows + offset].set(x), (-2, -1), (axis1, axis2))
