"""Lowerings of the library as expressions: a stanza's Python text, read once with `ast`.

Operands are put in as nodes, never as text, so parentheses are right and nothing can be injected.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from gradc.records import dataclass
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


@dataclass(frozen=True, slots=True)
class Default:
    """The default of an argument, which is not written where it has a keyword."""

    expr: Expr


Filler: TypeAlias = "Mapping[str, Expr | Default | None]"
"""What the names of a template stand for; None is an argument to leave out."""

Fill: TypeAlias = "Callable[[Filler], Expr]"
"""A template, or a part of one, as a function that fills it."""

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.MatMult: "@", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
_COMPARE: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_UNARY: dict[type[ast.AST], str] = {ast.USub: "-", ast.Invert: "~"}


@cache
def template(text: str) -> Fill:
    """A function that fills a lowering's expression."""
    return _compiled(ast.parse(text, mode="eval").body)


@cache
def bases(text: str) -> frozenset[str]:
    """The names of which a lowering asks for an attribute or an element."""
    return frozenset(
        node.value.id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name)
    )


@dataclass(frozen=True, slots=True)
class StatementTemplate:
    """A statement of a lowering: `target = value`, `target += value`, or a call alone."""

    head: str  # what stands between target and value; empty for a call
    target: Fill | None
    value: Fill


@cache
def statement_template(text: str) -> StatementTemplate:
    """A lowering's statement, ready to be filled."""
    (statement,) = ast.parse(text).body
    if isinstance(statement, ast.Expr):
        return StatementTemplate("", None, _compiled(statement.value))
    if isinstance(statement, ast.AugAssign):
        head = f" {_BINARY[type(statement.op)]}= "
        target: ast.expr = statement.target
    else:
        assert isinstance(statement, ast.Assign)
        head, (target,) = " = ", statement.targets
    return StatementTemplate(head, _compiled(target), _compiled(statement.value))


def _compiled(node: ast.expr) -> Fill:
    """What fills an expression: its tree is walked here, and not at each use."""
    match node:
        case ast.Name(id=name):
            return _name(name)
        case ast.Constant(value=value):
            literal = Atom(repr(value))
            return lambda filler: literal
        case ast.Attribute(value=of, attr=attr):
            base = _compiled(of)
            return lambda filler: Attribute(base(filler), attr)
        case ast.BinOp():
            return _binary(_BINARY[type(node.op)], node.left, node.right)
        case ast.Compare():
            return _binary(_COMPARE[type(node.ops[0])], node.left, node.comparators[0])
        case ast.UnaryOp():
            op, operand = _UNARY[type(node.op)], _compiled(node.operand)
            return lambda filler: Unary(op, operand(filler))
        case ast.Call():
            return _call(node)
        case ast.Subscript():
            return _subscript(node)
        case ast.Slice():
            parts = (node.lower, node.upper, node.step)
            bounds = [None if b is None else _compiled(b) for b in parts]
            return lambda filler: Slice(*[None if b is None else b(filler) for b in bounds])
        case ast.Tuple() | ast.List():
            brackets = "()" if isinstance(node, ast.Tuple) else "[]"
            items = [_compiled(e) for e in node.elts]
            return lambda filler: Items([item(filler) for item in items], brackets)
    raise ValueError(f"a lowering cannot hold {ast.dump(node)}")


def _name(name: str) -> Fill:
    own = Atom(name)

    def fill(filler: Filler) -> Expr:
        found = filler.get(name)
        if type(found) is Default:
            return found.expr
        return found if found is not None else own  # type: ignore[return-value]

    return fill


def _binary(op: str, left: ast.expr, right: ast.expr) -> Fill:
    one, other = _compiled(left), _compiled(right)
    return lambda filler: Binary(op, one(filler), other(filler))


def _call(node: ast.Call) -> Fill:
    function, arguments = _compiled(node.func), _arguments(node.args)
    named = [(k.arg, _formal(k.value), _compiled(k.value)) for k in node.keywords if k.arg]

    def fill(filler: Filler) -> Expr:
        keywords = [
            (name, value(filler))
            for name, formal, value in named
            if not (formal in filler and _left_out(filler[formal], keyword=True))
        ]
        return Call(function(filler), arguments(filler), keywords)

    return fill


def _subscript(node: ast.Subscript) -> Fill:
    inner = node.slice
    base = _compiled(node.value)
    items = _arguments(inner.elts if isinstance(inner, ast.Tuple) else [inner])

    def fill(filler: Filler) -> Expr:
        filled = items(filler)
        if len(filled) == 1 and isinstance(filled[0], Items) and filled[0].brackets == "()":
            filled = list(filled[0].items)
        return Subscript(base(filler), filled)

    return fill


def _arguments(nodes: Sequence[ast.expr]) -> Callable[[Filler], list[Expr]]:
    """What fills arguments: nothing where one is left out, several for `*arrays`."""
    starred = [isinstance(n, ast.Starred) for n in nodes]
    values = [n.value if isinstance(n, ast.Starred) else n for n in nodes]
    parts = list(zip(starred, map(_formal, values), map(_compiled, values), strict=True))

    def fill(filler: Filler) -> list[Expr]:
        found: list[Expr] = []
        for is_spread, formal, value in parts:
            if is_spread:
                items = value(filler)
                assert isinstance(items, Items)
                found += items.items
            elif not (formal in filler and _left_out(filler[formal])):
                found.append(value(filler))
        return found

    return fill


def _formal(value: ast.expr) -> str:
    """The name that an argument is, which may stand for nothing."""
    return value.id if isinstance(value, ast.Name) else ""


def _left_out(found: Expr | Default | None, *, keyword: bool = False) -> bool:
    return found is None or (keyword and isinstance(found, Default))
