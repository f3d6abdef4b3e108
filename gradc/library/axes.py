"""Axes in canonical form: counted from 0, each once."""

from __future__ import annotations

from typing import Any

from gradc.ir.types import TypeMismatch


def normal_axis(axis: int, rank: int) -> int:
    """The axis counted from 0. Raises TypeMismatch where there is no such axis."""
    if not -rank <= axis < rank:
        raise TypeMismatch(f"there is no axis {axis} among {rank}", (0,), "E0303")
    return axis % rank


def normal_axes(axes: Any, rank: int) -> tuple[int, ...]:
    """One axis or several, counted from 0. Raises TypeMismatch where one is named twice."""
    found = tuple(normal_axis(a, rank) for a in (axes if isinstance(axes, tuple) else (axes,)))
    if len(set(found)) < len(found):
        raise TypeMismatch(f"an axis is named twice: {list(axes)}", (0,), "E0303")
    return found
