"""The JAX spelling of an operation: its `jax` clause, or what NumPy's becomes there."""

from __future__ import annotations

from functools import cache

from gradc.ir.operation import Operation
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Binary,
    Call,
    Expr,
    Items,
    Slice,
    Subscript,
    Unary,
)
from gradc.targets.python.spelling import Spelling, read_spelling

CASTS = {"f64": "float", "i64": "int", "bool": "bool"}
"""What makes numbers of Python's."""


@cache
def spelling_of(op: Operation) -> Spelling:
    """The spelling of an operation; an empty one where it has none."""
    return read_spelling(op.spellings.get("jax", op.spellings.get("numpy", ())))


def is_own(op: Operation) -> bool:
    """Whether it is spelled otherwise than in NumPy."""
    return "jax" in op.spellings


def in_jax(expr: Expr) -> Expr:
    """An expression of NumPy as one of JAX: `jnp.exp` for `np.exp`.

    What makes a number of Python's stays NumPy's: JAX would trace it.
    """
    match expr:
        case Call(function=Atom(text=name)) if name in CASTS.values():
            return expr
        case Atom(text=name):
            sign, bare = ("-", name[1:]) if name.startswith("-") else ("", name)
            is_numpy = bare == "np" or bare.startswith("np.")
            return Atom(f"{sign}j{bare}") if is_numpy else expr
        case Attribute(base=base, name=name):
            return Attribute(in_jax(base), name)
        case Binary(op=op, left=left, right=right):
            return Binary(op, in_jax(left), in_jax(right))
        case Unary(op=op, operand=operand):
            return Unary(op, in_jax(operand))
        case Call(function=function, args=args, keywords=keywords):
            named = [(name, in_jax(value)) for name, value in keywords]
            return Call(in_jax(function), [in_jax(a) for a in args], named)
        case Subscript(base=base, items=items):
            return Subscript(in_jax(base), [in_jax(i) for i in items])
        case Slice(start=start, stop=stop, step=step):
            return Slice(*[None if b is None else in_jax(b) for b in (start, stop, step)])
        case Items(items=items, brackets=brackets):
            return Items([in_jax(i) for i in items], brackets)
