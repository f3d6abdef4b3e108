"""Formulas: expressions over the names of a page, which `paper` and `latex` print.

A formula comes from a rule of the library (`derivatives.py`), from SymPy (`symbols.py`), or is
what a statement of the user's file says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from gradc.diagnostics import DiagnosticError
from gradc.records import dataclass
from gradc.source import Source
from gradc.syntax import tree
from gradc.syntax.parser import parse
from gradc.targets.python.expression import Atom, Attribute, Binary, Call, Expr, Unary


@dataclass(slots=True, eq=False)
class Derivative(Atom):
    """The derivative of one name by another, which goes by a name of its own: `dJ/dz`."""

    of: str
    by: str
    sign: str = "d"


@dataclass(slots=True, eq=False)
class Cases:
    """Values, each where its condition holds and none before it does, and the value elsewhere."""

    cases: Sequence[tuple[Expr, Expr]]
    otherwise: Expr


Formula: TypeAlias = "Expr | Cases"


def derivative(of: str, by: str, sign: str = "d") -> Derivative:
    """`dJ/dz`, or `∂J/∂z`."""
    return Derivative(f"{sign}{of}/{sign}{by}", of, by, sign)


def is_literal(formula: Formula | None, text: str) -> bool:
    """Whether a formula is this whole number, written as an integer or as a float."""
    return isinstance(formula, Atom) and formula.text in (text, f"{text}.0")


def is_sum(formula: Formula | None) -> bool:
    return isinstance(formula, Binary) and formula.op in ("+", "-")


def written(text: str) -> Expr | None:
    """The formula that an expression of the language is; None where it is something else."""
    try:
        (statement,) = parse(Source("", f"y = {text}\n")).statements
        return _expression(statement.value) if isinstance(statement, tree.Assign) else None
    except (DiagnosticError, _OtherError):
        return None


class _OtherError(Exception):
    """Something that is no formula: an index, a list, an argument with a keyword."""


def _expression(node: tree.Expr) -> Expr:
    match node:
        case tree.Number():
            return Atom(repr(node.value))
        case tree.Name():
            return Atom(node.name)
        case tree.Unary(op="-"):
            return Unary("-", _expression(node.operand))
        case tree.Binary(op=op) if op not in ("and", "or"):
            return Binary(op, _expression(node.left), _expression(node.right))
        case tree.Member():
            return Attribute(_expression(node.base), node.name.name)
        case tree.Call(instance=None) if all(a.keyword is None for a in node.args):
            return Call(_expression(node.callee), [_expression(a.value) for a in node.args])
    raise _OtherError
