"""Constants: untyped ones stay knowns, typed ones are arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradc.diagnostics import Diagnostic, DiagnosticError, error
from gradc.elaborate.bindings import Binding, ConstArray, Known, Scope, describe
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate_known
from gradc.elaborate.initial import checked_literal
from gradc.elaborate.literals import check_fits, filled, ragged
from gradc.elaborate.operands import operand_type
from gradc.elaborate.order import used_names
from gradc.elaborate.patterns import shape
from gradc.ir.sizes import Poly
from gradc.records import replace
from gradc.syntax import tree


def run_constant(context: Context, statement: tree.ConstDecl, scope: Scope) -> None:
    scope.values[statement.name.name] = constant(context, statement, scope)


def constant(context: Context, statement: tree.ConstDecl, scope: Scope) -> Binding:
    """What the name of a `const` stands for."""
    try:
        name, text = statement.name.name, statement.value.span.text
        computed = [f"leave out `const`: `{name} = {text}`"]
        known = evaluate_known(context, statement.value, scope, "a constant", computed)
    except DiagnosticError as failure:
        raise DiagnosticError(_computed(context, statement, failure.diagnostics)) from None
    if statement.type is not None:
        return _typed(context, statement, statement.type, known, scope)
    if operand_type(known) is None:
        helps = ragged(known)
        message = f"a constant is a number or an array, this is {describe(known)}"
        if isinstance(known, str):
            text = statement.value.span.text
            helps = [f"a string stands where it is asked for: write `{text}` there"]
        elif helps:
            message = "the rows of a constant are of one length"
        raise error("E0305", message, statement.value.span, helps=helps)
    return known


def _computed(
    context: Context, statement: tree.ConstDecl, found: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """What is made of the file's values is a value as well, and stands without `const`."""
    from gradc.elaborate.at_random import no_constant

    if found[0].code in ("E0203", "E0307"):
        drawn = no_constant(statement, is_unknown=found[0].code == "E0203")
        return [replace(found[0], helps=tuple(drawn)), *found[1:]] if drawn else [*found]
    help_ = f"leave out `const`: `{statement.name.name} = {statement.value.span.text}`"
    own = [name for name, _ in used_names(statement.value) if name in context.values]
    return [replace(d, helps=(help_,)) if own and d.code == "E0201" else d for d in found]


def _typed(
    context: Context,
    statement: tree.ConstDecl,
    stated: tree.TypeExpr,
    known: Known,
    scope: Scope,
) -> ConstArray:
    dtype = stated.dtype or context.dtype_in(scope)
    sizes = shape(context, stated, scope) if stated.sizes is not None else ()
    data = checked_literal(known, statement.value, sizes)
    if any(isinstance(s, Poly) for s in sizes):
        raise error("E0307", "the sizes of a constant are fixed", stated.span)
    check_fits(dtype, data, statement.value.span)
    if isinstance(data, tuple):
        fixed = tuple(s for s in sizes if isinstance(s, int))
        context.budget.spend(math.prod(fixed), statement.span)
        data = filled(data, fixed)
    return ConstArray(statement.name.name, data, dtype, sizes)
