"""Causes: what was warned of and then failed further on is one mistake, told where it was made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, Help, Label, Replacement
from gradc.elaborate.order import bound_names, subtrees, used_names
from gradc.records import replace
from gradc.syntax import tree

_DOUBTED = ("W909", "W911")  # warnings of values of another shape than was probably meant
_NO_STATE = "no state is called"
_GIVEN = (tree.InputDecl, tree.ParamDecl)
_OF_SHAPES = ("E0302", "E0303", "E0304", "E0306", "E0401")


def causes(found: Sequence[Diagnostic], statements: Sequence[tree.Statement]) -> list[Diagnostic]:
    """The diagnostics, without shapes that do not fit since a value that was warned of has its own.

    The first of them turns the warning into an error, with its code.
    """
    stateless = {f"nothing is {d.message[12:]}" for d in found if d.message.startswith(_NO_STATE)}
    told = [d for d in found if d.message not in stateless]
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


def examples(found: Sequence[Diagnostic], statements: Sequence[tree.Statement]) -> list[Diagnostic]:
    """The diagnostics, where what fails to fit is a list of sizes that was given as a value."""
    untyped = (s for s in statements if isinstance(s, _GIVEN) and s.type is None)
    given = {s.name.name: s for s in untyped if _items(s)}
    if not given:
        return list(found)
    told = list(found)
    for i, d in enumerate(found):
        statement = next((s for s in statements if _holds(s, d)), None)
        if d.code not in _OF_SHAPES or statement is None:
            continue
        read = [n for n, _ in used_names(statement) if n in given]
        if read:
            declared = given[read[0]]
            sizes = [re.findall(r"\d+", m) for m in (d.text, *(label.text for label in d.labels))]
            own = [str(len(_items(declared)))]  # behind the 64 of `f64`, as the vector that it is
            others = (set(met) for met in sizes if met[1:] != own)
            fits = any(not met.isdisjoint(_items(declared)) for met in others)
            place = f"`{read[0]}` is declared on line {declared.name.span.line}"
            kept = () if fits else (h for h in d.helps if h != place)
            told[i] = replace(d, helps=(_as_shape(declared), *kept))
    return told


def _items(statement: tree.InputDecl | tree.ParamDecl) -> list[str]:
    """The positive whole numbers that are listed as a value; none where others are."""
    items = statement.value.items if isinstance(statement.value, tree.ListExpr) else ()
    texts = [item.span.text for item in items]
    return texts if all(t.isdigit() and int(t) for t in texts) else []


def _as_shape(statement: tree.InputDecl | tree.ParamDecl) -> Help:
    items, name = _items(statement), statement.name
    word = "input" if isinstance(statement, tree.InputDecl) else "param"
    listed = f"[{', '.join(items)}]"
    value = "its example value" if word == "input" else "where it starts"
    text = f"{word} {name.name}: {listed}"
    told = (
        f"`{name.name}` on line {name.span.line} has no type, so `{listed}` is {value}, a vector of"
        f" {len(items)}; a shape stands behind a colon: `{text}`"
    )
    return Help(told, [Replacement(statement.span, text)])


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
