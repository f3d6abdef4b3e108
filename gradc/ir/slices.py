"""Slices: where what a slice reads begins."""

from __future__ import annotations

from gradc.ir.sizes import Size, maximum, minimum


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
