"""Pairwise: `max(z, 0)`, which is Python's larger of two, and here the largest along axis 0."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from gradc.diagnostics import Diagnostic, DiagnosticError, error
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.ir.operation import Operation
from gradc.records import replace
from gradc.syntax import tree

_PAIRWISE = {"max": ("maximum", "larger", "largest"), "min": ("minimum", "smaller", "smallest")}
_AXIS_CODES = ("E0303", "E0305", "E0307")


_NOTHING = nullcontext()


def pairs_meant(
    context: Context, op: Operation, expr: tree.Call, scope: Scope
) -> AbstractContextManager[None]:
    """While a call is elaborated: says what takes the larger of two, if that may be meant.

    A second argument 0 without the name of its parameter is W909; one that is no axis is an error,
    which gets a help.
    """
    if op.name not in _PAIRWISE or scope.module.trusted:
        return _NOTHING
    if len(expr.args) != 2 or expr.args[1].keyword is not None:
        return _NOTHING
    return _meant(context, op, expr)


@contextmanager
def _meant(context: Context, op: Operation, expr: tree.Call) -> Iterator[None]:
    second = expr.args[1]
    pairwise, which, along = _PAIRWISE[op.name]
    given = ", ".join(a.value.span.text for a in expr.args)
    name = expr.callee.span.text
    other = f"`{pairwise}({given})` takes the {which} of two, element by element"
    try:
        yield
    except DiagnosticError as failure:
        raise DiagnosticError(_helped(d, other, expr) for d in failure.diagnostics) from None
    if isinstance(second.value, tree.Number) and second.value.value == 0:
        text = second.value.span.text
        context.note(
            error(
                "W909",
                f"`{name}({given})` takes the {along} along axis {text}",
                second.value.span,
                "this is the axis",
                helps=[other, f"`{name}(…, axis={text})` says that the axis is meant"],
            )
        )


def _helped(found: Diagnostic, other: str, expr: tree.Call) -> Diagnostic:
    arguments = [a.value.span for a in expr.args]
    if found.code in _AXIS_CODES and any(found.span is span for span in arguments):
        first, second = (a.value for a in expr.args)
        is_zero = isinstance(second, tree.Number) and second.value == 0
        meant = isinstance(first, tree.Number) or is_zero
        helps = (other,) if meant else (other, *found.helps)
        if found.code == "E0307":
            message = f"the second argument of `{expr.callee.span.text}` is its axis"
            return replace(found, message=message, helps=helps)
        return replace(found, helps=helps)
    return found
