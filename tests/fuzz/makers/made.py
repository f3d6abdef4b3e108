"""Statements that make arrays from nothing, convert them, or stop derivatives."""

from __future__ import annotations

import numpy as np

from tests.fuzz.pool import FLOATS, Pool, listed


def filled(pool: Pool) -> None:
    like = pool.some_float()
    if like is None:
        return
    sizes = pool.shape(like.shape)
    number, text = pool.number()
    written, value = pool.rng.choice(
        [
            (f"zeros({listed(like.shape)})", 0.0),
            (f"ones({listed(like.shape)})", 1.0),
            (f"full({listed(like.shape)}, {text})", float(number)),
        ]
    )
    pool.add(
        "filled",
        [],
        written,
        lambda r: r.constant(np.full(sizes, value)),
        (pool.float, like.shape),
        exact=(value * 16).is_integer(),
    )


def full_of(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape == ())
    like = pool.some_float(lambda v: v.shape != ())
    if x is None or like is None or x.dtype != pool.float:
        return
    sizes = pool.shape(like.shape)
    pool.add(
        "full",
        [x],
        f"full({listed(like.shape)}, $0)",
        lambda r, a: r.broadcast_to(a, sizes),
        (pool.float, like.shape),
        exact=True,
    )


def counted(pool: Pool) -> None:
    n = pool.rng.randint(0, 5)
    form = pool.rng.random()
    if form < 0.4:
        pool.add(
            "arange",
            [],
            f"arange({n})",
            lambda r: r.constant(np.arange(n)),
            ("i64", [n]),
            exact=True,
        )
    elif form < 0.7:
        pool.add(
            "arange",
            [],
            f"arange(1, {n + 2}, 2)",
            lambda r: r.constant(np.arange(1, n + 2, 2)),
            ("i64", [len(range(1, n + 2, 2))]),
            exact=True,
        )
    else:
        pool.add(
            "eye",
            [],
            f"eye({n})",
            lambda r: r.constant(np.eye(n)),
            (pool.float, [n, n]),
            exact=True,
        )


def converted(pool: Pool) -> None:
    x = pool.pick()
    dtype = pool.rng.choice([pool.float, pool.float, "i64", "bool"])
    if dtype == "i64":
        if x.is_float and not pool.safe(x.array - np.round(x.array), x):
            return
        pool.add("astype", [x], 'astype($0, "i64")', _integer, ("i64", x.shape), exact=True)
    elif dtype == "bool":
        if pool.safe(x.array, x):
            pool.add(
                "astype",
                [x],
                'astype($0, "bool")',
                lambda r, a: r.truth(a),
                ("bool", x.shape),
                exact=True,
            )
    elif dtype in FLOATS:
        pool.add(
            "astype",
            [x],
            f'astype($0, "{dtype}")',
            lambda r, a: r.real(a),
            (dtype, x.shape),
            exact=True,
        )


def _integer(r, a):
    return r.integer(r.real(r.number(a)))


def stopped(pool: Pool) -> None:
    x = pool.some_float()
    if x is not None:
        pool.add(
            "stop_gradient",
            [x],
            "stop_gradient($0)",
            lambda r, a: r.fixed(a),
            (x.dtype, x.shape),
            exact=True,
            kinked=True,
        )


MAKERS = [(1, filled), (1, full_of), (1, counted), (1.5, converted), (0.6, stopped)]
