"""Calls where a count or a size stands: what they are of, and the size that is meant."""

from __future__ import annotations

from gradc.diagnostics import DiagnosticError, Help, Replacement
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.habits.rewriting import respelled
from gradc.elaborate.integers import as_integer, count_of
from gradc.elaborate.names import is_known, root_of
from gradc.elaborate.order import subtrees
from gradc.records import replace
from gradc.syntax import tree


def called_size(
    context: Context, expr: tree.Expr, scope: Scope, *, counting: bool
) -> DiagnosticError | None:
    """`times range(5)`, `[len(x)]`, `[int(H / 2)]`: a call that stands for no dimension."""
    strange = (
        p for p in subtrees(expr) if isinstance(p, tree.Call) and _is_strange(context, p, scope)
    )
    call = next(strange, None)
    if call is None:
        return None
    try:
        evaluate(context, call, scope)
    except DiagnosticError as failure:
        first, *others = failure.diagnostics
        told = meant(context, expr, scope, counting=counting)
        if told and first.span is not None and first.span.start == call.span.start:
            first = replace(first, helps=tuple(told))
        return DiagnosticError([first, *others])
    return None


def _is_strange(context: Context, call: tree.Call, scope: Scope) -> bool:
    root = root_of(call.callee)
    return root is not None and not is_known(context, root.name, scope)


def meant(context: Context, expr: tree.Expr, scope: Scope, *, counting: bool) -> list[str]:
    """What is written for a size that holds calls, where that can be told."""
    text = respelled(context, expr, scope)
    size = count_of(text)
    what = "a count" if counting else "a size"
    if size:
        shown = f"times {size}" if counting else size
        told = f"{what} is a number: write `{shown}`"
    else:
        size = as_integer(text)
        told = f"write `{size}`"
    if not size or size == " ".join(expr.span.text.split()):
        return []
    return [Help(told, [Replacement(expr.span, size)])]
