"""Causes: what was warned of and then failed further on is one mistake, told where it was made."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Label
from gradc.elaborate.order import bound_names, subtrees, used_names
from gradc.records import replace
from gradc.syntax import tree

_DOUBTED = ("W909", "W911")  # warnings of values of another shape than was probably meant
_OF_SHAPES = ("E0302", "E0303", "E0304", "E0306", "E0401")


def causes(found: Sequence[Diagnostic], statements: Sequence[tree.Statement]) -> list[Diagnostic]:
    """The diagnostics, without shapes that do not fit since a value that was warned of has its own.

    The first of them turns the warning into an error, with its code.
    """
    told = list(found)
    for doubt in [d for d in found if d.code in _DOUBTED and not _is_silenced(d)]:
        names = _reached(doubt, statements)
        follow = [
            d for d in told if d.code in _OF_SHAPES and _comes_of(d, doubt, names, statements)
        ]
        if follow:
            labels = [Label(d.span, "does not fit then") for d in follow[:1] if d.span is not None]
            cause = replace(doubt, code=follow[0].code, labels=(*doubt.labels, *labels))
            told = [cause if d is doubt else d for d in told if d not in follow]
    return told


def _is_silenced(doubt: Diagnostic) -> bool:
    """Whether the line says that it is meant: `# gradc: ignore[W909]`."""
    comment = doubt.span.source.line_text(doubt.span.line).partition("#")[2] if doubt.span else ""
    return "ignore[" in comment and doubt.code in comment


def _reached(doubt: Diagnostic, statements: Sequence[tree.Statement]) -> set[str]:
    """The names of the statement that was warned of, and those that are made of them."""
    names = {n.name for s in statements if _holds(s, doubt) for n in bound_names(s)}
    pending = list(statements)
    while reading := [s for s in pending if any(n in names for n, _ in used_names(s))]:
        pending = [s for s in pending if s not in reading]
        names.update(n.name for s in reading for n in bound_names(s))
    return names


def _comes_of(
    found: Diagnostic, doubt: Diagnostic, names: set[str], statements: Sequence[tree.Statement]
) -> bool:
    """Whether what fails is made of the names: the formula at its place reads one."""
    for statement in statements:
        if _holds(statement, found):
            formulas = [
                part
                for part in subtrees(statement)
                if isinstance(part, tree.Binary | tree.Unary | tree.Call | tree.Index)
                and _holds(part, found)
                and part.span != found.span
            ]
            part = min(formulas, key=lambda f: f.span.end - f.span.start, default=statement)
            return _holds(part, doubt) or any(n in names for n, _ in used_names(part))
    return False


def _holds(part: tree.Statement | tree.Expr, found: Diagnostic) -> bool:
    at, own = found.span, part.span
    return at is not None and own.source is at.source and own.start <= at.start <= at.end <= own.end
