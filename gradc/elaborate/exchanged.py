"""Arguments of the file's own functions and layers in another order, where that order fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from gradc.diagnostics import Diagnostic, DiagnosticError, Help, Replacement
from gradc.elaborate.bindings import Function, Instance, Scope
from gradc.elaborate.bodies import bind_arguments, entered, expand
from gradc.elaborate.context import Context, Poisoned
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree

_MOST = 5  # arguments of a call of which orders are tried
_OF_TYPES = ("E0302", "E0303", "E0305", "E0306")


def exchanged(context: Context, call: tree.Call, scope: Scope, found: Diagnostic) -> Help | None:
    """What is said of arguments that are not as parameters state, where two of them would be."""
    if all(found.span is not argument.value.span for argument in call.args):
        return None
    name = call.callee.name if isinstance(call.callee, tree.Name) else ""
    callee = scope.values.get(name)
    base = callee.arguments if isinstance(callee, Instance) else None
    own = callee.layer if isinstance(callee, Instance) else scope.module.functions.get(name)
    if own is None or own.module.trusted:
        return None

    known = context.handed

    def bind(other: tree.Call) -> None:
        bind_arguments(context, own, other, scope, base, known)

    return _fitting(call, found, bind)


def exchanged_for(
    context: Context, function: Function, call: tree.Call, scope: Scope, found: Diagnostic
) -> Help | None:
    """The same of a function whose body fails on what it is given."""

    known = context.handed

    def run(other: tree.Call) -> None:
        inner = bind_arguments(context, function, other, scope, known=known)
        with entered(context, function, inner, other.span):
            expand(context, function, inner)

    return _fitting(call, found, run)


def _fitting(
    call: tree.Call, found: Diagnostic, attempt: Callable[[tree.Call], None]
) -> Help | None:
    if found.code not in _OF_TYPES:
        return None
    for other in _orders(call):
        try:
            attempt(other)
        except (DiagnosticError, Poisoned):
            continue
        given = ", ".join(map(_written, other.args))
        text = f"{call.callee.span.text}({given})"
        place = Span(call.span.source, call.args[0].span.start, call.args[-1].span.end)
        return Help(f"in the other order they fit: `{text}`", [Replacement(place, given)])
    return None


def _orders(call: tree.Call) -> Iterator[tree.Call]:
    """The call with the values of two arguments exchanged."""
    if len(call.args) > _MOST:
        return
    for i, j in combinations(range(len(call.args)), 2):
        args = list(call.args)
        args[i] = replace(args[i], value=call.args[j].value)
        args[j] = replace(args[j], value=call.args[i].value)
        yield replace(call, args=tuple(args))


def _written(argument: tree.Argument) -> str:
    value = " ".join(argument.value.span.text.split())
    return value if argument.keyword is None else f"{argument.keyword.name}={value}"
