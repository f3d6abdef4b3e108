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
            helps = [f"use it, or leave it out; `output {identifier.name}` returns it"]
            if len(names) > 1 and isinstance(several, tree.Assign):
                text = f"{', '.join(names)} = {several.value.span.text}"
                helps = [f"`_` discards a result: `{text}`"]
            yield error("W901", message, identifier.span, helps=helps)


def unread_parameters(statements: Sequence[tree.Statement]) -> Iterator[DiagnosticError]:
    """W901 for parameters of functions and layers that their bodies do not read.

    A parameter counts as read where a rule reads it, or where a name of its type is read.
    """
    rules = {s.name.name: s for s in statements if isinstance(s, tree.VjpDef)}
    for definition in (s for s in statements if isinstance(s, tree.FnDef)):
        parameters = definition.parameters
        rule = rules.get(definition.name.name)
        types = [p.type for p in parameters]
        read = {n for n, _ in used_names((definition.body, rule.body if rule else (), types))}
        inside = {n for n, _ in used_names((definition.body, definition.results or ()))}
        for parameter in parameters:
            name = parameter.name.name
            gives = {n for n, _ in used_names(parameter.type)}
            if name in read or not gives.isdisjoint(inside):
                continue
            rest = ", ".join(p.span.text for p in parameters if p is not parameter)
            head = f"{definition.role} {definition.name.name}({' '.join(rest.split())})"
            message = f"`{definition.name.name}` does not read its parameter `{name}`"
            helps = [f"read it, or leave it out: `{head}`"]
            yield error("W901", message, parameter.name.span, helps=helps)


def unchanged_states(statements: Sequence[tree.Statement]) -> Iterator[DiagnosticError]:
    """W916 for states that no statement updates: of the file, and of its layers."""
    bodies = [s.body for s in statements if isinstance(s, tree.FnDef)]
    for body in (statements, *bodies):
        updated = {s.name.name for s in body if isinstance(s, tree.Update)}
        for state in (s for s in body if isinstance(s, tree.StateDecl)):
            name = state.name.name
            if name not in updated:
                message = f"nothing updates the state `{name}`: it stays as it starts"
                helps = [
                    f"`update {name} = …` says what the next call finds",
                    "what never changes is a `const`, and what the caller gives an `input`",
                ]
                yield error("W916", message, state.name.span, helps=helps)


def _targets(statement: tree.Statement) -> list[tree.Identifier]:
    return [t.name for t in statement.targets] if isinstance(statement, tree.Assign) else []
