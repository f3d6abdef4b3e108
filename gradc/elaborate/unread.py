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
    known = [
        target.name
        for s in statements
        if isinstance(s, tree.Assign) and not s.role
        for target in s.targets
        if target.name.name != "_"
        and not isinstance(scope.values.get(target.name.name), Value | Instance | Poison)
    ]
    read = {name for s in statements for name, _ in used_names(s)} if known else set()
    for identifier in known:
        if identifier.name not in read:
            message = f"nothing needs `{identifier.name}`; it is left out of the module"
            several = next(s for s in statements if identifier in _targets(s))
            names = ["_" if t is identifier else t.name for t in _targets(several)]
            helps = ["`output` returns a value"]
            if len(names) > 1 and isinstance(several, tree.Assign):
                text = f"{', '.join(names)} = {several.value.span.text}"
                helps = [f"`_` discards a result: `{text}`"]
            yield error("W901", message, identifier.span, helps=helps)


def _targets(statement: tree.Statement) -> list[tree.Identifier]:
    return [t.name for t in statement.targets] if isinstance(statement, tree.Assign) else []
