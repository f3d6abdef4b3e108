"""Along an axis: recurrences, and what is added at positions."""

from __future__ import annotations

from typing import Any

import numpy as np


def _recurrence(a: Any, b: Any, axis: int) -> Any:
    """y[j] = b[j] + a[j] * y[j - 1] along an axis, beginning with b[0]; 0 stays 0."""
    y = b.copy()
    a, steps = np.moveaxis(a, axis, 0), np.moveaxis(y, axis, 0)
    for j in range(1, len(steps)):
        steps[j] += np.where(steps[j - 1] == 0, 0, a[j] * steps[j - 1])
    return y


def _shifted(x: Any, axis: int, fill: Any = 0) -> Any:
    """The element before each one along an axis; `fill` stands before the first."""
    y = np.full_like(x, fill)
    np.moveaxis(y, axis, 0)[1:] = np.moveaxis(x, axis, 0)[:-1]
    return y


def _scatter_add(x: Any, indices: Any, shape: Any, axis: int = 0) -> Any:
    """Zeros of a shape with x added at positions along an axis; repeated ones add up."""
    y = np.zeros(shape, x.dtype)
    if len(shape) == 1:
        np.add.at(y, np.ravel(indices), np.ravel(x))
        return y
    # NumPy adds at positions in one flat axis several times faster than at rows.
    size, after = shape[axis], int(np.prod(shape[axis + 1 :]))
    before = np.arange(int(np.prod(shape[:axis])))[:, None] * size
    rows = (before + np.ravel(indices) % max(size, 1)).reshape(-1, 1)
    rows *= after
    x, flat, within = x.reshape(len(rows), after), y.reshape(-1), np.arange(after)
    if after < 16:  # few columns: one after the other, with the same positions for all
        for column in within:
            np.add.at(flat[column:], rows[:, 0], x[:, column])
        return y
    step = 32768 // after + 1  # rows whose positions stay in cache
    for start in range(0, len(rows), step):
        block = slice(start, start + step)
        np.add.at(flat, (rows[block] + within).reshape(-1), x[block].reshape(-1))
    return y


def _add_along_axis(x: Any, indices: Any, size: int, axis: int) -> Any:
    """Zeros with `size` elements along an axis and x added at positions, each in its own row."""
    y = np.zeros((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)
    places = list(np.indices(x.shape, sparse=True))
    places[axis] = indices
    np.add.at(y, tuple(places), x)
    return y


def _put_along_axis(x: Any, indices: Any, values: Any, axis: int) -> Any:
    """A copy of x with values at positions along an axis; the last one stays."""
    y = x.copy()
    shape = (*x.shape[:axis], indices.shape[axis], *x.shape[axis + 1 :])
    places, put = (np.array(np.broadcast_to(a, shape), order="C") for a in (indices, values))
    np.put_along_axis(y, places, put, axis)  # NumPy goes by memory, which is in order now
    return y


def _last_along_axis(x: Any, indices: Any, axis: int) -> Any:
    """np.take_along_axis, but 0 for a position that a later one names again."""
    y = np.take_along_axis(x, indices, axis)
    order = np.arange(y.size).reshape(y.shape)
    last = _put_along_axis(np.zeros(x.shape, order.dtype), indices, order, axis)
    return np.where(np.take_along_axis(last, indices, axis) == order, y, 0)


def _last_put(indices: Any, size: int) -> Any:
    """Whether a position is the last of those that name its place along an axis."""
    places = np.ravel(indices) % max(size, 1)
    order = np.arange(places.size)
    last = np.zeros(size, order.dtype)
    last[places] = order
    return (last[places] == order).reshape(np.shape(indices))


def _diagonal_adjoint(x: Any, shape: Any, offset: int, axis1: int, axis2: int) -> Any:
    """Zeros of a shape with x on a diagonal of two axes."""
    y = np.zeros(shape, x.dtype)
    rows = np.arange(x.shape[-1]) - min(offset, 0)
    np.moveaxis(y, (axis1, axis2), (-2, -1))[..., rows, rows + offset] = x
    return y
