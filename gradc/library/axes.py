"""Axes and sizes in canonical form: axes counted from 0, each once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradc.ir.sizes import Size
from gradc.ir.types import TypeMismatch, no_axis

Shape = tuple[Size, ...]


def normal_axis(axis: int, rank: int, name: str = "axis") -> int:
    """The axis counted from 0. Raises TypeMismatch where there is no such axis.

    `name` is the parameter that says which axis it is.
    """
    if not -rank <= axis < rank:
        if not rank:
            helps = ["`{0}` is one number: use it as it is, or give it a shape"]
            raise TypeMismatch("a scalar has no axes", (0,), "E0303", helps, attribute=name)
        message = no_axis(axis, rank)
        raise TypeMismatch(message, (0,), "E0303", [_axes_of_rank(rank)], attribute=name)
    return axis % rank


def _axes_of_rank(rank: int) -> str:
    if rank == 1:
        return "the only axis is `0`"
    counted = "`0` and `1`" if rank == 2 else f"`0` to `{rank - 1}`"
    return f"the axes are {counted}; `-1` is the last"


def normal_axes(axes: Any, rank: int, name: str = "axis") -> tuple[int, ...]:
    """One axis or several, counted from 0. Raises TypeMismatch where one is named twice."""
    given = axes if isinstance(axes, tuple) else (axes,)
    found = tuple(normal_axis(a, rank, name) for a in given)
    if len(set(found)) < len(found):
        once = [a for i, a in enumerate(given) if found[i] not in found[:i]]
        helps = [f"each once: `{once}`"] if len(once) > 1 else [f"once: `{once[0]}`"]
        message = f"an axis is named twice: {list(axes)}"
        raise TypeMismatch(message, (0,), "E0303", helps, attribute=name)
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


_FAR = 1_000  # how far from a size a divisor is looked for


def near_divisor(total: int, size: int) -> int:
    """The divisor of a total that is nearest to a size, or 1 where none is near."""
    near = (d for away in range(_FAR) for d in (size - away, size + away))
    return next((d for d in near if d > 0 and total % d == 0), 1)
