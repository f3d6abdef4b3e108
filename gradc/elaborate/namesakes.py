"""Namesakes: instances of layers by the name of a function, which a call of that name means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.diagnostics import DiagnosticError, Label, error
from gradc.elaborate.bindings import Instance, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.names import is_function
from gradc.elaborate.order import bound_names, subtrees
from gradc.syntax import tree


def namesakes(
    context: Context, statements: Sequence[tree.Statement], scope: Scope
) -> Iterator[DiagnosticError]:
    """W913 for calls of a function whose name an instance has as well."""
    instances = {
        name: bound
        for name, bound in scope.values.items()
        if isinstance(bound, Instance) and is_function(context, name, scope.module)
    }
    if not instances:
        return
    for statement in statements:
        if isinstance(statement, tree.FnDef):
            continue
        own = {bound.name for bound in bound_names(statement)}
        for part in subtrees(statement):
            if not isinstance(part, tree.Call) or not isinstance(part.callee, tree.Name):
                continue
            name = part.callee.name
            if name in instances and name not in own:
                place = part.callee.span
                labels = [Label(instances[name].span, "the instance")]
                message = f"`{name}` calls the function of this name, and not the instance"
                helps = [f"an instance that is called once more has a name of its own: `{name}2`"]
                yield error("W913", message, place, labels=labels, helps=helps)
