"""Starting values of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np


def _orthogonal(rng: Any, shape: Any, stacked: int = 0) -> Any:
    """A matrix with orthonormal rows or columns; further axes are flattened behind the first.

    The first `stacked` axes hold matrices of their own.
    """
    if stacked:
        return np.stack([_orthogonal(rng, shape[1:], stacked - 1) for _ in range(shape[0])])
    rows, columns = shape[0], int(np.prod(shape[1:]))
    drawn = rng.normal(0, 1, (max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q *= np.where(np.diag(r) < 0, -1, 1)
    return (q if rows >= columns else q.T).reshape(shape)
