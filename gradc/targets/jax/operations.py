"""A node as an expression over its operands, by the JAX spelling of its operation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Protocol

from gradc.ir.node import Apply
from gradc.ir.types import FLOATS, working_type
from gradc.targets.jax.spelling import CASTS, in_jax, is_own, spelling_of
from gradc.targets.python import attributes
from gradc.targets.python.expression import Atom, Attribute, Binary, Call, Expr, Unary
from gradc.targets.python.formals import filler
from gradc.targets.python.special import SPECIAL, Context, is_python_number
from gradc.targets.python.templates import bases, template


class Keyed(Context, Protocol):
    """What a lowering may ask of the routine that it is part of."""

    def key(self) -> Expr:
        """The key of the next draw."""


def spelled_out(node: Apply, operands: Sequence[Expr], context: Keyed) -> Expr:
    """The value of a node."""
    if is_python_number(node.result.type):
        return _number(node, operands, context)
    special = SPECIAL.get(node.name)
    operands = _promoted(node, operands, context)
    if special is not None and not is_own(node.op):
        return in_jax(special(node, _arrays(node, operands, context), context))
    return in_jax(_plain(node, operands, context))


def _promoted(node: Apply, operands: Sequence[Expr], context: Keyed) -> list[Expr]:
    """The operands, of the element type that NumPy works in where JAX would take a narrower one.

    There floats of 32 bits come of integers of 32 bits, and of any integers that meet them. What
    is called by a name of `jax.lax` in a helper takes floats of one element type alone.
    """
    found = list(operands)
    result = node.result.type
    if node.name == "astype" or node.traits.impure:  # what is drawn has the type asked for
        return found
    if result.dtype == "bool" and not node.traits.elementwise:
        return found
    wanted = working_type([v.type for v in node.operands], result)
    given = {v.type.dtype for v in node.operands if not v.type.weak}
    narrow = set(FLOATS) if spelling_of(node.op).function else set()
    if wanted not in given and (wanted in FLOATS or node.op.ruled):
        narrow |= {"i32", "i64", "bool"}
    formals = [*node.op.operands, *repeat(node.op.operands[-1], len(found))] if found else []
    for i, (formal, value) in enumerate(zip(formals, node.operands, strict=False)):
        is_number = context.is_number(value) or formal.is_position or formal.is_condition
        if not is_number and value.type.dtype in narrow - {wanted}:
            kind = attributes.dtype(wanted)
            found[i] = Call(Attribute(found[i], "astype"), [kind])
    return found


def _number(node: Apply, operands: Sequence[Expr], context: Keyed) -> Expr:
    """A number made of sizes is one of Python's, known when a function is traced."""
    special = SPECIAL.get(node.name)
    if special is not None:
        return special(node, operands, context)
    spelling = spelling_of(node.op)
    if node.name in ("add", "subtract", "multiply", "negative"):
        return _plain(node, operands, context)
    expr = Call(Atom(spelling.ufunc), operands) if spelling.ufunc else None
    return Call(Atom(CASTS[node.result.type.dtype]), [expr or _plain(node, operands, context)])


def _plain(node: Apply, operands: Sequence[Expr], context: Keyed) -> Expr:
    spelling = spelling_of(node.op)
    if spelling.function:
        context.helper(spelling.function)
    if spelling.operator:
        if len(operands) == 1:
            return Unary(spelling.operator, operands[0])
        return Binary(spelling.operator, operands[0], operands[1])
    if spelling.ufunc:
        return Call(Atom(spelling.ufunc), operands)
    filled = filler(node, _arrays(node, operands, context), context.dimension)
    if node.traits.impure:
        filled["rng"] = context.key()
    return template(spelling.text)(filled)


def _arrays(node: Apply, operands: Sequence[Expr], context: Keyed) -> list[Expr]:
    """The operands, as arrays where they are Python's numbers and have to be more."""
    spelling = spelling_of(node.op)
    asked = bases(spelling.text) if spelling.text else frozenset()
    names = [f.name for f in node.op.operands]
    found = list(operands)
    for i, value in enumerate(node.operands):
        is_asked = bool(spelling.function) or (i < len(names) and names[i] in asked)
        if is_asked and context.is_number(value):
            kind = attributes.scalar_type(value.type.dtype)
            found[i] = Call(Atom("jnp.asarray"), [found[i], in_jax(kind)])
    return found
