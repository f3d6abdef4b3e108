"""Formulas as one writes them on paper: `2w`, `3w²`, `1 - h²`, `dJ/dz · x`."""

from __future__ import annotations

import re

from gradc.lessons.words.formula import Cases, Derivative, Formula
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
    precedence,
)

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_COMPARISONS = frozenset(["<", "<=", ">", ">=", "==", "!="])
_FACTOR = re.compile(r"-?(?!0\b)\d+(\.\d+)?")  # 0.5x would be read as 0 and a half times x
_IN_PARENTHESES = re.compile(r"\(.*\)")


def text(formula: Formula) -> str:
    """A formula on one line. Where a power has to be written as `x**n`, products have `*` too."""
    if isinstance(formula, Cases):
        cases = [f"{_text(value)} if {_text(condition)}" for value, condition in formula.cases]
        shown = " else ".join([*cases, _text(formula.otherwise)])
    else:
        shown = _text(formula)
    return shown.replace(" · ", " * ") if "**" in shown else shown


def function_name(call: Call) -> str:
    """What is called, without the marks of NumPy's functions and of gradc's own."""
    return _text(call.function).lstrip("_")


def _text(expr: Expr) -> str:
    match expr:
        case Atom():
            return expr.text.removeprefix("np.")
        case Unary():
            loose = precedence(expr.operand) <= precedence(expr)
            return expr.op + _wrapped(expr.operand, loose)
        case Binary(op="**"):
            return _power(expr)
        case Binary():
            return _binary(expr)
        case Call():
            arguments = [_text(a) for a in expr.args]
            arguments += [f"{name}={_text(value)}" for name, value in expr.keywords]
            return f"{function_name(expr)}({', '.join(arguments)})"
        case Attribute(base=Atom(text="np")):
            return expr.name
        case Attribute():
            return f"{_base(expr.base)}.{expr.name}"
        case Subscript():
            return f"{_base(expr.base)}[{', '.join(map(_text, expr.items))}]"
        case Slice():
            bounds = ["" if b is None else _text(b) for b in (expr.start, expr.stop)]
            return ":".join(bounds if expr.step is None else [*bounds, _text(expr.step)])
        case Items():
            comma = "," if expr.brackets == "()" and len(expr.items) == 1 else ""
            inner = ", ".join(map(_text, expr.items))
            return f"{expr.brackets[0]}{inner}{comma}{expr.brackets[1]}"


def _wrapped(expr: Expr, needed: bool) -> str:
    return f"({_text(expr)})" if needed else _text(expr)


def _base(expr: Expr) -> str:
    """What a method, an index or a power belongs to."""
    literal = isinstance(expr, Atom) and not (expr.text[0].isalpha() or expr.text[0] == "_")
    tight = precedence(expr) == precedence(Atom("x"))
    return _wrapped(expr, isinstance(expr, Derivative) or literal or not tight)


def _power(expr: Binary) -> str:
    base, exponent = expr.left, _text(expr.right)
    shown = _text(base) if isinstance(base, Atom) and _FACTOR.fullmatch(base.text) else _base(base)
    if re.fullmatch(r"-?\d+", exponent):
        return shown + exponent.translate(_SUPERSCRIPTS)
    return f"{shown}**{_wrapped(expr.right, isinstance(expr.right, Binary))}"


def _binary(expr: Binary) -> str:
    op, own = expr.op, precedence(expr)
    loose = precedence(expr.left) < own or (op in _COMPARISONS and precedence(expr.left) == own)
    left = _wrapped(expr.left, loose)
    below = op == "/" and isinstance(expr.right, Derivative)
    right = _wrapped(expr.right, below or precedence(expr.right) <= own)
    if op == "*":
        beside = _FACTOR.fullmatch(left) and (right[0].isalpha() or right[0] == "(")
        return f"{left}{right}" if beside else f"{left} · {right}"
    if op == "/" and _is_short(left) and _is_short(right):
        return f"{left}/{right}"
    return f"{left} {op} {right}"


def _is_short(text: str) -> bool:
    """Whether a part of a fraction is one name, number, call or pair of parentheses."""
    return not re.search(r"[ /]", _IN_PARENTHESES.sub("", text))
