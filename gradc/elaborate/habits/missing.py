"""Names that stand for nothing: what an instance of a layer has, and sums that begin nowhere."""

from __future__ import annotations

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.bindings import Instance, Scope
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax.characters import without_comment


def member(name: str, span: Span, scope: Scope) -> Help | None:
    """`W` in a file where an instance has a parameter of this name."""
    owners = [
        value for value in scope.values.values()
        if isinstance(value, Instance) and name in value.members
    ]  # fmt: skip
    if not owners or not scope.top:
        return None
    paths = list(dict.fromkeys(f"{owner.path}.{name}" for owner in owners))
    if len(paths) > 1:
        listed = ", ".join(f"`{path}`" for path in paths[:3])
        return Help(f"the parameters of layers are {listed}", [])
    told = f"did you mean `{paths[0]}`, the parameter of the layer on line {owners[0].span.line}?"
    return Help(told, [Replacement(span, paths[0])])


def from_nothing(name: str, span: Span) -> Help | None:
    """`total = total + sum(x)`, where nothing gives `total` a value before."""
    source = span.source
    start = source.line_starts[span.line - 1]
    line = without_comment(source.line_text(span.line)).rstrip()
    added = pattern(
        rf"[ \t]*(?:\w+[ \t]+)?{name}[ \t]*=[ \t]*({name}[ \t]*\+[ \t]*)(\S.*)"
    ).fullmatch(line)
    if added is None or "(" not in added[2]:
        return None
    text = f"{line[: added.start(1)].strip()} {added[2]}"
    edit = Replacement(Span(source, start + added.start(1), start + added.end(1)), "")
    return Help(f"nothing gives `{name}` a value before: write `{text}`", [edit])
