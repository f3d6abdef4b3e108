"""Lowerings of the library as expressions: a stanza's Python text, read once with `ast`.

Operands are put in as nodes, never as text, so parentheses are right and nothing can be injected.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
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

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.MatMult: "@", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
_COMPARE: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_UNARY: dict[type[ast.AST], str] = {ast.USub: "-", ast.Invert: "~"}


@cache
def template(text: str) -> Callable[[Filler], Expr]:
    """A function that fills a lowering's expression."""
    tree = ast.parse(text, mode="eval").body
    return lambda filler: _filled(tree, filler)


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
    target: Callable[[Filler], Expr] | None
    value: Callable[[Filler], Expr]


@cache
def statement_template(text: str) -> StatementTemplate:
    """A lowering's statement, ready to be filled."""
    (statement,) = ast.parse(text).body
    if isinstance(statement, ast.Expr):
        return StatementTemplate("", None, partial(_filled, statement.value))
    if isinstance(statement, ast.AugAssign):
        head = f" {_BINARY[type(statement.op)]}= "
        target: ast.expr = statement.target
    else:
        assert isinstance(statement, ast.Assign)
        head, (target,) = " = ", statement.targets
    return StatementTemplate(head, partial(_filled, target), partial(_filled, statement.value))


def _filled(node: ast.expr, filler: Filler) -> Expr:
    match node:
        case ast.Name():
            found = filler.get(node.id)
            if isinstance(found, Default):
                return found.expr
            return found if found is not None else Atom(node.id)
        case ast.Constant():
            return Atom(repr(node.value))
        case ast.Attribute():
            return Attribute(_filled(node.value, filler), node.attr)
        case ast.BinOp():
            return Binary(
                _BINARY[type(node.op)], _filled(node.left, filler), _filled(node.right, filler)
            )
        case ast.Compare():
            return Binary(
                _COMPARE[type(node.ops[0])],
                _filled(node.left, filler),
                _filled(node.comparators[0], filler),
            )
        case ast.UnaryOp():
            return Unary(_UNARY[type(node.op)], _filled(node.operand, filler))
        case ast.Call():
            keywords = [
                (k.arg, _filled(k.value, filler))
                for k in node.keywords
                if k.arg is not None and not _left_out(k.value, filler, keyword=True)
            ]
            args = [e for a in node.args for e in _argument(a, filler)]
            return Call(_filled(node.func, filler), args, keywords)
        case ast.Subscript():
            inner = node.slice
            items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            filled = [e for i in items for e in _argument(i, filler)]
            if len(filled) == 1 and isinstance(filled[0], Items) and filled[0].brackets == "()":
                filled = list(filled[0].items)
            return Subscript(_filled(node.value, filler), filled)
        case ast.Slice():
            bounds = [
                None if b is None else _filled(b, filler)
                for b in (node.lower, node.upper, node.step)
            ]
            return Slice(*bounds)
        case ast.Tuple() | ast.List():
            brackets = "()" if isinstance(node, ast.Tuple) else "[]"
            return Items([_filled(e, filler) for e in node.elts], brackets)
    raise ValueError(f"a lowering cannot hold {ast.dump(node)}")


def _argument(node: ast.expr, filler: Filler) -> Sequence[Expr]:
    """What stands for an argument: nothing where it is left out, several for `*arrays`."""
    if isinstance(node, ast.Starred):
        items = _filled(node.value, filler)
        assert isinstance(items, Items)
        return items.items
    return [] if _left_out(node, filler) else [_filled(node, filler)]


def _left_out(value: ast.expr, filler: Filler, *, keyword: bool = False) -> bool:
    if not isinstance(value, ast.Name) or value.id not in filler:
        return False
    found = filler[value.id]
    return found is None or (keyword and isinstance(found, Default))
