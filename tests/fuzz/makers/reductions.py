"""Statements that reduce, scan or sort along axes."""

from __future__ import annotations

import numpy as np

from tests.fuzz.pool import Pool, product, reduced


def _called(name, axes, keepdims):
    return f"{name}($0{axes}{', keepdims=true' if keepdims else ''})"


def sums(pool: Pool) -> None:
    x = pool.pick()
    axis, axes = pool.axes(len(x.shape))
    keepdims = pool.chance(0.35)
    shape = reduced(x.shape, axis, keepdims)
    count = x.array.size // max(int(np.prod(pool.shape(shape))), 1)
    name = pool.rng.choice(["sum", "mean", "sum"])
    if name == "mean" and (count == 0 or x.array.size == 0):
        return
    dtype = x.dtype
    if name == "mean":
        dtype = dtype if x.is_float else "f64"
    elif not x.is_float:
        dtype = "i64"

    def reference(r, a):
        a = r.number(a)
        return getattr(r, name)(r.real(a) if name == "mean" else a, axis=axis, keepdims=keepdims)

    pool.add(
        name, [x], _called(name, axes, keepdims), reference, (dtype, shape), exact=name == "sum"
    )


def extremes(pool: Pool) -> None:
    """max and min; ties share the cotangent equally."""
    x = pool.some_float(lambda v: v.array.size > 0)
    if x is None:
        return
    axis, axes = pool.axes(len(x.shape))
    flat = np.sort(x.array, axis=None)
    if not pool.safe(np.diff(flat), x):
        return
    keepdims = pool.chance(0.35)
    name = pool.rng.choice(["max", "min"])
    tied = bool((np.diff(flat) == 0).any())
    pool.add(
        name,
        [x],
        _called(name, axes, keepdims),
        lambda r, a: getattr(r, name)(a, axis=axis, keepdims=keepdims),
        (x.dtype, reduced(x.shape, axis, keepdims)),
        exact=True,
        kinked=tied,
    )


def products(pool: Pool) -> None:
    """prod, of arrays with zeros too."""
    x = pool.some_float(lambda v: v.array.size < 40)
    if x is None:
        return
    axis, axes = pool.axes(len(x.shape))
    keepdims = pool.chance(0.35)
    pool.add(
        "prod",
        [x],
        _called("prod", axes, keepdims),
        lambda r, a: r.prod(a, axis=axis, keepdims=keepdims),
        (x.dtype, reduced(x.shape, axis, keepdims)),
    )


def spreads(pool: Pool) -> None:
    """var, std, logsumexp, norm."""
    x = pool.some_float(lambda v: v.array.size > 1)
    if x is None:
        return
    axis, axes = pool.axes(len(x.shape))
    keepdims = pool.chance(0.35)
    shape = reduced(x.shape, axis, keepdims)
    kept = reduced(x.shape, axis, True)
    count = x.array.size // max(int(np.prod(pool.shape(shape))), 1)
    if count < 2:
        return
    name = pool.rng.choice(["var", "std", "logsumexp", "norm"])
    correction = int(pool.chance(0.3)) if name in ("var", "std") else 0
    if name == "std" and np.var(x.array, axis=axis).min() < 1e-2:
        return
    if name == "norm" and (np.square(x.array).sum(axis=axis).min() < 1e-2):
        return
    extra = f"{axes}, correction=1" if correction else axes

    def reference(r, a):
        if name == "logsumexp":
            return r.log(r.sum(r.exp(a), axis=axis, keepdims=keepdims))
        if name == "norm":
            return r.sqrt(r.sum(a * a, axis=axis, keepdims=keepdims))
        off = a - r.reshape(r.mean(a, axis=axis, keepdims=True), pool.shape(kept))
        found = r.sum(off * off, axis=axis, keepdims=keepdims) / (count - correction)
        return found if name == "var" else r.sqrt(found)

    pool.add(name, [x], _called(name, extra, keepdims), reference, (x.dtype, shape))


def scans(pool: Pool) -> None:
    x = pool.some_float()
    if x is None or (not x.shape and pool.chance(0.9)):
        return
    name = pool.rng.choice(["cumsum", "cumprod"])
    if not x.shape or pool.chance(0.15):
        pool.add(
            name,
            [x],
            f"{name}($0)",
            lambda r, a: getattr(r, name)(a),
            (x.dtype, (product(x.shape),)),
            exact=name == "cumsum",
        )
        return
    axis = pool.axis(len(x.shape))
    pool.add(
        name,
        [x],
        f"{name}($0, axis={axis})",
        lambda r, a: getattr(r, name)(a, axis=axis),
        (x.dtype, x.shape),
        exact=name == "cumsum",
    )


def orders(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != ())
    if x is None:
        return
    axis = pool.axis(len(x.shape))
    gaps = np.diff(np.sort(x.array, axis=None))
    if not pool.safe(gaps, x) or (gaps == 0).any():
        return
    pool.add(
        "sort",
        [x],
        f"sort($0, axis={axis})",
        lambda r, a: r.sort(a, axis),
        (x.dtype, x.shape),
        exact=True,
    )


def positions(pool: Pool) -> None:
    x = pool.some_float(lambda v: v.shape != () and v.array.size > 0)
    if x is None:
        return
    axis = pool.axis(len(x.shape))
    gaps = np.diff(np.sort(x.array, axis=None))
    if not pool.safe(gaps, x) or (gaps == 0).any():
        return
    pool.add(
        "argmax",
        [x],
        f"argmax($0, axis={axis})",
        lambda r, a: r.argmax(a, axis),
        ("i64", reduced(x.shape, axis, False)),
        exact=True,
    )


def truths(pool: Pool) -> None:
    x = pool.pick(lambda v: v.dtype == "bool")
    if x is None:
        return
    axis, axes = pool.axes(len(x.shape))
    name = pool.rng.choice(["all", "any"])
    pool.add(
        name,
        [x],
        _called(name, axes, False),
        lambda r, a: getattr(r, name)(a, axis=axis),
        ("bool", reduced(x.shape, axis, False)),
        exact=True,
    )


MAKERS = [
    (7, sums),
    (2, extremes),
    (2, products),
    (3, spreads),
    (2, scans),
    (1, orders),
    (1, positions),
    (1, truths),
]
