"""Target expressions and their printer: parentheses are right by construction.

Lines are wrapped at `WIDTH` columns: calls at their arguments, chains of operators before each
operator, as formatters of Python do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 100

_COMPARE, _OR, _AND, _ADD, _MULTIPLY, _UNARY, _POWER, _POSTFIX = 4, 7, 9, 10, 11, 12, 13, 15
_PRECEDENCE = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARE),
    "|": _OR,
    "&": _AND,
    **dict.fromkeys(("+", "-"), _ADD),
    **dict.fromkeys(("*", "/", "//", "%", "@"), _MULTIPLY),
    "**": _POWER,
}


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
    """A tuple or a list; `brackets` are `()` or `[]`."""

    items: Sequence[Expr]
    brackets: str = "()"


Expr: TypeAlias = "Atom | Binary | Unary | Call | Attribute | Subscript | Slice | Items"


def precedence(expr: Expr) -> int:
    """How tightly an expression binds."""
    match expr:
        case Binary():
            return _PRECEDENCE[expr.op]
        case Unary():
            return _UNARY
        case Atom() if expr.text.startswith("-"):
            return _UNARY
        case _:
            return _POSTFIX


def text(expr: Expr) -> str:
    """The expression on one line."""
    return _PRINTERS[type(expr)](expr)


def _wrapped(expr: Expr, needed: bool) -> str:
    return f"({text(expr)})" if needed else text(expr)


def _binary(expr: Binary) -> str:
    left, right = _operands(expr)
    gap = "" if expr.op == "**" else " "
    return f"{left}{gap}{expr.op}{gap}{right}"


def _operands(expr: Binary) -> tuple[str, str]:
    own = _PRECEDENCE[expr.op]
    lp, rp = precedence(expr.left), precedence(expr.right)
    if expr.op == "**":
        # `-x**2` negates the power, and `2**-1` needs no parentheses.
        return _wrapped(expr.left, lp <= own), _wrapped(expr.right, rp < _UNARY)
    loose = lp < own or (own == _COMPARE and lp == own)
    return _wrapped(expr.left, loose), _wrapped(expr.right, rp <= own)


def _unary(expr: Unary) -> str:
    return expr.op + _wrapped(expr.operand, precedence(expr.operand) <= _UNARY)


def _postfix_base(expr: Expr) -> str:
    literal = isinstance(expr, Atom) and not (expr.text[:1].isalpha() or expr.text[:1] == "_")
    return _wrapped(expr, precedence(expr) < _POSTFIX or literal)


def _call(expr: Call) -> str:
    return f"{_postfix_base(expr.function)}({', '.join(_arguments(expr))})"


def _arguments(expr: Call) -> list[str]:
    return [*(text(a) for a in expr.args), *(f"{k}={text(v)}" for k, v in expr.keywords)]


def _subscript(expr: Subscript) -> str:
    return f"{_postfix_base(expr.base)}[{', '.join(text(i) for i in expr.items)}]"


def _slice(expr: Slice) -> str:
    start = text(expr.start) if expr.start is not None else ""
    stop = text(expr.stop) if expr.stop is not None else ""
    gap = " " if any(isinstance(p, Binary) for p in (expr.start, expr.stop)) else ""
    joined = f"{start}{gap if start else ''}:{gap if stop else ''}{stop}"
    return joined if expr.step is None else f"{joined}:{text(expr.step)}"


def _sequence(expr: Items) -> str:
    items = ", ".join(text(i) for i in expr.items)
    if expr.brackets == "()" and len(expr.items) == 1:
        items += ","
    return f"{expr.brackets[0]}{items}{expr.brackets[1]}"


_PRINTERS: dict[type, Callable[..., str]] = {
    Atom: lambda e: e.text,
    Binary: _binary,
    Unary: _unary,
    Call: _call,
    Attribute: lambda e: f"{_postfix_base(e.base)}.{e.name}",
    Subscript: _subscript,
    Slice: _slice,
    Items: _sequence,
}


def statement(
    head: str, expr: Expr, comment: str = "", indent: int = 4, *, kept: bool = False
) -> list[str]:
    """The lines of `head expr  # comment`, wrapped where they do not fit.

    A comment without room is left out, or stands above where it is to be `kept`.
    """
    pad = " " * indent
    one = f"{pad}{head}{text(expr)}"
    tail = f"  # {comment}" if comment else ""
    if len(one) + len(tail) <= WIDTH:
        return [one + tail]
    lines = [one] if len(one) <= WIDTH else _broken(head, expr, indent)
    if lines == [one]:
        lines = [f"{pad}{head}(", f"{pad}    {text(expr)}", f"{pad})"]
    if lines[0].endswith(("(", "[")) and len(lines[0] + tail) <= WIDTH:
        lines[0] += tail
    elif comment and kept:
        lines.insert(0, f"{pad}# {comment}")
    return lines


def _broken(head: str, expr: Expr, indent: int, tail: str = "") -> list[str]:
    """The lines of an expression that does not fit on one."""
    pad, inner = " " * indent, " " * (indent + 4)
    if len(pad) + len(head) + len(whole := text(expr)) + len(tail) <= WIDTH:
        return [f"{pad}{head}{whole}{tail}"]
    match expr:
        case Call(function=Attribute(base=base, name=name) as called_on) if len(pad) + len(
            head
        ) + len(_postfix_base(called_on)) >= WIDTH or not _arguments(expr):
            # What is called is broken, not the call: `(` … `).sum(axis=0)`.
            called = f".{name}({', '.join(_arguments(expr))})"
            return _broken_base(head, base, indent, called + tail)
        case Subscript(base=Binary() | Unary() | Call() as base, items=items):
            return _broken_base(head, base, indent, f"[{', '.join(text(i) for i in items)}]{tail}")
        case Attribute(base=base, name=name):
            return _broken_base(head, base, indent, f".{name}{tail}")
        case Subscript(items=items):
            return _broken(f"{head}{_postfix_base(expr.base)}", Items(items, "[]"), indent, tail)
        case Call() if expr.args or expr.keywords:
            function = _postfix_base(expr.function)
            arguments = _arguments(expr)
            joined = ", ".join(arguments)
            if len(inner) + len(joined) <= WIDTH:
                return [f"{pad}{head}{function}(", inner + joined, f"{pad}){tail}"]
            if all(isinstance(a, Atom) for a in expr.args) and not expr.keywords:
                filled = fill(arguments, indent + 4)
                return [f"{pad}{head}{function}(", *filled, f"{pad}){tail}"]
            lines = [f"{pad}{head}{function}("]
            for argument in expr.args:
                lines += _broken("", argument, indent + 4, ",")
            for name, argument in expr.keywords:
                lines += _broken(f"{name}=", argument, indent + 4, ",")
            return [*lines, f"{pad}){tail}"]
        case Unary(op=op, operand=operand):
            return _broken_base(head + op, operand, indent, tail)
        case Binary(op=op, left=left, right=right):
            if len(inner) + len(whole) <= WIDTH:
                return [f"{pad}{head}(", inner + whole, f"{pad}){tail}"]
            first = f"{pad}{head}{text(left)} {op} ("
            own = _PRECEDENCE[op]
            looser = precedence(right) < own <= precedence(left)
            if isinstance(right, Binary) and looser and len(first) <= WIDTH:  # `scale * (` … `)`
                return [first, *_broken_chain(right, indent + 4), f"{pad}){tail}"]
            if tail == "," and not head:  # an argument, in parentheses anyway
                lines = _broken_chain(expr, indent)
                return [*lines[:-1], lines[-1] + tail]
            return [f"{pad}{head}(", *_broken_chain(expr, indent + 4), f"{pad}){tail}"]
        case Items() if expr.items:
            opening, closing = expr.brackets[0], expr.brackets[1]
            joined = ", ".join(text(i) for i in expr.items)
            if len(inner) + len(joined) <= WIDTH and len(expr.items) > 1:
                return [f"{pad}{head}{opening}", inner + joined, f"{pad}{closing}{tail}"]
            lines = [f"{pad}{head}{opening}"]
            for item in expr.items:
                lines += _broken("", item, indent + 4, ",")
            return [*lines, f"{pad}{closing}{tail}"]
        case _:
            return [f"{pad}{head}{text(expr)}{tail}"]


def _broken_base(head: str, base: Expr, indent: int, tail: str) -> list[str]:
    """What binds tighter than any operator around it; `tail` is a subscript or a method."""
    if precedence(base) == _POSTFIX:
        return _broken(head, base, indent, tail)
    pad = " " * indent
    if len(whole := f"{pad}{head}({text(base)}){tail}") <= WIDTH:
        return [whole]
    if len(pad) + 4 + len(text(base)) > WIDTH and isinstance(base, Binary):
        lines = _broken_chain(base, indent + 4)
    else:
        lines = _broken("", base, indent + 4)
    return [f"{pad}{head}(", *lines, f"{pad}){tail}"]


def fill(words: Sequence[str], indent: int) -> list[str]:
    """Words separated by commas, as many on a line as fit."""
    lines = [" " * indent + words[0] + ","]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 2 <= WIDTH:
            lines[-1] += f" {word},"
        else:
            lines.append(" " * indent + word + ",")
    return lines


def _broken_chain(expr: Binary, indent: int) -> list[str]:
    """A chain of operators of one strength, a line an operand."""
    spine = [expr]
    own = _PRECEDENCE[expr.op]
    while isinstance(left := spine[-1].left, Binary) and _PRECEDENCE[left.op] == own:
        if own in (_POWER, _COMPARE):
            break
        spine.append(left)
    first = spine[-1].left
    lines = (
        _broken("", first, indent)
        if precedence(first) >= own
        else _broken_base("", first, indent, "")
    )
    for step in reversed(spine):
        right = step.right
        pad = " " * indent
        if precedence(right) <= own:
            whole = f"{pad}{step.op} ({text(right)})"
            if len(whole) <= WIDTH or not isinstance(right, Binary):
                lines.append(whole)
            else:
                lines += [f"{pad}{step.op} (", *_broken_chain(right, indent + 4), f"{pad})"]
        else:
            lines += _broken(f"{step.op} ", right, indent)
    return lines
