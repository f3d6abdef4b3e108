"""Statements that work element by element."""

from __future__ import annotations

import numpy as np

from tests.fuzz.pool import Pool, broadcast, partner, promoted

# name -> where it is defined, and how a value is brought there otherwise
_DOMAINS = {
    **dict.fromkeys(
        "sin cos arctan sinh cosh tanh arcsinh expm1 exp exp2 sigmoid erf".split(), (-5, 5)
    ),
    "tan": (-1.2, 1.2),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), (-0.9, 0.9)),
    "arccosh": (1.2, 6),
    **dict.fromkeys("log log2 log10 sqrt".split(), (0.1, 50)),
    "log1p": (-0.6, 50),
    "cbrt": (0.1, 50),
}
_ALIASES = {"arcsin": "asin", "arctan": "atan", "arccosh": "acosh", "abs": "absolute"}
_KINKED = {"abs": 0.0, "sign": 0.0}
_STEPPED = ("floor", "ceil", "round", "trunc")


def _into(domain, x):
    """Text that brings a value into a domain, and the same as a reference."""
    low, high = domain
    if x.array.size == 0 or (x.array.min() >= low and x.array.max() <= high):
        return "$0", lambda r, a: a
    middle, half = (low + high) / 2, (high - low) / 2
    return f"{middle} + {half} * tanh($0)", lambda r, a: middle + half * r.tanh(a)


def unary(pool: Pool) -> None:
    x = pool.some_float()
    if x is None:
        return
    name = pool.rng.choice(list(_DOMAINS))
    inner, bring = _into(_DOMAINS[name], x)
    spelled = _ALIASES.get(name, name) if pool.chance(0.2) else name
    pool.add(
        name,
        [x],
        f"{spelled}({inner})",
        lambda r, a: getattr(r, name)(bring(r, a)),
        (x.dtype, x.shape),
    )


def kinked(pool: Pool) -> None:
    x = pool.some_float()
    if x is None:
        return
    name = pool.rng.choice([*_KINKED, *_STEPPED])
    if name in _KINKED:
        gap, exact = x.array, True
    else:
        shift = 0.5 if name == "round" else 0.0
        gap = x.array - shift - np.round(x.array - shift)
        exact = True
    if not pool.safe(gap, x):
        return
    pool.add(
        name,
        [x],
        f"{name}($0)",
        lambda r, a: getattr(r, name)(a),
        (x.dtype, x.shape),
        exact=exact,
        kinked=bool(x.exact),
    )


def negative(pool: Pool) -> None:
    x = pool.pick(lambda v: v.dtype != "bool")
    if x is not None:
        text = pool.rng.choice(["-$0", "negative($0)", "-(-(-$0))"])
        pool.add("negative", [x], text, lambda r, a: -a, (x.dtype, x.shape), exact=True)


_SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*"}
_APPLY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}


def arithmetic(pool: Pool) -> None:
    """Sums, differences, products, of any element types, broadcast either way."""
    x = pool.pick()
    y = partner(pool, x)
    if y is None:
        return
    if not (x.is_float or y.is_float) and pool.chance(0.5):
        return
    name = pool.rng.choice(list(_SYMBOLS))
    pair = [x, y] if pool.chance(0.5) else [y, x]
    dtype = promoted(x.dtype, y.dtype)
    dtype = "i64" if dtype == "bool" else dtype
    text = f"$0 {_SYMBOLS[name]} $1" if pool.chance(0.85) else f"{name}($0, $1)"
    pool.add(
        name,
        pair,
        text,
        lambda r, a, b: _APPLY[name](r.number(a), r.number(b)),
        (dtype, broadcast(x.shape, y.shape)),
        exact=True,
    )


def with_number(pool: Pool) -> None:
    """A value and a literal: the literal never widens an f32."""
    x = pool.pick()
    number, text = pool.number()
    name = pool.rng.choice([*_SYMBOLS, "divide"])
    if name == "divide" and number == 0:
        return
    weak_float = isinstance(number, float)
    dtype = x.dtype
    if not x.is_float:
        dtype = "f64" if weak_float or name == "divide" else "i64" if dtype == "bool" else dtype
    symbol = {**_SYMBOLS, "divide": "/"}[name]
    apply = _APPLY[name]
    left = pool.chance(0.4)
    if name == "divide":
        left = False
    written = f"{text} {symbol} $0" if left else f"$0 {symbol} {text}"

    def reference(r, a):
        a = r.number(a)
        return apply(number, a) if left else apply(a, number)

    exact = name != "divide" and (float(number) * 16).is_integer()
    pool.add(name, [x], written, reference, (dtype, x.shape), exact=exact)


def with_size(pool: Pool) -> None:
    """A dimension as a number in an expression."""
    x = pool.some_float()
    if x is None or not pool.sizes:
        return
    name = pool.rng.choice(list(pool.sizes))
    size = pool.sizes[name]
    if size == 0 or pool.chance(0.3):
        pool.add("multiply", [x], f"$0 * {name}", lambda r, a: a * size, (x.dtype, x.shape))
    elif pool.chance(0.5):
        pool.add("divide", [x], f"$0 / {name}", lambda r, a: a / size, (x.dtype, x.shape))
    else:
        pool.add(
            "divide",
            [x],
            f"({name} + 1) / {name} * $0",
            lambda r, a: (size + 1) / size * a,
            (x.dtype, x.shape),
        )


def quotient(pool: Pool) -> None:
    x = pool.pick()
    y = partner(pool, x, lambda v: v.is_float)
    if y is None:
        return
    dtype = promoted(x.dtype, y.dtype)
    shape = broadcast(x.shape, y.shape)
    if y.array.size and np.abs(y.array).min() < 0.05:
        text, make = "$0 / (1 + $1**2)", lambda r, b: 1 + b * b
    else:
        text, make = pool.rng.choice(["$0 / $1", "divide($0, $1)"]), lambda r, b: b
    pool.add("divide", [x, y], text, lambda r, a, b: r.number(a) / make(r, b), (dtype, shape))


def power(pool: Pool) -> None:
    x = pool.some_float()
    if x is None:
        return
    whole = pool.rng.choice([1, 2, 3, 2, 0, -1, -2])
    if whole < 0 and x.array.size and np.abs(x.array).min() < 0.1:
        whole = 2
    form = pool.rng.random()
    if form < 0.6:
        text = pool.rng.choice([f"$0**{whole}", f"power($0, {whole})", f"$0 ** {whole}.0"])
        pool.add(
            "power",
            [x],
            text,
            lambda r, a: a ** float(whole),
            (x.dtype, x.shape),
            exact=whole in (1, 2, 3),
        )
        return
    y = partner(pool, x, lambda v: v.is_float)
    shape = broadcast(x.shape, y.shape)
    dtype = promoted(x.dtype, y.dtype)
    pool.add(
        "power",
        [x, y],
        "(abs($0) + 0.5)**tanh($1)",
        lambda r, a, b: (r.abs(a) + 0.5) ** r.tanh(b),
        (dtype, shape),
        kinked=bool((x.array == 0).any()),
    )


def _alike(r, a, b):
    return r.real(a), r.real(b)


def two_operands(pool: Pool) -> None:
    """arctan2, hypot, logaddexp, remainder, floor_divide."""
    x = pool.some_float()
    y = None if x is None else partner(pool, x, lambda v: v.is_float)
    if y is None:
        return
    kind = (promoted(x.dtype, y.dtype), broadcast(x.shape, y.shape))
    name = pool.rng.choice(["arctan2", "hypot", "logaddexp", "remainder", "floor_divide"])
    if name in ("arctan2", "hypot"):
        pool.add(
            name,
            [x, y],
            f"{name}($0, 1 + $1**2)",
            lambda r, a, b: getattr(r, name)(*_alike(r, a, 1 + b * b)),
            kind,
        )
    elif name == "logaddexp":
        pool.add(name, [x, y], "logaddexp($0, $1)", lambda r, a, b: r.logaddexp(a, b), kind)
    else:
        size = np.abs(y.array) + 0.75
        quotient = x.array / size
        if not pool.safe(quotient - np.round(quotient), x, y):
            return
        if (quotient == np.round(quotient)).any():
            return
        symbol = "%" if name == "remainder" else "//"
        pool.add(
            name,
            [x, y],
            f"$0 {symbol} (abs($1) + 0.75)",
            lambda r, a, b: getattr(r, name)(*_alike(r, a, r.abs(b) + 0.75)),
            kind,
            kinked=bool((y.array == 0).any()),
        )


MAKERS = [
    (5, unary),
    (2, kinked),
    (2, negative),
    (9, arithmetic),
    (5, with_number),
    (1, with_size),
    (3, quotient),
    (3, power),
    (2, two_operands),
]
