"""Places: where the elements of arrays of fixed sizes stand, counted in their order.

`Bits` is a number for each element: its bits are the elements of a seed that it may depend on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product as every
from typing import Any, TypeAlias

from gradc.ir.node import Value
from gradc.ir.sizes import Size, product

Bits: TypeAlias = list[int]


def size_of(shape: Sequence[Size]) -> int:
    """How many elements an array has whose sizes are fixed."""
    size = product(tuple(shape))
    assert isinstance(size, int), "all sizes are fixed"
    return size


def shape_of(value: Value) -> tuple[int, ...]:
    """The shape of a value whose sizes are fixed."""
    return tuple([size for size in value.type.shape if isinstance(size, int)])


def strides_of(shape: Sequence[int]) -> list[int]:
    strides = [1] * len(shape)
    for axis in reversed(range(len(shape) - 1)):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    return strides


def places_of(sizes: Sequence[int], strides: Sequence[int], start: int = 0) -> list[int]:
    """Where the elements of an array stand, in their order."""
    places = [start]
    for size, stride in zip(sizes, strides, strict=True):
        places = [place + i * stride for place in places for i in range(size)]
    return places


def stretched(bits: Bits, shape: Sequence[int], wide: Sequence[int]) -> Bits:
    strides = [0 if n == 1 else s for n, s in zip(shape, strides_of(shape), strict=True)]
    strides = [0] * (len(wide) - len(shape)) + strides
    return [bits[i] for i in places_of(wide, strides)]


def gathered(bits: Bits, shape: Sequence[int], axes: Collection[int]) -> Bits:
    """With those of some axes added up, which stay as axes of size 1."""
    kept = [1 if axis in axes else n for axis, n in enumerate(shape)]
    strides = [0 if axis in axes else s for axis, s in enumerate(strides_of(kept))]
    found = [0] * size_of(kept)
    for place, some in zip(places_of(shape, strides), bits, strict=True):
        found[place] |= some
    return found


def axes_of(axis: Any, rank: int) -> set[int]:
    if axis is None:
        return set(range(rank))
    return {a % rank for a in (axis if isinstance(axis, tuple) else (axis,))}


def indexed(entries: Sequence[Any], shape: Sequence[int]) -> list[int]:
    """Where the elements stand that an index chooses."""
    used = sum(1 for e in entries if e is not None and e is not ...)
    full = [(None, None, None)] * (len(shape) - used)
    where = entries.index(...) if ... in entries else len(entries)
    whole = [*entries[:where], *full, *entries[where + 1 :]]
    axes = []
    rest = iter(zip(shape, strides_of(shape), strict=True))
    for entry in whole:
        if entry is None:
            continue
        size, stride = next(rest)
        chosen = range(size)[slice(*entry)] if isinstance(entry, tuple) else [range(size)[entry]]
        axes.append([i * stride for i in chosen])
    return [sum(places) for places in every(*axes)]


def chosen_along(shape: Sequence[int], axis: int, positions: Sequence[int]) -> list[int]:
    """Where those elements stand that positions along an axis choose."""
    axis %= len(shape)
    strides = strides_of(shape)
    before = places_of(shape[:axis], strides[:axis])
    behind = places_of(shape[axis + 1 :], strides[axis + 1 :])
    steps = [range(shape[axis])[i] * strides[axis] for i in positions]
    return [p + step + q for p in before for step in steps for q in behind]


def along(shape: Sequence[int], axis: int, position: int) -> list[int]:
    """Where the elements at a position along an axis stand."""
    return chosen_along(shape, axis, [position])
