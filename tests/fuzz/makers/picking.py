"""Statements that pick elements by positions known at run time."""

from __future__ import annotations

import numpy as np

from tests.fuzz.pool import Pool
from tests.fuzz.program import Value


def _indices(pool: Pool, size: int, shape: tuple, *, negative: bool = True):
    """An input of positions within an axis, some of them repeated."""
    low = -size if negative and pool.chance(0.4) else 0
    array = pool.arrays.integers(low, size, pool.shape(shape))
    dtype = pool.rng.choice(["i64", "i64", "i32"])
    return pool.argument(dtype, shape, is_param=False, array=array)


def take(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != () and v.array.size > 0)
    if x is None or len(pool.arguments) > 14:
        return
    rank = len(x.shape)
    shape = pool.rng.choice([(), (3,), (1,), (2, 2), (5,), (0,)])
    if pool.chance(0.2):
        size = x.array.size
        ids = _indices(pool, size, shape)
        pool.add(
            "take",
            [x, ids],
            "take($0, $1)",
            lambda r, a, i: r.take(a, i),
            (x.dtype, shape),
            exact=True,
        )
        return
    axis = pool.axis(rank)
    ids = _indices(pool, x.array.shape[axis], shape)
    at = axis % rank
    found = [*x.shape[:at], *shape, *x.shape[at + 1 :]]
    if shape == () and at == 0 and pool.chance(0.5):
        text = "$0[$1]"
    else:
        text = f"take($0, $1, axis={axis})"
    pool.add(
        "take", [x, ids], text, lambda r, a, i: r.take(a, i, axis), (x.dtype, found), exact=True
    )


def pick(pool: Pool) -> None:
    """Arrays of positions in two slots of an index, side by side or apart."""
    x = pool.some_float(lambda v: len(v.shape) > 1 and v.array.size > 0)
    if x is None or len(pool.arguments) > 13:
        return
    first, second = sorted(pool.rng.sample(range(min(len(x.shape), 4)), 2))
    shapes = pool.rng.choice([((3,), (3,)), ((2, 1), (4,)), ((), (2,)), ((1,), (2, 2)), ((0,), ())])
    ids = [
        _indices(pool, x.array.shape[axis], shape)
        for axis, shape in zip((first, second), shapes, strict=True)
    ]
    common = list(np.broadcast_shapes(*shapes))
    rest = [s for a, s in enumerate(x.shape) if a not in (first, second)]
    place = first if second == first + 1 else 0
    slots = [":"] * len(x.shape)
    slots[first], slots[second] = "$1", "$2"

    def reference(r, a, i, j):
        whole = [slice(None)] * a.ndim
        whole[first], whole[second] = r.integer(i), r.integer(j)
        return a[tuple(whole)]

    pool.add(
        "pick",
        [x, *ids],
        f"$0[{', '.join(slots)}]",
        reference,
        (x.dtype, [*rest[:place], *common, *rest[place:]]),
        exact=True,
    )


def take_along(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != () and v.array.size > 0)
    if x is None or len(pool.arguments) > 14:
        return
    axis = pool.axis(len(x.shape))
    shape = [*x.shape]
    shape[axis] = pool.rng.randint(1, 4)
    ids = _indices(pool, x.array.shape[axis], tuple(shape))
    pool.add(
        "take_along_axis",
        [x, ids],
        f"take_along_axis($0, $1, axis={axis})",
        lambda r, a, i: r.take_along_axis(a, i, axis),
        (x.dtype, shape),
        exact=True,
    )


def scatter_add(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != () and isinstance(v.shape[0], int))
    if x is None or len(pool.arguments) > 14:
        return
    length = pool.rng.randint(1, 5)
    ids = _indices(pool, length, (x.shape[0],))
    rest = ", ".join([f"$0.shape[{i}]" for i in range(1, len(x.shape))])
    shape = f"[{length}{', ' if rest else ''}{rest}]"
    pool.add(
        "scatter_add",
        [x, ids],
        f"scatter_add($0, $1, {shape}, axis=0)",
        lambda r, a, i: r.scatter(a, i, length),
        (x.dtype, [length, *x.shape[1:]]),
        exact=True,
    )


def _are_labels(value: Value) -> bool:
    return bool(value.array.min(initial=0) >= 0 and value.array.max(initial=0) < 12)


def one_hot(pool: Pool) -> None:
    ids = pool.pick(lambda v: v.dtype in ("i64", "i32") and v.array.size < 30 and _are_labels(v))
    if ids is None:
        return
    # Labels that are inputs are held to their number at the door.
    count = max(pool.rng.randint(1, 4), int(ids.array.max(initial=0)) + 1)
    pool.add(
        "one_hot",
        [ids],
        f'one_hot($0, {count}, dtype="{pool.float}")',
        lambda r, i: r.real(i[..., None] == r.constant(np.arange(count))),
        (pool.float, [*ids.shape, count]),
        exact=True,
    )


def diagonal(pool: Pool) -> None:
    x = pool.some_float(lambda v: len(v.shape) > 1 and all(isinstance(s, int) for s in v.shape))
    if x is None:
        return
    rank = len(x.shape)
    a, b = pool.rng.sample(range(rank), 2)
    offset = pool.rng.randint(-1, 1)
    found = np.diagonal(x.array, offset, a, b)
    pool.add(
        "diagonal",
        [x],
        f"diagonal($0, offset={offset}, axis1={a}, axis2={b})",
        lambda r, v: r.diagonal(v, offset, a, b),
        (x.dtype, found.shape),
        exact=True,
    )


def triangle(pool: Pool) -> None:
    x = pool.some_float(lambda v: len(v.shape) > 1)
    if x is None:
        return
    name = pool.rng.choice(["tril", "triu"])
    k = pool.rng.randint(-1, 1)
    pool.add(
        name,
        [x],
        f"{name}($0, k={k})",
        lambda r, v: getattr(r, name)(v, k),
        (x.dtype, x.shape),
        exact=True,
    )


MAKERS = [
    (3, take),
    (2, pick),
    (1, take_along),
    (1, scatter_add),
    (1, one_hot),
    (1, diagonal),
    (1, triangle),
]
