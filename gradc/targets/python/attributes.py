"""Attributes of operations as target expressions, by their kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradc.ir.sizes import Size, size_text
from gradc.ir.types import DTYPES, Type
from gradc.targets.python.expression import Atom, Binary, Expr, Items, Slice, Unary
from gradc.targets.python.identifiers import number, string
from gradc.targets.python.templates import template

Spell = Callable[[str], str]


def size(value: Size, spell: Spell) -> Expr:
    """A size as an expression; `spell` says what a dimension is called and notes its use."""
    if isinstance(value, int):
        return Atom(str(value))
    names: dict[str, Atom] = {}

    def stand_in(dimension: str) -> str:
        name = f"_{dimension}"  # its own may be a word of Python
        names[name] = Atom(spell(dimension))
        return name

    return template(size_text(value, stand_in))(names)


def attribute(kind: str, value: Any, spell: Spell) -> Expr | None:
    """An attribute; None where it is to be left out of a call (none and false)."""
    if value is None or value is False:
        return None
    match kind:
        case "dtype":
            return dtype(value)
        case "entries":
            return Items([entry(e, spell) for e in value])
        case "string":
            return Atom(string(value))
        case "data":
            return None
    return _plain(value, spell)


def dtype(name: str) -> Expr:
    """NumPy's name of an element type."""
    return Atom("bool" if name == "bool" else f"np.{DTYPES[name]}")


def scalar_type(name: str) -> Expr:
    """NumPy's type of a scalar, which `bool` is not."""
    return Atom("np.bool_") if name == "bool" else dtype(name)


def scalar_text(value: Any, kind: Type) -> Expr:
    """A number as a literal of its element type."""
    converted = (
        float(value) if kind.is_float else bool(value) if kind.dtype == "bool" else int(value)
    )
    text = number(converted)
    return Unary("-", Atom(text[1:])) if text.startswith("-") else Atom(text)


def nested(data: Any, kind: Type) -> Expr:
    """Nested tuples of numbers as nested lists."""
    if isinstance(data, tuple):
        return Items([nested(d, kind) for d in data], "[]")
    return scalar_text(data, kind)


def _plain(value: Any, spell: Spell) -> Expr:
    if isinstance(value, tuple):
        return Items([_plain(v, spell) for v in value])
    if isinstance(value, bool | float):
        return Atom(number(value))
    return size(value, spell)


def entry(given: Any, spell: Spell) -> Expr:
    """What an index says of an axis."""
    if given is None:
        return Atom("None")
    if given is ...:
        return Atom("...")
    if isinstance(given, tuple):
        return Slice(*[None if b is None else size(b, spell) for b in given])
    return size(given, spell)


_WORKED_OUT = 12  # characters of a number that no one writes


def root_of(value: float) -> Expr | None:
    """`12**-0.5` for a number that was worked out so; None for one that is no such root."""
    if not 0.01 < value < 100 or len(repr(value)) < _WORKED_OUT:
        return None
    for exponent in (-0.5, 0.5):
        base = round(value ** (1 / exponent))
        if base > 1 and math.isqrt(base) ** 2 != base and base**exponent == value:
            return Binary("**", Atom(str(base)), Atom(str(exponent)))
    return None
