"""Slices: where what a slice reads begins."""

from __future__ import annotations

from typing import Any

from gradc.ir.sizes import Size, maximum, minimum
from gradc.records import dataclass

FULL = (None, None, None)
"""The entry of an index that takes an axis as it is."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What an index takes that cuts one axis alone: from `start` to before `stop`."""

    axis: int
    start: int
    stop: Size
    drops: bool  # a position, so that the axis is gone


def spread(entries: tuple[Any, ...], rank: int) -> tuple[Any, ...]:
    """The entries of an index with one for each axis that `...` stands for."""
    if ... not in entries:
        return entries
    gap = entries.index(...)
    left = rank - sum([e is not None and e is not ... for e in entries])
    return (*entries[:gap], *[FULL] * left, *entries[gap + 1 :])


def stretch_of(entries: tuple[Any, ...], shape: tuple[Size, ...]) -> Stretch | None:
    """The stretch that entries take of an array; None where they take anything else."""
    entries = spread(entries, len(shape))
    cuts = [(axis, e) for axis, e in enumerate(entries) if e != FULL]
    if len(cuts) != 1 or len(entries) > len(shape):
        return None
    ((axis, entry),) = cuts
    if isinstance(entry, int):
        size = shape[axis]
        start = entry + size if entry < 0 and isinstance(size, int) else entry
        return Stretch(axis, start, start + 1, True) if start >= 0 else None
    if not isinstance(entry, tuple):
        return None
    first, stop, step = entry
    first = 0 if first is None else first
    if step not in (None, 1) or not isinstance(first, int) or first < 0:
        return None
    if stop is not None and (not isinstance(stop, int) or stop <= first):
        return None
    return Stretch(axis, first, shape[axis] if stop is None else stop, False)


def first_of(entry: tuple[Size | None, ...], size: Size) -> tuple[Size, int]:
    """Where a slice (start, stop, step) begins along an axis of a size, and how far it steps."""
    start, _, step = entry
    by = 1 if step is None else step
    assert isinstance(by, int)
    if start is None:
        return (0 if by > 0 else size - 1), by
    if isinstance(start, int) and start < 0:
        start = maximum(size + start, 0 if by > 0 else -1)
    elif by < 0:
        start = minimum(start, size - 1)
    return start, by
