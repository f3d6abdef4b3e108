"""List and shape functions that the library's bodies and rules may call.

They take knowns, and the types of values, and return knowns: sizes, axes, lists of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.ir.sizes import Size, product
from gradc.ir.types import Type
from gradc.library.axes import normal_axes
from gradc.library.shapes import all_axes


def rank(x: Any) -> int:
    """How many axes a value has."""
    return x.rank if isinstance(x, Type) else 0


def kept_sizes(x: Type, axis: Any) -> tuple[Size, ...]:
    """The shape of a reduction with its axes kept as 1."""
    axes = _axes(x, axis)
    return tuple(1 if a in axes else s for a, s in enumerate(x.shape))


def reduced_count(x: Any, axis: Any) -> Size:
    """How many elements a reduction takes together."""
    return product(x.shape[a] for a in _axes(x, axis)) if isinstance(x, Type) else 1


def _axes(x: Type, axis: Any) -> tuple[int, ...]:
    return all_axes(None, x.rank) if axis is None else normal_axes(axis, x.rank)


def inverse_axes(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes one."""
    return tuple(axes.index(i) for i in range(len(axes)))


def swapped_last(x: Type) -> tuple[int, ...]:
    """The axes of a matrix transpose."""
    return (*range(x.rank - 2), x.rank - 1, x.rank - 2)


def is_float(x: Any) -> bool:
    return x.is_float if isinstance(x, Type) else isinstance(x, float)


def dtype_of(x: Type) -> str:
    """The element type of a value."""
    return x.dtype


def is_none(x: Any) -> bool:
    return x is None


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (rank, kept_sizes, reduced_count, inverse_axes, swapped_last, is_float, dtype_of, is_none)
}
