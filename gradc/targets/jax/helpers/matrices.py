"""Matrices that need not have an inverse."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def _inverse(x: Any) -> jax.Array:
    """The inverses of matrices; NaN for one that has none."""
    y = jnp.linalg.inv(x)
    return jnp.where(jnp.isfinite(y).all(axis=(-2, -1), keepdims=True), y, jnp.nan)


def _cofactors(x: Any) -> jax.Array:
    """The cofactors of matrices: the derivatives of determinants, of singular ones too."""
    if not x.size:
        return jnp.zeros_like(x)
    known = jnp.isfinite(x).all(axis=(-2, -1), keepdims=True)
    u, s, vt = jnp.linalg.svd(jnp.where(known, x, 0))
    size = s.shape[-1]  # the product of all singular values but each
    others = [s[..., :i].prod(axis=-1) * s[..., i + 1 :].prod(axis=-1) for i in range(size)]
    turned = jnp.linalg.det(u) * jnp.linalg.det(vt)
    y = turned[..., None, None] * ((u * jnp.stack(others, axis=-1)[..., None, :]) @ vt)
    return jnp.where(known, y, jnp.nan)


def _expm_slope(x: Any, v: Any) -> jax.Array:
    """The derivatives of exponentials of matrices along others."""
    n = x.shape[-1]
    wide = jnp.concatenate([x, v], axis=-1), jnp.concatenate([jnp.zeros_like(x), x], axis=-1)
    return jax.scipy.linalg.expm(jnp.concatenate(wide, axis=-2))[..., :n, n:]
