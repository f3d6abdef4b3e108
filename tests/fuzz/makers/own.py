"""Functions of the user's own: defaults, patterns in types, several results, own derivatives."""

from __future__ import annotations

from tests.fuzz.pool import Pool, broadcast, promoted

# name -> (text, conditions on the operand, call, reference, whether differences see its derivative)
_OWN = {
    "own_gelu": (
        "fn own_gelu(x) = 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))",
        lambda v: True,
        ["own_gelu($0)", "own_gelu(x=$0)"],
        lambda r, a: 0.5 * a * (1 + r.tanh((2 / 3.141592653589793) ** 0.5 * (a + 0.044715 * a**3))),
        True,
    ),
    "centred": (
        "fn centred(x: [..., D], eps = 0.5) -> [..., D] {\n"
        "    mu = mean(x, axis=-1, keepdims=true)\n"
        "    off = x - mu\n"
        "    return off / sqrt(mean(square(off), axis=-1, keepdims=true) + eps)\n}",
        lambda v: v.shape != () and v.array.size > 0,
        ["centred($0)", "centred($0, eps=0.5)", "centred($0, 0.5)"],
        lambda r, a: _centred(r, a, 0.5),
        True,
    ),
    "modal": (
        'fn modal(x, mode = "soft", shift = none) {\n'
        '    y = where(mode == "soft", tanh(x), x * x)\n'
        "    return where(shift == none, y, y + shift)\n}",
        lambda v: True,
        ['modal($0, mode="hard", shift=1)'],
        lambda r, a: a * a + 1,
        True,
    ),
    "cubed": (
        "fn cubed(x) = x * x * x\nvjp cubed(x) -> y; dy {\n    dx = 3 * dy * x**2\n}",
        lambda v: True,
        ["cubed($0)"],
        lambda r, a: a * a * a,
        True,
    ),
    "straight": (
        "fn straight(x) = sign(x)\nvjp straight(x) -> y; dy {\n    dx = dy * (abs(x) <= 1)\n}",
        lambda v: (
            v.array.size == 0 or (abs(abs(v.array) - 1).min() > 1e-2 and abs(v.array).min() > 1e-2)
        ),
        ["straight($0)"],
        lambda r, a: r.fixed(r.sign(a)) + (a - r.fixed(a)) * r.real(r.fixed(r.abs(a)) <= 1),
        False,
    ),
}


def _centred(r, a, eps):
    off = a - r.mean(a, axis=-1, keepdims=True)
    return off / r.sqrt(r.mean(off * off, axis=-1, keepdims=True) + eps)


def one_operand(pool: Pool) -> None:
    name = pool.rng.choice(list(_OWN))
    text, condition, calls, reference, seen = _OWN[name]
    x = pool.some_float(condition)
    if x is None or name in pool.names.taken:
        return
    pool.functions[name] = text
    pool.add(
        name,
        [x],
        pool.rng.choice(calls),
        reference,
        (x.dtype, x.shape),
        needs=(name,),
        kinked=not seen,
    )


_BOTH = """fn both_ways(a, b) {
    total = a + b
    return total * a, tanh(total)
}"""


def two_results(pool: Pool) -> None:
    x = pool.some_float()
    y = pool.some_float(lambda v: broadcast(x.shape, v.shape) is not None) if x else None
    if y is None:
        return
    pool.functions["both_ways"] = _BOTH
    kind = (promoted(x.dtype, y.dtype), broadcast(x.shape, y.shape))
    pool.add(
        "both_ways",
        [x, y],
        "both_ways($0, $1)",
        lambda r, a, b: ((a + b) * a, r.tanh(a + b)),
        kind,
        kind,
        needs=("both_ways",),
    )


_LERP = """fn between_two(a, b, t = 0.25) = a + t * (b - a)
vjp between_two(a, b, t) -> y; dy {
    da = dy * (1 - t)
    db = dy * t
    dt = dy * (b - a)
}"""


def with_rule(pool: Pool) -> None:
    """A rule for several operands, which broadcast."""
    x = pool.some_float()
    y = pool.some_float(lambda v: broadcast(x.shape, v.shape) is not None) if x else None
    if y is None:
        return
    pool.functions["between_two"] = _LERP
    kind = (promoted(x.dtype, y.dtype), broadcast(x.shape, y.shape))
    pool.add(
        "between_two",
        [x, y],
        "between_two($0, $1)",
        lambda r, a, b: a + 0.25 * (b - a),
        kind,
        needs=("between_two",),
    )


MAKERS = [(2, one_operand), (1, two_results), (1, with_rule)]
