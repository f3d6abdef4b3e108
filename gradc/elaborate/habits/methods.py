"""Calls of members: which are methods of a value, in the manner of other systems?"""

from __future__ import annotations

from gradc.elaborate.bindings import Instance, Poison, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.names import root_of
from gradc.ir.node import Value
from gradc.syntax import tree


def is_method(context: Context, callee: tree.Expr, scope: Scope) -> bool:
    """Whether `h.sum` is of a value; instances of layers and files have members to call."""
    if not isinstance(callee, tree.Member):
        return False
    root = root_of(callee)
    if root is None:
        return True
    bound = scope.values.get(root.name, scope.module.constants.get(root.name))
    if root.name in scope.module.modules and root.name not in scope.values:
        return False
    if isinstance(bound, Instance):
        return _is_of_result(context, callee, bound)
    return bound is not None and not isinstance(bound, Poison)


def _is_of_result(context: Context, callee: tree.Member, called: Instance) -> bool:
    """Whether `hidden.sum` is of what the layer `hidden` gave: it has no part of that name."""
    within = callee.base
    names = []
    while isinstance(within, tree.Member):
        names.append(within.name.name)
        within = within.base
    for name in reversed(names):
        inner = called.members.get(name)
        if not isinstance(inner, Instance):
            return False
        called = inner
    name = callee.name.name
    habits, library = context.library.habits, context.library
    remedies = (*habits.exactly(f".{name}"), *habits.exactly(name))
    known = any(r.expression for r in remedies) or library.find_callable(name, trusted=False)
    return name not in called.members and isinstance(called.value, Value) and bool(known)
