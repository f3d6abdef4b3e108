"""NumPy's reductions and products of known numbers, added up in its order."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

from gradc.targets.numpy.known.array import Array, Index, Number, highest, indices, wrapped

Axes: TypeAlias = int | tuple[int, ...] | None
Reduce: TypeAlias = Callable[[list[Any]], Number]

_LANES = 8  # partial sums that NumPy keeps side by side
_BLOCK = 128  # elements from which on it adds up halves


def _reduced(x: Array, axis: Axes, keepdims: bool, kind: str, reduce: Reduce) -> Array:
    """An array with what stands along axes reduced to one number."""
    axes = range(x.rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    gone = {a % x.rank for a in axes}
    kept = [a for a in range(x.rank) if a not in gone]
    small = [x.shape[a] for a in kept]
    groups: dict[Index, list[Any]] = {index: [] for index in indices(tuple(small))}
    for index, item in zip(indices(x.shape), x.items, strict=True):
        groups[tuple([index[a] for a in kept])].append(item)
    shape = tuple(1 if a in gone else s for a, s in enumerate(x.shape)) if keepdims else small
    return Array(kind, tuple(shape), [reduce(group) for group in groups.values()])


def _together(x: Array, axis: Axes) -> int:
    """How many elements that are reduced stand side by side."""
    if axis is None or not x.rank:
        return len(x.items)
    gone = {a % x.rank for a in ((axis,) if isinstance(axis, int) else axis)}
    count = 1
    for a in reversed(range(x.rank)):
        if a in gone:
            count *= x.shape[a]
        elif x.shape[a] != 1:
            break
    return count


def _pairwise(items: Sequence[float]) -> float:
    """The sum of elements side by side, as NumPy adds them."""
    count = len(items)
    if count < _LANES:
        return _in_turn(items)
    if count <= _BLOCK:
        whole = count - count % _LANES
        r = [_in_turn(items[lane:whole:_LANES]) for lane in range(_LANES)]
        total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
        return _in_turn([total, *items[whole:]])
    half = count // 2 - count // 2 % _LANES
    return _pairwise(items[:half]) + _pairwise(items[half:])


def _in_turn(items: Sequence[float]) -> float:
    """A sum from left to right; the built-in one keeps digits that floats lose."""
    total = -0.0
    for item in items:
        total += item
    return total


def _integers(kind: str) -> bool:
    return kind != "f64"


def _summed(x: Array, axis: Axes) -> Reduce:
    if _integers(x.kind):
        return lambda items: wrapped(sum(items))
    size = max(_together(x, axis), 1)

    def reduce(items: list[Any]) -> float:
        return _in_turn(
            [0.0, *(_pairwise(items[i : i + size]) for i in range(0, len(items), size))]
        )

    return reduce


def total(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """The sum."""
    kind = "i64" if _integers(x.kind) else "f64"
    return _reduced(x, axis, keepdims, kind, _summed(x, axis))


def mean(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    floats = Array("f64", x.shape, [float(n) for n in x.items])
    add = _summed(floats, axis)
    return _reduced(floats, axis, keepdims, "f64", lambda xs: add(xs) / len(xs) if xs else math.nan)


def prod(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    if _integers(x.kind):
        return _reduced(x, axis, keepdims, "i64", lambda items: wrapped(math.prod(items)))
    return _reduced(x, axis, keepdims, "f64", lambda items: float(math.prod(items)))


def _extreme(better: Callable[[Any, Any], bool]) -> Callable[..., Array]:
    def extreme(
        x: Array, axis: Axes = None, keepdims: bool = False, initial: float | None = None
    ) -> Array:
        def reduce(items: list[Any]) -> Number:
            best = items[0] if initial is None else initial
            for item in items:
                if best == best and (item != item or better(item, best)):
                    best = item
            return best

        return _reduced(x, axis, keepdims, x.kind, reduce)

    return extreme


def every(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    return _reduced(x, axis, keepdims, "bool", all)


def some(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    return _reduced(x, axis, keepdims, "bool", any)


def _along(x: Array, axis: int) -> Iterator[tuple[list[int], list[Any]]]:
    """The lines along an axis: the places of their elements, and these."""
    step = math.prod(x.shape[axis + 1 :])
    size = x.shape[axis]
    for start in range(0, len(x.items), max(step * size, 1)):
        for offset in range(start, start + step):
            places = [offset + i * step for i in range(size)]
            yield places, [x.items[p] for p in places]


def _each_line(x: Array, axis: int, kind: str, change: Callable[[list[Any]], list[Any]]) -> Array:
    items: list[Number] = [0] * len(x.items)
    for places, line in _along(x, axis % x.rank):
        for place, item in zip(places, change(line), strict=True):
            items[place] = item
    return Array(kind, x.shape, items)


def _accumulated(function: Callable[[Any, Any], Any]) -> Callable[..., Array]:
    def accumulated(x: Array, axis: int | None = None) -> Array:
        if axis is None:
            x, axis = Array(x.kind, (len(x.items),), x.items), 0
        if not _integers(x.kind):
            return _each_line(x, axis, "f64", lambda line: list(accumulate(line, function)))
        return _each_line(
            x,
            axis,
            "i64",
            lambda line: list(accumulate(map(int, line), lambda a, b: wrapped(function(a, b)))),
        )

    return accumulated


def ordered(x: Array, axis: int = -1, kind: str = "stable") -> Array:
    """Sorted along an axis; nan is last."""
    return _each_line(x, axis, x.kind, lambda line: sorted(line, key=lambda n: (n != n, n)))


def einsum(subscripts: str, *arrays: Array, optimize: bool = True) -> Array:
    """A sum of products; the subscripts say what the result's are."""
    operands, result = _written_out(subscripts, arrays)
    sizes: dict[str, int] = {}
    for letters, x in zip(operands, arrays, strict=True):
        for letter, size in zip(letters, x.shape, strict=True):
            sizes[letter] = size if sizes.get(letter, 1) == 1 else sizes[letter]
    order = [*result, *(c for c in sizes if c not in result)]
    kind = highest(arrays)
    factors = [
        _spread_by(x.cast(kind), letters, order, sizes)
        for letters, x in zip(operands, arrays, strict=True)
    ]
    products = [math.prod(row) for row in zip(*factors, strict=True)]
    shape = tuple(sizes[c] for c in result)
    count = math.prod(sizes[c] for c in order[len(result) :])
    rows = [products[r * count : (r + 1) * count] for r in range(math.prod(shape))]
    if kind == "f64":
        return Array(kind, shape, [_in_turn([0.0, *row]) for row in rows])
    return Array("i64", shape, [wrapped(sum(row)) for row in rows])


def _written_out(subscripts: str, arrays: Sequence[Array]) -> tuple[list[str], str]:
    """The subscripts of operands and result, with digits for what `...` stands for."""
    left, _, result = subscripts.partition("->")
    counted = [
        (letters, len(x.shape) - len(letters.replace("...", "")))
        for letters, x in zip(left.split(","), arrays, strict=True)
    ]
    digits = "0123456789"[: max(count for _, count in counted)]
    operands = [s.replace("...", digits[len(digits) - count :]) for s, count in counted]
    return operands, result.replace("...", digits)


def _spread_by(x: Array, letters: str, order: Sequence[str], sizes: dict[str, int]) -> list[Number]:
    """The items of an operand, spread over the axes that letters stand for."""
    steps = dict.fromkeys(order, 0)
    for axis, letter in enumerate(letters):
        if x.shape[axis] != 1:
            steps[letter] += math.prod(x.shape[axis + 1 :])
    places = [0]
    for letter in order:
        step, size = steps[letter], sizes[letter]
        places = [place + i * step for place in places for i in range(size)]
    return [x.items[place] for place in places]


def matmul(a: Array, b: Array) -> Array:
    """The matrix product; one axis is a row on the left and a column on the right."""
    batch = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: max(a.rank, b.rank, 2) - 2]
    left = "k" if a.rank == 1 else batch[len(batch) - a.rank + 2 :] + "ik"
    right = "k" if b.rank == 1 else batch[len(batch) - b.rank + 2 :] + "kj"
    result = batch + "i" * (a.rank > 1) + "j" * (b.rank > 1)
    return einsum(f"{left},{right}->{result}", a, b)


REDUCTIONS: dict[str, Callable[..., Array]] = {
    "sum": total,
    "mean": mean,
    "prod": prod,
    "max": _extreme(operator.gt),
    "min": _extreme(operator.lt),
    "all": every,
    "any": some,
    "cumsum": _accumulated(operator.add),
    "cumprod": _accumulated(operator.mul),
    "sort": ordered,
    "einsum": einsum,
    "matmul": matmul,
}
