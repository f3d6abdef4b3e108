"""Sizes and positions as C expressions.

A position is a polynomial as a size is: the variable of a loop is a dimension whose name begins
with `@`, and what is no polynomial is one whose name is its text behind `=`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from gradc.ir.sizes import Atom, Poly, Size, dimension, product
from gradc.targets.c.expression import ADD, MULTIPLY, POSTFIX, UNARY, Expr, binary, ternary

Index: TypeAlias = "tuple[Size, ...]"
"""A position along each axis."""

Spell: TypeAlias = "Callable[[str], str]"


def variable(name: str) -> Poly:
    """The position that a loop's variable stands for."""
    return dimension(f"@{name}")


def opaque(expr: Expr) -> Poly:
    """The position that an expression gives."""
    return dimension(f"={expr.within(POSTFIX)}")


def strides(shape: Sequence[Size]) -> list[Size]:
    """How many elements lie between neighbours along each axis."""
    return [product(shape[axis + 1 :]) for axis in range(len(shape))]


def flat(index: Index, shape: Sequence[Size]) -> Size:
    """Where an element stands in memory."""
    place: Size = 0
    for position, stride in zip(index, strides(shape), strict=True):
        place = position * stride + place
    return place


def size_expr(size: Size, spell: Spell) -> Expr:
    """A size; `spell` says what its dimensions are called."""
    if isinstance(size, int):
        return Expr(str(size), POSTFIX if size >= 0 else UNARY)
    # What moves farthest comes first: `i*128 + j`.
    terms = sorted(size.terms, key=lambda term: (term[1] < 0, -len(term[0]), -abs(term[1])))
    text, count, level = "", 0, MULTIPLY
    for monomial, coefficient in terms:
        parts = [_factor(f, spell) for f in monomial]
        number = abs(coefficient)
        if number != 1 or not parts:
            # `i*128 + j` reads as an index does.
            parts.append(Expr(str(number)))
        parts.sort(key=lambda part: not part.text.isidentifier())
        body = "*".join(p.within(MULTIPLY if n == 0 else UNARY) for n, p in enumerate(parts))
        if not text:
            text = f"-{body}" if coefficient < 0 else body
            level = UNARY if coefficient < 0 else MULTIPLY if len(parts) > 1 else parts[0].level
        else:
            text += f" - {body}" if coefficient < 0 else f" + {body}"
        count += 1
    return Expr(text, ADD if count > 1 else level)


def _factor(factor: str | Atom, spell: Spell) -> Expr:
    if isinstance(factor, str):
        return Expr(factor[1:] if factor[0] in "@=" else spell(factor))
    left, right = size_expr(factor.left, spell), size_expr(factor.right, spell)
    if factor.op == "//":
        return binary("/", left, right)
    return ternary(binary("<" if factor.op == "min" else ">", left, right), left, right)
