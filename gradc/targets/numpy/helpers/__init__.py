"""Functions that a module may need. They are copied into it where they are used, and only then.

Each is an ordinary, tested function that needs NumPy alone, and others of these.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from types import FunctionType

from gradc.targets.numpy.helpers.along import (
    _add_along_axis,
    _diagonal_adjoint,
    _recurrence,
    _scatter_add,
    _shifted,
)
from gradc.targets.numpy.helpers.doors import (
    _indices,
    _labels,
    _narrowed,
)
from gradc.targets.numpy.helpers.draws import (
    _dropout_mask,
    _generator,
    _normal,
    _uniform,
)
from gradc.targets.numpy.helpers.initial import (
    _orthogonal,
)
from gradc.targets.numpy.helpers.matrices import (
    _cofactors,
    _inverse,
)
from gradc.targets.numpy.helpers.special import (
    _erf,
    _erf_single,
    _erfc,
    _erfcx,
    _erfcx_right,
    _lgamma,
    _odd_quotient,
    _polygamma,
    _sigmoid,
    _sinc_derivative,
)
from gradc.targets.numpy.helpers.windows import (
    _add_windows,
    _columns,
    _conv2d,
    _conv2d_input,
    _conv2d_weight,
    _max_pool2d,
    _max_pool2d_adjoint,
    _max_pool2d_pick,
    _pool_taps,
    _windows,
)

SINGLE = {"_erf_single": "_erf"}
"""The helpers that are exact enough for f32 alone, and those that they stand for."""

_HELPERS: dict[str, FunctionType] = {
    f.__name__: f
    for f in (
        _narrowed,
        _labels,
        _indices,
        _sigmoid,
        _erf,
        _erf_single,
        _odd_quotient,
        _erfc,
        _erfcx,
        _erfcx_right,
        _sinc_derivative,
        _lgamma,
        _polygamma,
        _recurrence,
        _shifted,
        _scatter_add,
        _add_along_axis,
        _diagonal_adjoint,
        _inverse,
        _cofactors,
        _windows,
        _add_windows,
        _columns,
        _conv2d,
        _conv2d_weight,
        _conv2d_input,
        _pool_taps,
        _max_pool2d,
        _max_pool2d_adjoint,
        _max_pool2d_pick,
        _generator,
        _uniform,
        _normal,
        _dropout_mask,
        _orthogonal,
    )
}

NAMES = frozenset(_HELPERS)


def with_needed(names: Iterable[str]) -> list[str]:
    """The helpers, and those that they call, in a fixed order."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += [c for c in _HELPERS[name].__code__.co_names if c in _HELPERS]
    return [n for n in _HELPERS if n in found]


def for_type(name: str, dtype: str) -> str:
    """The helper to use for an element type: some have one of their own for f32."""
    singles = {general: single for single, general in SINGLE.items()}
    return singles.get(name, name) if dtype == "f32" else name


def source_of(name: str) -> str:
    """The source text of a helper."""
    text = inspect.getsource(_HELPERS[name])
    return text.replace("  # type: ignore[no-untyped-def]", "").rstrip()
