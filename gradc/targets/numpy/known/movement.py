"""NumPy's functions that move known numbers without computing on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.targets.numpy.known.array import Array, Index, Number, Shape, indices, known, spread


def reshape(x: Array, shape: Shape) -> Array:
    return Array(x.kind, shape, x.items)


def transpose(x: Array, axes: Sequence[int]) -> Array:
    def origin(index: Index) -> Index:
        return tuple(index[axes.index(a)] for a in range(x.rank))

    return x.moved(tuple(x.shape[a] for a in axes), origin)


def broadcast_to(x: Array, shape: Shape) -> Array:
    return Array(x.kind, shape, spread(x, shape))


def pad(x: Array, pad_width: Sequence[tuple[int, int]], constant_values: Number = 0) -> Array:
    """A frame of one number around the array."""
    shape = tuple(low + s + high for s, (low, high) in zip(x.shape, pad_width, strict=True))
    fill = known(constant_values).cast(x.kind).items[0]
    items = []
    for index in indices(shape):
        inner = tuple(i - low for i, (low, _) in zip(index, pad_width, strict=True))
        inside = all(0 <= i < s for i, s in zip(inner, x.shape, strict=True))
        items.append(x.at(inner) if inside else fill)
    return Array(x.kind, shape, items)


def flip(x: Array, axis: int | Sequence[int]) -> Array:
    axes = (axis,) if isinstance(axis, int) else axis

    def origin(index: Index) -> Index:
        return tuple(x.shape[a] - 1 - i if a in axes else i for a, i in enumerate(index))

    return x.moved(x.shape, origin)


def roll(x: Array, shift: int, axis: int | None = None) -> Array:
    """Shifted along an axis, or as it stands row by row; what falls off comes in at the start."""
    if axis is None:
        cut = -shift % max(len(x.items), 1)
        return Array(x.kind, x.shape, [*x.items[cut:], *x.items[:cut]])

    def origin(index: Index) -> Index:
        return tuple((i - shift) % x.shape[a] if a == axis else i for a, i in enumerate(index))

    return x.moved(x.shape, origin)


def tile(x: Array, reps: Shape) -> Array:
    """Copies side by side; there is a number of them for each axis, or for more."""
    sizes = (1,) * (len(reps) - x.rank) + x.shape

    def origin(index: Index) -> Index:
        return tuple(i % s for i, s in zip(index, sizes, strict=True))[len(sizes) - x.rank :]

    return x.moved(tuple(r * s for r, s in zip(reps, sizes, strict=True)), origin)


def repeat(x: Array, repeats: int, axis: int | None = None) -> Array:
    if axis is None:
        x, axis = Array(x.kind, (len(x.items),), x.items), 0

    def origin(index: Index) -> Index:
        return tuple(i // repeats if a == axis else i for a, i in enumerate(index))

    return x.moved(tuple(s * repeats if a == axis else s for a, s in enumerate(x.shape)), origin)


def _triangle(x: Array, keeps: Callable[[int], bool]) -> Array:
    zero = known(0).cast(x.kind).items[0]
    pairs = zip(indices(x.shape), x.items, strict=True)
    return Array(x.kind, x.shape, [n if keeps(i[-1] - i[-2]) else zero for i, n in pairs])


def tril(x: Array, k: int = 0) -> Array:
    return _triangle(x, lambda above: above <= k)


def triu(x: Array, k: int = 0) -> Array:
    return _triangle(x, lambda above: above >= k)


def diagonal(x: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Two axes give way to a last one along their diagonal."""
    rest = [a for a in range(x.rank) if a not in (axis1, axis2)]
    rows, columns = x.shape[axis1], x.shape[axis2]
    length = max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)

    def origin(index: Index) -> Index:
        place = dict(zip(rest, index, strict=False))
        place[axis1], place[axis2] = index[-1] - min(offset, 0), index[-1] + max(offset, 0)
        return tuple(place[a] for a in range(x.rank))

    return x.moved((*(x.shape[a] for a in rest), length), origin)


MOVEMENT: dict[str, Callable[..., Array]] = {
    f.__name__: f
    for f in (
        reshape,
        transpose,
        broadcast_to,
        pad,
        flip,
        roll,
        tile,
        repeat,
        tril,
        triu,
        diagonal,
    )
}
