"""Target expressions, and their text on one line: parentheses are right by construction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from gradc.records import dataclass

_COMPARE, _OR, _AND, _ADD, _MULTIPLY, _UNARY, _POWER, POSTFIX = 4, 7, 9, 10, 11, 12, 13, 15
_PRECEDENCE = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARE),
    "|": _OR,
    "&": _AND,
    **dict.fromkeys(("+", "-"), _ADD),
    **dict.fromkeys(("*", "/", "//", "%", "@"), _MULTIPLY),
    "**": _POWER,
}
_DEEP = 16


@dataclass(slots=True, eq=False)
class Atom:
    """A name or a literal. A negative number binds as a unary minus does."""

    text: str


@dataclass(slots=True, eq=False)
class Binary:
    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Unary:
    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class Call:
    function: Expr
    args: Sequence[Expr]
    keywords: Sequence[tuple[str, Expr]] = ()


@dataclass(slots=True, eq=False)
class Attribute:
    base: Expr
    name: str


@dataclass(slots=True, eq=False)
class Subscript:
    base: Expr
    items: Sequence[Expr]


@dataclass(slots=True, eq=False)
class Slice:
    start: Expr | None
    stop: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class Items:
    """A tuple, a list, or a dictionary, whose `keys` are as they are spelled."""

    items: Sequence[Expr]
    brackets: str = "()"
    keys: Sequence[str] = ()


Expr: TypeAlias = "Atom | Binary | Unary | Call | Attribute | Subscript | Slice | Items"


def precedence(expr: Expr) -> int:
    """How tightly an expression binds."""
    kind = type(expr)
    if kind is Atom:
        return _UNARY if expr.text[:1] == "-" else POSTFIX  # type: ignore[union-attr]
    if kind is Binary:
        return _PRECEDENCE[expr.op]  # type: ignore[union-attr]
    return _UNARY if kind is Unary else POSTFIX


def opposite(expr: Expr) -> Expr | None:
    """A product without the sign in front of it; None where there is none."""
    match expr:
        case Unary(op="-", operand=operand):
            return operand
        case Atom(text=number) if number.startswith("-"):
            return Atom(number[1:])
        case Binary(op="*" | "/" | "@", left=left) if (positive := opposite(left)) is not None:
            return Binary(expr.op, positive, expr.right)
    return None


def text(expr: Expr, deep: int = _DEEP) -> str:
    """The expression on one line.

    What most are made of is written at once, to where the expression is `deep`: it may be deeper
    than calls may nest.
    """
    kind = type(expr)
    e: Any = expr
    if kind is Atom:
        return e.text  # type: ignore[no-any-return]
    if kind is Binary and deep:
        a, b = e.left, e.right
        one = a.text if type(a) is Atom else text(a, deep - 1)
        other = b.text if type(b) is Atom else text(b, deep - 1)
        left, right = in_parentheses(e)
        one, other = f"({one})" if left else one, f"({other})" if right else other
        return f"{one}**{other}" if e.op == "**" else f"{one} {e.op} {other}"
    if kind is Call and deep and not e.keywords and len(e.args) == 1:
        called, (arg,) = e.function, e.args
        if type(called) is Atom and called.text[:1].isalpha():
            inner = arg.text if type(arg) is Atom else text(arg, deep - 1)
            return f"{called.text}({inner})"
    found: list[str] = []
    pending: list[Any] = [expr]
    while pending:
        part = pending.pop()
        kind = type(part)
        if kind is str:
            found.append(part)
        elif kind is Atom:
            found.append(part.text)
        elif kind is Binary:
            left, right = in_parentheses(part)
            pending += (")", part.right, "(") if right else (part.right,)
            pending.append(part.op if part.op == "**" else f" {part.op} ")
            pending += (")", part.left, "(") if left else (part.left,)
        else:
            pending += _PARTS[kind](part)[::-1]
    return "".join(found)


def wrapped(expr: Expr, needed: bool) -> list[str | Expr]:
    """The expression, in parentheses where they are needed."""
    return ["(", expr, ")"] if needed else [expr]


def is_chained(expr: Binary) -> bool:
    """Whether `a ∘ b ∘ c` means `(a ∘ b) ∘ c`."""
    return expr.op != "**" and _PRECEDENCE[expr.op] != _COMPARE


def in_parentheses(expr: Binary) -> tuple[bool, bool]:
    """Whether the left and the right operand need parentheses."""
    one, other = expr.left, expr.right
    if type(one) is type(other) is Atom and one.text[:1] != "-" != other.text[:1]:
        return False, False
    own = _PRECEDENCE[expr.op]
    left, right = precedence(one), precedence(other)
    if expr.op == "**":
        # `-x**2` negates the power, and `2**-1` needs no parentheses.
        return left <= own, right < _UNARY
    return left < own or (left == own == _COMPARE), right <= own


def _unary(expr: Unary) -> list[str | Expr]:
    return [expr.op, *wrapped(expr.operand, precedence(expr.operand) <= _UNARY)]


def base_parts(expr: Expr) -> list[str | Expr]:
    """What stands before a call, a subscript or an attribute."""
    if isinstance(expr, Atom):
        first = expr.text[:1]
        return wrapped(expr, not (first.isalpha() or first == "_"))
    return wrapped(expr, precedence(expr) < POSTFIX)


def joined(items: Sequence[Expr], keywords: Sequence[tuple[str, Expr]] = ()) -> list[str | Expr]:
    """`a, b, key=c`."""
    found: list[str | Expr] = []
    for item in items:
        found += (", ", item)
    for name, value in keywords:
        found += (f", {name}=", value)
    if found and not items:
        found[0] = f"{keywords[0][0]}="
    return found[1:] if items else found


def _call(expr: Call) -> list[str | Expr]:
    return [*base_parts(expr.function), "(", *joined(expr.args, expr.keywords), ")"]


def _attribute(expr: Attribute) -> list[str | Expr]:
    return [*base_parts(expr.base), f".{expr.name}"]


def _subscript(expr: Subscript) -> list[str | Expr]:
    return [*base_parts(expr.base), "[", *joined(expr.items), "]"]


def _slice(expr: Slice) -> list[str | Expr]:
    gap = " " if any(isinstance(p, Binary) for p in (expr.start, expr.stop)) else ""
    found: list[str | Expr] = [] if expr.start is None else [expr.start, gap]
    found += [":"] if expr.stop is None else [":", gap, expr.stop]
    return found if expr.step is None else [*found, ":", expr.step]


def _sequence(expr: Items) -> list[str | Expr]:
    comma = "," if expr.brackets == "()" and len(expr.items) == 1 else ""
    inner = joined(expr.items)
    if expr.keys:
        pairs = zip(expr.keys, expr.items, strict=True)
        inner = [part for key, item in pairs for part in (", ", f"{key}: ", item)][1:]
    return [expr.brackets[0], *inner, comma + expr.brackets[1]]


_PARTS: dict[type, Callable[..., list[str | Expr]]] = {
    Atom: lambda e: [e.text],
    Unary: _unary,
    Call: _call,
    Attribute: _attribute,
    Subscript: _subscript,
    Slice: _slice,
    Items: _sequence,
}
