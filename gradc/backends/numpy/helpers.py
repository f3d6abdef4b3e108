"""Functions that a module may need. They are copied into it where they are used, and only then.

Each is an ordinary, tested function of this file that needs numpy alone.
"""

from __future__ import annotations

import inspect
import sys

import numpy as np


def _orthogonal(rng, shape):  # type: ignore[no-untyped-def]
    """A matrix with orthonormal rows or columns; further axes are flattened behind the first."""
    rows, columns = shape[0], int(np.prod(shape[1:]))
    drawn = rng.normal(0, 1, (max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(drawn)
    q *= np.where(np.diag(r) < 0, -1, 1)
    return (q if rows >= columns else q.T).reshape(shape)


def source_of(name: str) -> str:
    """The source text of a helper."""
    text = inspect.getsource(getattr(sys.modules[__name__], name))
    return text.replace("  # type: ignore[no-untyped-def]", "").rstrip()
