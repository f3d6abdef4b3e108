"""Random numbers from the key that the caller passes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def _generator(rng: Any) -> jax.Array:
    """The key that random numbers are drawn from; a seed is made one."""
    if rng is None:
        raise ValueError("rng: a key or a seed is needed, since random numbers are drawn")
    return jax.random.key(rng) if isinstance(rng, int) else rng


def _dropout_mask(rng: Any, training: bool, shape: Any, rate: float, dtype: Any) -> jax.Array:
    """1 / (1 - rate) where an element is kept, 0 elsewhere; 1 everywhere unless training."""
    if not training:
        return jnp.ones(shape, dtype)
    return (jax.random.uniform(rng, shape, dtype) >= rate) / jnp.asarray(1 - rate, dtype)
