"""Names that stand for nothing, and the instances of layers that have them."""

from __future__ import annotations

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.bindings import Instance, Scope
from gradc.source import Span


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
