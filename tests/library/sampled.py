"""What should come of statistics, of functions known at points, and of values that are picked."""

# ruff: noqa: PLW0108 (the lambdas give NumPy's functions our names of parameters)

from __future__ import annotations

from typing import Any

import numpy as np

from tests.library.definitions import Reference, axes_of


def topk(x: Any, k: int, axis: int = -1, largest: bool = True) -> Any:
    order = np.argsort(-x if largest else x, axis=axis, kind="stable")
    indices = np.take(order, np.arange(k), axis)
    return np.take_along_axis(x, indices, axis), indices


def put_along_axis(x: Any, indices: Any, values: Any, axis: int = -1) -> Any:
    y = x.copy()
    np.put_along_axis(y, indices, values, axis)
    return y


def last_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    """Position by position: what the matrix of `put_along_axis` takes from each value."""
    shape = np.take_along_axis(x, indices, axis).shape
    y = np.zeros(shape)
    for place in np.ndindex(shape):
        one = np.zeros(shape)
        one[place] = 1
        y[place] = (put_along_axis(np.zeros(x.shape), indices, one, axis) * x).sum()
    return y


SAMPLED: dict[str, Reference] = {
    # sampled functions
    "part": lambda x, axis, start=None, stop=None: np.moveaxis(
        np.moveaxis(x, axis, 0)[start:stop], 0, axis
    ),
    "diff": lambda x, **options: np.diff(x, **options),
    "with_ends": lambda x, axis, before, after: np.concatenate([before, x, after], axis),
    "end_of": lambda v, x, axis: np.broadcast_to(
        v, [1 if a == axis else s for a, s in enumerate(x.shape)]
    ),
    "gradient": lambda f, spacing=(), axis=None, edge_order=1: np.gradient(
        f, *spacing, axis=axis, edge_order=edge_order
    ),
    "trapezoid": lambda y, **options: np.trapezoid(y, **options),
    "in_line": lambda v, x, axis: v[:, None],
    "convolve": lambda a, b, **options: np.convolve(a, b, **options),
    "correlate": lambda a, b: np.correlate(a, b),
    "searchsorted": lambda a, v: np.searchsorted(a, v),
    "interp": lambda x, xp, fp, **options: np.interp(x, xp, fp, **options),
    # statistics
    "median": lambda x, axis=None, keepdims=False: np.median(x, axes_of(axis), keepdims=keepdims),
    "flattened": lambda x, axis: x.transpose(1, 0, 2).reshape(3, 8),
    "as_mean": lambda x: x,
    "nan_like_last": lambda y, ordered: y,
    "quantile": lambda x, q, axis=None, **options: np.quantile(x, q, axes_of(axis), **options),
    "place_by": lambda at, method: (np.floor(at) + np.ceil(at)) / 2,
    "between_elements": lambda ordered, low, high, t: (
        (1 - t) * ordered[..., low] + t * ordered[..., high]
    ),
    "nansum": lambda x, axis=None, keepdims=False: np.nansum(x, axis, keepdims=keepdims),
    "nanmean": lambda x, axis=None, keepdims=False: np.nanmean(x, axis, keepdims=keepdims),
    "cov": lambda m, y=None, **options: np.cov(m, y, **options),
    "observed": lambda m, rowvar: np.atleast_2d(m if rowvar else m.T),
}
