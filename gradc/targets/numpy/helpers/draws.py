"""Random numbers from the generator that the caller passes."""

from typing import Any

import numpy as np


def _generator(rng: Any) -> np.random.Generator:
    """The generator that random numbers are drawn from."""
    if rng is None:
        raise ValueError("rng: a seed or a Generator is needed, since random numbers are drawn")
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as refused:
        wanted = "a seed, which is not negative, or a Generator"
        raise type(refused)(f"rng: expected {wanted}, got {rng!r}") from None


def _uniform(rng: Any, shape: Any, dtype: Any) -> Any:
    """Numbers drawn evenly from [0, 1)."""
    return rng.random(shape, dtype) if shape else dtype(rng.random())


def _normal(rng: Any, shape: Any, dtype: Any) -> Any:
    """Numbers drawn from the normal distribution."""
    return rng.standard_normal(shape, dtype) if shape else dtype(rng.standard_normal())


def _dropout_mask(rng: Any, training: bool, shape: Any, rate: float, dtype: Any) -> Any:
    """1 / (1 - rate) where an element is kept, 0 elsewhere; 1 everywhere unless training."""
    if not training:
        return np.ones(shape, dtype)[()]
    return ((rng.random(shape, dtype) >= rate) / dtype(1 - rate))[()]
