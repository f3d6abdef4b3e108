"""Matrices that need not have an inverse."""

from __future__ import annotations

from typing import Any

import numpy as np


def _inverse(x: Any) -> Any:
    """The inverses of matrices; NaN for one that has none."""
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        y = np.full_like(x, np.nan, dtype=np.result_type(x, 1.0))
    for place in np.ndindex(x.shape[:-2]):
        try:
            y[place] = np.linalg.inv(x[place])
        except np.linalg.LinAlgError:
            continue
    return y


def _cofactors(x: Any) -> Any:
    """The cofactors of matrices: the derivatives of determinants, of singular ones too."""
    known = np.isfinite(x).all(axis=(-2, -1), keepdims=True)
    u, s, vt = np.linalg.svd(np.where(known, x, 0))
    others = np.ones_like(s)
    for i in range(s.shape[-1]):  # the product of all singular values but each
        others[..., :i] *= s[..., i, None]
        others[..., i + 1 :] *= s[..., i, None]
    turned = np.linalg.det(u) * np.linalg.det(vt)
    y = turned[..., None, None] * ((u * others[..., None, :]) @ vt)
    return np.where(known, y, np.nan).astype(np.result_type(x, 1.0))
