"""Statements that move elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradc.ir.sizes import floor_divide
from tests.fuzz.pool import Pool, broadcast, listed, product


def reshape(pool: Pool) -> None:
    """Axes merged, split off, added; one size may be -1."""
    x = pool.pick()
    shape = list(x.shape)
    form = pool.rng.random()
    if form < 0.25 and len(shape) > 1:
        at = pool.rng.randrange(len(shape) - 1)
        shape[at : at + 2] = [shape[at] * shape[at + 1]]
    elif form < 0.45:
        shape.insert(pool.rng.randint(0, len(shape)), 1)
    elif form < 0.6:
        split = [i for i, s in enumerate(shape) if isinstance(s, int) and s % 2 == 0 and s]
        if split:
            at = pool.rng.choice(split)
            shape[at : at + 1] = [2, shape[at] // 2] if pool.chance(0.5) else [shape[at] // 2, 2]
    elif form < 0.75 and 1 in shape:
        shape.remove(1)
    elif form < 0.9:
        shape = [product(shape)]
    else:
        pool.rng.shuffle(shape)
    written = listed(shape)
    wild = [
        i
        for i, s in enumerate(shape)
        if (known := product([*shape[:i], *shape[i + 1 :]])) != 0 and pool.size(known)
    ]
    # What the other sizes leave over must be known by form.
    wild = [
        i
        for i in wild
        if floor_divide(product(x.shape), product([*shape[:i], *shape[i + 1 :]])) == shape[i]
    ]
    if wild and pool.chance(0.4):
        at = pool.rng.choice(wild)
        written = listed([*shape[:at], -1, *shape[at + 1 :]])
    sizes = pool.shape(shape)
    pool.add(
        "reshape",
        [x],
        f"reshape($0, {written})",
        lambda r, a: r.reshape(a, sizes),
        (x.dtype, shape),
        exact=True,
    )


def spread(pool: Pool) -> None:
    """expand_dims, squeeze, ravel."""
    x = pool.pick()
    rank = len(x.shape)
    name = pool.rng.choice(["expand_dims", "squeeze", "ravel"])
    shape: list[Any] = list(x.shape)
    extra = ""
    if name == "expand_dims":
        axis = pool.rng.randrange(-rank - 1, rank + 1)
        shape.insert(axis % (rank + 1), 1)
        extra = f", axis={axis}"
    elif name == "squeeze":
        ones = [i for i, s in enumerate(shape) if s == 1]
        if not ones:
            return
        axis = pool.rng.choice(ones)
        del shape[axis]
        extra = f", axis={axis}"
    else:
        shape = [product(shape)]
    sizes = pool.shape(shape)
    pool.add(
        name,
        [x],
        f"{name}($0{extra})",
        lambda r, a: r.reshape(a, sizes),
        (x.dtype, shape),
        exact=True,
    )


def transpose(pool: Pool) -> None:
    x = pool.pick(lambda v: len(v.shape) > 1)
    if x is None:
        return
    rank = len(x.shape)
    axes = list(range(rank))
    pool.rng.shuffle(axes)
    text = f"transpose($0, axes={axes})"
    if rank == 2 and pool.chance(0.5):
        axes, text = [1, 0], "$0.T"
    elif pool.chance(0.3):
        axes, text = [*range(rank - 2), rank - 1, rank - 2], "$0.mT"
    elif pool.chance(0.3):
        a, b = pool.rng.sample(range(rank), 2)
        axes = list(range(rank))
        axes[a], axes[b] = axes[b], axes[a]
        text = f"swapaxes($0, {a}, {b - rank})"
    elif pool.chance(0.2):
        axes, text = axes[:0] + list(range(rank))[::-1], "permute_dims($0)"
        text = "transpose($0)"
    pool.add(
        "transpose",
        [x],
        text,
        lambda r, a: r.transpose(a, axes),
        (x.dtype, [x.shape[a] for a in axes]),
        exact=True,
    )


def _slice(pool: Pool, size: Any) -> tuple[str, Any, Any]:
    """A slice's text, the positions it picks, and the size that is left."""
    step = pool.rng.choice([1, 1, 2, -1, -1, 3, -2])
    if not isinstance(size, int):
        length = pool.size(size)
        if step == 1:
            return ":", np.arange(length), size
        if step == -1:
            return "::-1", np.arange(length)[::-1].copy(), size
        if step > 1:
            return f"::{step}", np.arange(0, length, step), floor_divide(size + step - 1, step)
        return ":", np.arange(length), size
    start = pool.rng.choice([None, None, *range(-size - 1, size + 2)])
    stop = pool.rng.choice([None, None, *range(-size - 1, size + 2)])
    picked = np.arange(size)[slice(start, stop, step)].copy()
    text = f"{'' if start is None else start}:{'' if stop is None else stop}"
    return text + (f":{step}" if step != 1 else ""), picked, len(picked)


def index(pool: Pool) -> None:
    """Integers, slices with steps of either sign, an ellipsis, new axes."""
    x = pool.pick(lambda v: len(v.shape) > 0)
    if x is None:
        return
    rank = len(x.shape)
    used = pool.rng.randint(1, rank)
    dots = used if used == rank or pool.chance(0.6) else pool.rng.randint(0, used - 1)
    parts, shape, plan = [], [], []
    axes = [*range(dots), *range(rank - (used - dots), rank)]
    for position, axis in enumerate(axes):
        if position == dots and used < rank:
            parts.append("...")
            for middle in range(dots, rank - (used - dots)):
                plan.append((middle, None))
                shape.append(x.shape[middle])
        size = x.shape[axis]
        if pool.chance(0.15):
            parts.append("newaxis")
            plan.append((-1, None))
            shape.append(1)
        if isinstance(size, int) and size and pool.chance(0.3):
            at = pool.rng.randrange(-size, size)
            parts.append(str(at))
            plan.append((axis, at % size))
        else:
            text, picked, left = _slice(pool, size)
            parts.append(text)
            plan.append((axis, picked))
            shape.append(left)
    if used < rank and dots == used:
        plan += [(a, None) for a in range(used, rank)]
        shape += x.shape[used:]
        if pool.chance(0.5):
            parts.append("...")
    sizes = pool.shape(shape)

    def reference(r, a):
        for axis, picked in plan:
            if axis >= 0 and picked is not None:
                indices = np.atleast_1d(np.asarray(picked, np.int64))
                a = r.take(a, r.constant(indices), axis)
        return r.reshape(a, sizes)

    pool.add("index", [x], f"$0[{', '.join(parts)}]", reference, (x.dtype, shape), exact=True)


def pad(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != ())
    if x is None:
        return
    widths = [[pool.rng.randint(0, 2), pool.rng.randint(0, 2)] for _ in x.shape]
    value, spelled = pool.number() if pool.chance(0.4) else (0, "")
    extra = f", constant_values={spelled}" if spelled else ""
    shape = [low + s + high for s, (low, high) in zip(x.shape, widths, strict=True)]
    pool.add(
        "pad",
        [x],
        f"pad($0, {widths}{extra})",
        lambda r, a: r.pad(a, widths, value),
        (x.dtype, shape),
        exact=not extra,
    )


def broadcast_to(pool: Pool) -> None:
    x = pool.some_float()
    y = None if x is None else pool.pick(lambda v: broadcast(x.shape, v.shape) == v.shape)
    if y is None:
        return
    sizes = pool.shape(y.shape)
    text = (
        f"broadcast_to($0, {listed(y.shape)})" if pool.chance(0.6) else "broadcast_to($0, $1.shape)"
    )
    pool.add(
        "broadcast_to",
        [x, y],
        text,
        lambda r, a, b: r.broadcast_to(a, sizes),
        (x.dtype, y.shape),
        exact=True,
    )


def turns(pool: Pool) -> None:
    """flip, roll, tile, repeat."""
    x = pool.some_float(lambda v: v.shape != ())
    if x is None:
        return
    name = pool.rng.choice(["flip", "roll", "tile", "repeat"])
    rank = len(x.shape)
    axis = pool.axis(rank)
    kind = (x.dtype, x.shape)
    if name == "flip":
        every = pool.chance(0.3)
        pool.add(
            name,
            [x],
            "flip($0)" if every else f"flip($0, axis={axis})",
            lambda r, a: r.flip(a, axis=None if every else axis),
            kind,
            exact=True,
        )
    elif name == "roll":
        shift = pool.rng.randint(-3, 3)
        flat = pool.chance(0.3)
        extra = "" if flat else f", axis={axis}"
        pool.add(
            name,
            [x],
            f"roll($0, {shift}{extra})",
            lambda r, a: r.roll(a, shift, None if flat else axis),
            kind,
            exact=True,
        )
    elif name == "tile":
        reps = [pool.rng.randint(1, 3) for _ in range(rank + pool.rng.randint(0, 1))]
        shape = [
            n * s for n, s in zip(reps, ([1] * len(reps) + [*x.shape])[-len(reps) :], strict=True)
        ]
        pool.add(
            name,
            [x],
            f"tile($0, {reps})",
            lambda r, a: r.tile(a, reps),
            (x.dtype, shape),
            exact=True,
        )
    else:
        n = pool.rng.randint(1, 3)
        shape = [*x.shape]
        shape[axis] = shape[axis] * n
        pool.add(
            name,
            [x],
            f"repeat($0, {n}, axis={axis})",
            lambda r, a: r.repeat(a, n, axis),
            (x.dtype, shape),
            exact=True,
        )


MAKERS = [
    (3, reshape),
    (1, spread),
    (3, transpose),
    (5, index),
    (1, pad),
    (2, broadcast_to),
    (2, turns),
]
