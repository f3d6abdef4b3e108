"""Statements that compare and choose."""

from __future__ import annotations

import numpy as np

from tests.fuzz.pool import Pool, broadcast, partner, promoted


def choice_of_two(pool: Pool) -> None:
    """maximum and its kin; ties share the cotangent."""
    x = pool.some_float()
    y = None if x is None else partner(pool, x, lambda v: v.is_float)
    if y is None or not pool.safe(x.array - y.array, x, y):
        return
    name = pool.rng.choice(["maximum", "minimum", "fmax", "fmin"])
    tied = bool((x.array == y.array).any())
    if x is y or (tied and name in ("fmax", "fmin")):
        name = "maximum"
    pool.add(
        name,
        [x, y],
        f"{name}($0, $1)",
        lambda r, a, b: getattr(r, name)(r.real(a), r.real(b)),
        (promoted(x.dtype, y.dtype), broadcast(x.shape, y.shape)),
        exact=True,
        kinked=tied,
    )


_COMPARED = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def compare(pool: Pool) -> None:
    x = pool.pick(lambda v: v.dtype != "bool")
    if x is None:
        return
    symbol = pool.rng.choice(list(_COMPARED))
    if pool.chance(0.4):
        number, text = pool.number()
        if not pool.safe(x.array - number, x):
            return
        pool.add(
            "compare",
            [x],
            f"$0 {symbol} {text}",
            _comparison(symbol, number),
            ("bool", x.shape),
            exact=True,
        )
        return
    y = partner(pool, x, lambda v: v.dtype != "bool")
    if y is not None and pool.safe(x.array - y.array, x, y):
        pool.add(
            "compare",
            [x, y],
            f"$0 {symbol} $1",
            _comparison(symbol),
            ("bool", broadcast(x.shape, y.shape)),
            exact=True,
        )


def _comparison(symbol, number=None):
    def reference(r, a, b=number):
        return {
            "<": lambda: a < b,
            "<=": lambda: a <= b,
            ">": lambda: a > b,
            ">=": lambda: a >= b,
            "==": lambda: a == b,
            "!=": lambda: a != b,
        }[symbol]()

    return reference


def logic(pool: Pool) -> None:
    x = pool.pick(lambda v: v.dtype == "bool")
    if x is None:
        return
    y = partner(pool, x, lambda v: v.dtype == "bool")
    text, reference = pool.rng.choice(
        [
            ("$0 and $1", lambda r, a, b: a & b),
            ("$0 or $1", lambda r, a, b: a | b),
            ("not $0 and $1", lambda r, a, b: ~a & b),
            ("logical_or(not $0, $1)", lambda r, a, b: ~a | b),
        ]
    )
    pool.add("logic", [x, y], text, reference, ("bool", broadcast(x.shape, y.shape)), exact=True)


def where(pool: Pool) -> None:
    c = pool.pick(lambda v: v.dtype == "bool")
    if c is None:
        return
    x = partner(pool, c, lambda v: v.is_float)
    if x is None:
        return
    if pool.chance(0.3):
        number, text = pool.number()
        flip = pool.chance(0.5)
        written = f"where($0, {text}, $1)" if flip else f"where($0, $1, {text})"
        pool.add(
            "where",
            [c, x],
            written,
            _where_number(number, flip),
            (x.dtype, broadcast(c.shape, x.shape)),
            exact=True,
        )
        return
    shape = broadcast(c.shape, x.shape)
    y = pool.pick(lambda v: broadcast(shape, v.shape) is not None and v.dtype != "bool")
    if y is not None:
        pool.add(
            "where",
            [c, x, y],
            "where($0, $1, $2)",
            lambda r, c, a, b: r.where(c, r.real(a), r.real(b)),
            (promoted(x.dtype, y.dtype), broadcast(shape, y.shape)),
            exact=True,
        )


def _where_number(number, flip):
    def reference(r, c, a):
        other = a * 0 + number
        return r.where(c, other, a) if flip else r.where(c, a, other)

    return reference


def guarded(pool: Pool) -> None:
    """A branch that is not taken would give nan or inf: it contributes exactly 0."""
    x = pool.some_float()
    if x is None or not pool.safe(x.array, x) or (x.array == 0).any():
        return
    name = pool.rng.choice(["log", "sqrt"])
    pool.add(
        "guarded",
        [x],
        f"where($0 > 0, {name}($0), 0.5 * $0)",
        lambda r, a: r.where(a > 0, getattr(r, name)(r.where(a > 0, a, 1 + a * 0)), 0.5 * a),
        (x.dtype, x.shape),
    )


MAKERS = [(2, choice_of_two), (2, compare), (1, logic), (3, where), (1, guarded)]
