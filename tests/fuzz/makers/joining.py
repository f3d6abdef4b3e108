"""Statements that join values and split them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tests.fuzz.pool import Pool, promoted


def concatenate(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != ())
    if x is None:
        return
    rank = len(x.shape)
    axis = pool.axis(rank)

    def others(v):
        return [s for i, s in enumerate(v.shape) if i != axis % rank]

    arrays = [x]
    for _ in range(pool.rng.randint(0, 3)):
        y = pool.some_float(lambda v: len(v.shape) == rank and others(v) == others(x))
        arrays.append(y)
    size = sum((v.shape[axis] for v in arrays[1:]), arrays[0].shape[axis])
    shape = [*x.shape]
    shape[axis] = size
    name = pool.rng.choice(["concatenate", "concat"])
    text = ", ".join(f"${i}" for i in range(len(arrays)))
    pool.add(
        "concatenate",
        arrays,
        f"{name}([{text}], axis={axis})",
        lambda r, *a: r.concatenate(a, axis=axis),
        (promoted(*(v.dtype for v in arrays)), shape),
        exact=True,
    )


def stack(pool: Pool) -> None:
    x = pool.some_float()
    if x is None:
        return
    rank = len(x.shape)
    arrays = [x]
    further = range(pool.rng.randint(0, 2))
    arrays += [pool.some_float(lambda v: v.shape == x.shape) for _ in further]
    axis = pool.rng.randrange(-rank - 1, rank + 1)
    shape = [*x.shape]
    shape.insert(axis % (rank + 1), len(arrays))
    text = ", ".join(f"${i}" for i in range(len(arrays)))
    pool.add(
        "stack",
        arrays,
        f"stack([{text}], axis={axis})",
        lambda r, *a: r.stack(a, axis=axis),
        (promoted(*(v.dtype for v in arrays)), shape),
        exact=True,
    )


def split(pool: Pool) -> None:
    """Several results, some of which nothing may need."""
    x = pool.some_float(lambda v: any(isinstance(s, int) and s > 1 for s in v.shape))
    if x is None:
        return
    axis = pool.rng.choice([i for i, s in enumerate(x.shape) if isinstance(s, int) and s > 1])
    size = x.shape[axis]
    assert isinstance(size, int)
    if pool.chance(0.5):
        count = pool.rng.choice([n for n in range(2, size + 1) if size % n == 0])
        bounds, asked = [size // count * i for i in range(count + 1)], str(count)
    else:
        at = pool.rng.randint(1, size - 1)
        bounds, asked = [0, at, size], f"[{at}]"
    kinds = []
    for low, high in pairwise(bounds):
        shape = [*x.shape]
        shape[axis] = high - low
        kinds.append((x.dtype, shape))

    def reference(r, a):
        return tuple(
            r.take(a, r.constant(np.arange(low, high)), axis) for low, high in pairwise(bounds)
        )

    pool.add("split", [x], f"split($0, {asked}, axis={axis})", reference, *kinds, exact=True)


MAKERS = [(2, concatenate), (1, stack), (1, split)]
