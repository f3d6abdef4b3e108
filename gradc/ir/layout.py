"""Layouts: how arrays of known sizes lie in memory, and when a reshape has to copy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of axes, how many elements apart their neighbours are, and the bytes of an element."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    itemsize: int

    @property
    def count(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """What its elements take."""
        return self.count * self.itemsize

    @property
    def extent(self) -> int:
        """The bytes from its first element to its last, which memory of its own takes."""
        if not self.count:
            return 0
        pairs = zip(self.shape, self.strides, strict=True)
        return (1 + sum([(n - 1) * abs(s) for n, s in pairs])) * self.itemsize

    @property
    def is_packed(self) -> bool:
        """Whether its elements lie in their order, without gaps."""
        wanted = packed_strides(self.shape)
        return all(
            n == 1 or s == w for n, s, w in zip(self.shape, self.strides, wanted, strict=True)
        )


def packed(shape: Sequence[int], itemsize: int) -> Layout:
    """An array of its own, the last axis the closest."""
    return Layout(tuple(shape), packed_strides(shape), itemsize)


def packed_strides(shape: Sequence[int]) -> tuple[int, ...]:
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    return tuple(strides)


def alike(shape: Sequence[int], itemsize: int, operands: Sequence[Layout]) -> Layout:
    """An array of its own whose axes lie in the order of those that it is made of."""
    first = next((o for o in operands if o.shape == tuple(shape)), None)
    if first is None or first.is_packed or 0 in first.strides:
        return packed(shape, itemsize)
    order = sorted(range(len(shape)), key=lambda axis: -abs(first.strides[axis]))
    inner = packed_strides([shape[axis] for axis in order])
    strides = [0] * len(shape)
    for axis, stride in zip(order, inner, strict=True):
        strides[axis] = stride
    return Layout(tuple(shape), tuple(strides), itemsize)


def transposed(x: Layout, axes: Sequence[int]) -> Layout:
    return Layout(
        tuple([x.shape[a] for a in axes]), tuple([x.strides[a] for a in axes]), x.itemsize
    )


def without_axis(x: Layout, axis: int) -> Layout:
    """One element along an axis."""
    return Layout(
        (*x.shape[:axis], *x.shape[axis + 1 :]),
        (*x.strides[:axis], *x.strides[axis + 1 :]),
        x.itemsize,
    )


def stretched(x: Layout, shape: Sequence[int]) -> Layout:
    """Broadcast to a shape, without a copy."""
    missing = len(shape) - len(x.shape)
    strides = [
        stride if n == size else 0
        for size, n, stride in zip(shape[missing:], x.shape, x.strides, strict=True)
    ]
    return Layout(tuple(shape), (*[0] * missing, *strides), x.itemsize)


def reshaped(x: Layout, shape: Sequence[int]) -> Layout | None:
    """The same elements in another shape where no copy is needed, else None."""
    if x.is_packed or not x.count:
        return packed(shape, x.itemsize)
    old = [(n, s) for n, s in zip(x.shape, x.strides, strict=True) if n != 1]
    strides: list[int] = []
    at = 0
    for size in shape:
        if size == 1:
            strides.append(0)
            continue
        if at == len(old):
            return None
        n, stride = old[at]
        if n % size == 0:  # a part of an axis, from its front
            strides.append(stride * (n // size))
            old[at] = (n // size, stride)
            at += n == size
            continue
        while n < size and at + 1 < len(old) and stride == old[at + 1][0] * old[at + 1][1]:
            at += 1
            n, stride = n * old[at][0], old[at][1]
            old[at] = (n, stride)
        if n % size:
            return None
        strides.append(stride * (n // size))
        old[at] = (n // size, stride)
        at += n == size
    return Layout(tuple(shape), tuple(strides), x.itemsize)
