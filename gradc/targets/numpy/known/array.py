"""Arrays of known numbers: a shape and what stands in it, row by row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

from gradc.records import dataclass

Number: TypeAlias = bool | int | float
Shape: TypeAlias = tuple[int, ...]
Index: TypeAlias = tuple[int, ...]

KINDS = {"bool": bool, "i64": int, "f64": float}
"""The element types of numbers that are known, lowest first, and Python's for them."""


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers of one kind in a shape."""

    kind: str
    shape: Shape
    items: Sequence[Number]

    @property
    def rank(self) -> int:
        return len(self.shape)

    def at(self, index: Index) -> Number:
        """The number at an index."""
        place = 0
        for size, position in zip(self.shape, index, strict=True):
            place = place * size + position
        return self.items[place]

    def cast(self, kind: str) -> Array:
        """The numbers as others of a kind."""
        convert: Callable[[Any], Number] = KINDS[kind]
        return Array(kind, self.shape, [convert(n) for n in self.items])

    def moved(self, shape: Shape, origin: Callable[[Index], Index]) -> Array:
        """The array of a shape whose elements come from where `origin` says."""
        return Array(self.kind, shape, [self.at(origin(i)) for i in indices(shape)])

    def nested(self) -> Any:
        """A number, or tuples of tuples of them."""
        items: list[Any] = list(self.items)
        for axis in range(self.rank - 1, 0, -1):
            size, rows = self.shape[axis], math.prod(self.shape[:axis])
            items = [tuple(items[r * size : (r + 1) * size]) for r in range(rows)]
        return tuple(items) if self.shape else items[0]


def array_of(data: Any, kind: str) -> Array:
    """Nested tuples of numbers, or one number, as an array of this kind."""
    shape: list[int] = []
    items = [data]
    while items and isinstance(items[0], tuple):
        shape.append(len(items[0]))
        items = [element for item in items for element in item]
    return Array(kind, tuple(shape), items).cast(kind)


def known(value: Any) -> Array:
    """An array as it is; a number of the spelling's own as one."""
    if isinstance(value, Array):
        return value
    kind = next(kind for kind, python in KINDS.items() if isinstance(value, python))
    return Array(kind, (), [value])


def highest(arrays: Sequence[Array]) -> str:
    """The kind that numbers of several take together."""
    return max((a.kind for a in arrays), key=list(KINDS).index)


def indices(shape: Shape) -> Iterator[Index]:
    """The indices into a shape, row by row."""
    return product(*map(range, shape))


def wrapped(n: int) -> int:
    """An integer as 64 bits keep it."""
    return (n + 2**63) % 2**64 - 2**63


def spread(array: Array, shape: Shape) -> Sequence[Number]:
    """The items of an array that is broadcast to a shape."""
    if array.shape == shape:
        return array.items
    if len(array.items) == 1:
        return list(array.items) * math.prod(shape)
    skipped = len(shape) - array.rank

    def origin(index: Index) -> Index:
        sizes = zip(array.shape, index[skipped:], strict=True)
        return tuple(0 if size == 1 else i for size, i in sizes)

    return array.moved(shape, origin).items
