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


def _expm(x: Any) -> Any:
    """The exponentials of matrices: Padé's approximation of x / 2**n, squared n times."""
    c = (64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800,
         129060195264000, 10559470521600, 670442572800, 33522128640, 1323241920, 40840800, 960960,
         16380, 182, 1)  # fmt: skip
    size = np.abs(x).sum(axis=-2).max(initial=0)
    if not np.isfinite(size):
        return np.full_like(x, np.nan, dtype=np.result_type(x, 1.0))
    times = max(int(np.ceil(np.log2(max(size / 4, 1)))), 0)
    x = x / 2**times
    one = np.eye(x.shape[-1], dtype=x.dtype)
    x2 = x @ x
    x4 = x2 @ x2
    x6 = x4 @ x2
    odd = x6 @ (c[13] * x6 + c[11] * x4 + c[9] * x2) + c[7] * x6 + c[5] * x4 + c[3] * x2
    odd = x @ (odd + c[1] * one)
    even = x6 @ (c[12] * x6 + c[10] * x4 + c[8] * x2) + c[6] * x6 + c[4] * x4 + c[2] * x2
    even += c[0] * one
    y = np.linalg.solve(even - odd, even + odd)
    for _ in range(times):
        y = y @ y
    return y


def _expm_slope(x: Any, v: Any) -> Any:
    """The derivatives of exponentials of matrices along others."""
    n = x.shape[-1]
    wide = np.zeros((*x.shape[:-2], 2 * n, 2 * n), np.result_type(x, v))
    wide[..., :n, :n] = wide[..., n:, n:] = x
    wide[..., :n, n:] = v
    return _expm(wide)[..., :n, n:]
