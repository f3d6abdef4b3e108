"""Unread: what a statement binds at compile time and nothing reads. Values are told of later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.diagnostics import DiagnosticError, error
from gradc.elaborate.bindings import Instance, Poison, Scope
from gradc.elaborate.order import used_names
from gradc.ir.node import Value
from gradc.syntax import tree


def unread_numbers(statements: Sequence[tree.Statement], scope: Scope) -> Iterator[DiagnosticError]:
    """W901 for numbers and lists by a name that no statement reads."""
    read = {name for s in statements for name, _ in used_names(s)}
    for statement in statements:
        if isinstance(statement, tree.Assign) and not statement.role:
            for target in statement.targets:
                name = target.name.name
                bound = scope.values.get(name)
                if name not in ("_", *read) and not isinstance(bound, Value | Instance | Poison):
                    message = f"nothing needs `{name}`; it is left out of the module"
                    helps = ["`output` returns a value"]
                    yield error("W901", message, target.name.span, helps=helps)
