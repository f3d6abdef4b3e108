"""Counting: whole numbers of compile time as arrays, counted where that is shorter than a list."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TypeAlias

from gradc.ir.builder import Builder
from gradc.ir.node import Value

Nest: TypeAlias = list[tuple[int, int]]
"""Loops, the outermost first: how often each runs, and what each of its steps adds."""

_RUNS = 8  # in arithmetic progression, beyond which numbers are listed


def counting(builder: Builder, start: int, stop: int, step: int = 1, name: str = "") -> Value:
    """`np.arange`."""
    operation = builder.library.operation("arange")
    return builder.emit(operation, (), (start, stop, step, None, None), name)


def numbers(builder: Builder, listed: Sequence[int], name: str) -> Value:
    """The numbers as an array."""
    found = runs(listed)
    if len(found) > 1 and (nest := nested(listed)):
        return _looped(builder, listed[0], nest, name)
    if len(found) > _RUNS:
        attributes = (tuple(listed), "i64", (len(listed),))
        return builder.emit(builder.library.operation("array"), (), attributes, name)
    if len(found) == 1:
        return counting(builder, *found[0], name)
    parts = [counting(builder, *run) for run in found]
    return builder.emit(builder.library.operation("concatenate"), parts, (0,), name)


def words(listed: Sequence[int]) -> int:
    """How much is said to give numbers as an array."""
    return len(nested(listed) or runs(listed))


def nested(listed: Sequence[int]) -> Nest | None:
    """Numbers as what loops within each other count, if they are that."""
    nest: Nest = []
    while len(listed) > 1:
        step = listed[1] - listed[0]
        size = 2
        while size < len(listed) and listed[size] - listed[size - 1] == step:
            size += 1
        starts = listed[::size]
        if len(listed) % size or any(
            listed[i * size + j] != start + j * step
            for i, start in enumerate(starts)
            for j in range(size)
        ):
            return None
        nest.append((size, step))
        listed = starts
    return nest[::-1]


def _looped(builder: Builder, start: int, nest: Nest, name: str) -> Value:
    """Loops that add nothing repeat what the others count."""
    emit, operation = builder.emit, builder.library.operation
    sizes = tuple([size for size, _ in nest])
    if not any(step for _, step in nest):
        return emit(
            operation("full"), [builder.constant(start, str(start))], ((prod(sizes),), "i64"), name
        )
    if not nest[0][1]:
        inner = _looped(builder, start, nest[1:], name)
        return emit(operation("tile"), [inner], ((sizes[0],),), name)
    if not nest[-1][1]:
        inner = _looped(builder, start, nest[:-1], name)
        return emit(operation("repeat"), [inner], (sizes[-1], None), name)
    found = None
    for axes in _counted(nest):
        step = nest[axes[-1]][1]
        part = counting(builder, start, start + prod(sizes[i] for i in axes) * step, step)
        shape = [sizes[i] if i in axes else 1 for i in range(axes[0], len(nest))]
        if len(shape) > 1:
            part = emit(operation("reshape"), [part], (tuple(shape),))
        found = part if found is None else emit(operation("add"), [found, part])
        start = 0
    assert found is not None
    if found.type.shape != sizes:
        found = emit(operation("broadcast_to"), [found], (sizes,))
    return emit(operation("reshape"), [found], ((prod(sizes),),), name) if len(sizes) > 1 else found


def _counted(nest: Nest) -> list[list[int]]:
    """Which loops count on where the next one within has ended, as one loop would."""
    found: list[list[int]] = []
    for axis, (size, step) in enumerate(nest):
        if step and found and nest[found[-1][-1]][1] == size * step:
            found[-1].append(axis)
        elif step:
            found.append([axis])
    return found


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
