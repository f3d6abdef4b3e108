"""Names that something is differentiated by: each holds a value of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from gradc.elaborate.bindings import Bound, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.names import DERIVATIVES
from gradc.elaborate.order import subtrees, used_names
from gradc.ir.node import Value
from gradc.syntax import tree

Targets: TypeAlias = "list[tuple[tree.Target, Bound]]"


def held_of_file(module: tree.Module) -> frozenset[str]:
    """The names that a file differentiates something by, outside its functions."""
    statements = [s for s in module.statements if not isinstance(s, tree.FnDef)]
    return _held_in(statements, module.source.text)


def held_of_body(context: Context, definition: tree.FnDef) -> frozenset[str]:
    """The names that a function or a layer differentiates something by."""
    found = context.held.get(definition)
    if found is None:
        found = context.held[definition] = _held_in(definition.body, definition.span.text)
    return found


def _held_in(statements: Sequence[tree.Statement], text: str) -> frozenset[str]:
    if not any(name in text for name in DERIVATIVES):
        return frozenset()
    held: set[str] = set()
    for part in subtrees(statements):
        if isinstance(part, tree.Call) and part.callee.span.text in DERIVATIVES:
            held.update(name for a in part.args[1:] for name, _ in used_names(a.value))
    return frozenset(held)


def held(context: Context, name: str, bound: Bound, scope: Scope) -> Bound:
    """What a name is bound to: a value of its own, where something is differentiated by it.

    So it is not confused with what it is another name for. A number becomes a value too.
    """
    if name not in scope.held:
        return bound
    if isinstance(bound, float):
        attrs = (float(bound), context.dtype_in(scope), ())
        return context.emit("array", (), attrs, context.builder.origin.prefix or name)
    if not isinstance(bound, Value) or not bound.type.is_float:
        return bound
    return context.emit("itself", [bound])


def kept_apart(context: Context, bound: Targets, made: set[Bound], scope: Scope) -> Targets:
    """What the targets of a statement are bound to; `made` are the statement's own values."""
    apart: Targets = []
    for target, value in bound:
        if value not in made or any(value is other for _, other in apart):
            value = held(context, target.name.name, value, scope)
            made.add(value)
        apart.append((target, value))
    return apart
