"""Axes and sizes in canonical form: axes counted from 0, each once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradc.ir.sizes import Size
from gradc.ir.types import TypeMismatch

Shape = tuple[Size, ...]


def normal_axis(axis: int, rank: int) -> int:
    """The axis counted from 0. Raises TypeMismatch where there is no such axis."""
    if not -rank <= axis < rank:
        if not rank:
            raise TypeMismatch("a scalar has no axes", (0,), "E0303")
        message = f"there is no axis {axis} among {rank}"
        raise TypeMismatch(message, (0,), "E0303", attribute="axis")
    return axis % rank


def normal_axes(axes: Any, rank: int) -> tuple[int, ...]:
    """One axis or several, counted from 0. Raises TypeMismatch where one is named twice."""
    found = tuple(normal_axis(a, rank) for a in (axes if isinstance(axes, tuple) else (axes,)))
    if len(set(found)) < len(found):
        raise TypeMismatch(f"an axis is named twice: {list(axes)}", (0,), "E0303", attribute="axis")
    return found


def all_axes(axis: Any, rank: int) -> tuple[int, ...]:
    """A canonical `axis` attribute as a tuple; none means all."""
    return tuple(range(rank)) if axis is None else axis if isinstance(axis, tuple) else (axis,)


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """An `axis` argument as a tuple of axes counted from 0; none means all."""
    return tuple(range(rank)) if axis is None else normal_axes(axis, rank)


def check_sizes(shape: Iterable[Size]) -> None:
    """Raises TypeMismatch where a size is negative."""
    for item in shape:
        if isinstance(item, int) and item < 0:
            raise TypeMismatch(f"a size cannot be negative: {item}", code="E0306")
