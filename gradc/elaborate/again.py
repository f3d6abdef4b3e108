"""Names that are bound again: what is said of them, and where each value's own name goes."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.diagnostics import Help, Replacement
from gradc.source import Span
from gradc.syntax import tree

_TOLD = "every name is bound exactly once; give the new value its own name"


def own_name(statement: tree.Statement, second: tree.Identifier, taken: set[str]) -> str:
    """Another name for what a statement binds again, `taken` from then on; empty for none."""
    if not isinstance(statement, tree.Assign) or statement.role == "loss":
        return ""
    if len(statement.targets) > 1:
        return ""
    number = 2
    while f"{second.name}{number}" in taken:
        number += 1
    taken.add(f"{second.name}{number}")
    return f"{second.name}{number}"


def renamed(
    statement: tree.Statement,
    second: tree.Identifier,
    own: str,
    read: Iterable[Span],
    third: tree.Identifier | None,
) -> str:
    """A statement that binds a name again, with a name of its own, which is `read` below.

    `third` is where the name is bound once more: what is below that reads another value.
    """
    if not own:
        return _TOLD
    at, text = second.span.start - statement.span.start, statement.span.text
    new = " ".join(f"{text[:at]}{own}{text[at + len(second.name) :]}".split())
    until = "" if third is None else f", as far as line {third.span.line}"
    places = {span.start: span for span in (second.span, *read)}
    edits = [Replacement(Span(s.source, s.start, s.end), own) for s in places.values()]
    return Help(f"{_TOLD}: `{new}`; below it write `{own}` for `{second.name}`{until}", edits)
