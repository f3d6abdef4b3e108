"""Random numbers from the key that the caller passes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def _generator(rng: Any) -> jax.Array:
    """The key that random numbers are drawn from; a seed is made one."""
    if rng is None:
        raise ValueError("rng: a key or a seed is needed, since random numbers are drawn")
    if isinstance(rng, (int, np.integer)):
        return jax.random.key(rng)
    if not isinstance(rng, (jax.Array, np.ndarray)):
        raise TypeError(f"rng: expected a key or a seed, got {rng!r}")
    is_seed = rng.ndim == 0 and jnp.issubdtype(rng.dtype, jnp.integer)
    return jax.random.key(rng) if is_seed else rng


def _dropout_mask(rng: Any, training: bool, shape: Any, rate: float, dtype: Any) -> jax.Array:
    """1 / (1 - rate) where an element is kept, 0 elsewhere; 1 everywhere unless training."""
    if not training:
        return jnp.ones(shape, dtype)
    return (jax.random.uniform(rng, shape, dtype) >= rate) / jnp.asarray(1 - rate, dtype)
