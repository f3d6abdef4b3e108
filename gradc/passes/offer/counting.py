"""Counting: whole numbers of compile time as arrays, counted where that is shorter than a list."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.builder import Builder
from gradc.ir.node import Value

_RUNS = 8  # in arithmetic progression, beyond which numbers are listed


def counting(builder: Builder, start: int, stop: int, step: int = 1) -> Value:
    """`np.arange`."""
    operation = builder.library.operation("arange")
    return builder.emit(operation, (), (start, stop, step, None, None))


def numbers(builder: Builder, listed: Sequence[int], name: str) -> Value:
    """The numbers as an array."""
    found = runs(listed)
    if len(found) > _RUNS:
        attributes = (tuple(listed), "i64", (len(listed),))
        return builder.emit(builder.library.operation("array"), (), attributes, name)
    parts = [counting(builder, *run) for run in found]
    if len(parts) == 1:
        return parts[0]
    return builder.emit(builder.library.operation("concatenate"), parts, (0,), name)


def runs(listed: Sequence[int]) -> list[tuple[int, int, int]]:
    """Numbers as runs: the first, one step behind the last, and the step."""
    found = []
    start = 0
    while start < len(listed):
        end = start + 1
        step = listed[end] - listed[start] if end < len(listed) else 1
        while end < len(listed) and step and listed[end] - listed[end - 1] == step:
            end += 1
        step = step or 1
        found.append((listed[start], listed[end - 1] + step, step))
        start = end
    return found


def is_in_turn(groups: Sequence[int]) -> bool:
    """Whether elements belong to one group after the other, again and again."""
    count = len(set(groups))
    return all(group == i % count for i, group in enumerate(groups))
