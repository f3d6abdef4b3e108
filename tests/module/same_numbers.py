"""When numbers are the same: as they are, but for what rounding takes, or as steps of a sum."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np


def is_step(value: Any, held: Sequence[Any]) -> bool:
    """Whether a number is what was held, or what was added to it."""
    return any(close(value, after) for after in held) or any(
        close(value, after - before, max(_size(after), _size(before)))
        for before, after in itertools.permutations(held, 2)
        if np.shape(before) == np.shape(after)
    )


def is_rest(value: Any, held: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether a number is what is held but for what another variable holds, or lacks."""
    for after, other in itertools.product(held, others):
        try:
            spread = np.broadcast_to(other, np.shape(after))
        except ValueError:
            continue
        for before in (spread, -spread):
            if close(value, after - before, max(_size(after), _size(before))):
                return True
    return False


def _size(value: Any) -> float:
    return float(np.abs(value).max(initial=0))


def is_float(value: Any) -> bool:
    return isinstance(value, float) or getattr(value, "dtype", np.dtype(bool)).kind == "f"


def same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return np.shape(one) == np.shape(other) and np.array_equal(one, other, equal_nan=True)


def close(value: Any, held: Any, scale: float = 0) -> bool:
    """Whether numbers are the same but for axes that a formula leaves out, and for what is lost of
    numbers of a size."""
    value, held = np.asarray(value, float), np.asarray(held, float)
    if value.ndim == 2 and value.T.shape == held.shape and _near(value.T, held, scale):
        return True  # columns of what stands in rows
    if value.ndim > held.ndim:
        value, held = held, value
    if value.size == held.size:
        return _near(value.reshape(held.shape), held, scale)
    for axes in itertools.combinations(range(held.ndim), held.ndim - value.ndim):
        spread = np.expand_dims(value, axes)
        fits = all(n in (1, m) for n, m in zip(spread.shape, held.shape, strict=True))
        if fits and _near(np.broadcast_to(spread, held.shape), held, scale):
            return True
    return False


def _near(value: Any, held: Any, scale: float) -> bool:
    scale = max(_size(held), scale * 1e-3, 1e-300)
    return bool(np.allclose(value, held, rtol=1e-7, atol=1e-9 * scale, equal_nan=True))
