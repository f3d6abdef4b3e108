"""Before anything is timed: whether all give the same value and the same gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.work import Case

# Of the largest element of a gradient: sums of a million numbers are added up in other orders.
_TOLERANCE = {"float32": 2e-3, "float64": 1e-8}


def named(case: Case, result: Any) -> dict[str, Any]:
    """What a step gives, by name and as NumPy's arrays; the loss under the name of none."""
    if case.row.part == "forward":
        return {"": _array(result[-1] if isinstance(result, tuple) else result)}
    value, gradients = result if case.row.part == "value_and_grad" else (None, result)
    if not isinstance(gradients, Mapping):
        gradients = dict(zip(case.wrt, gradients, strict=True))
    found = {n: _array(gradients[n]) for n in case.wrt}
    return found if value is None else {"": _array(value), **found}


def _array(value: Any) -> Any:
    return np.asarray(value.detach().numpy() if hasattr(value, "detach") else value)


def disagreements(case: Case, first: Any, second: Any) -> list[str]:
    """The names of what differs by more than rounding."""
    one, other = named(case, first), named(case, second)
    given = {**case.params, **case.inputs}
    narrow = any([getattr(given[n], "dtype", None) == np.float32 for n in case.wrt])
    tolerance = _TOLERANCE["float32" if narrow else "float64"]
    return [n or "the value" for n in one if not _close(one[n], other[n], tolerance)]


def _close(one: Any, other: Any, tolerance: float) -> bool:
    if one.size != other.size:
        return False
    apart = np.abs(one.reshape(-1) - other.reshape(-1)).max(initial=0.0)
    return bool(apart <= tolerance * np.abs(other).max(initial=1e-30))
