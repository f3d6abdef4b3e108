"""A body that contradicts the result it states: what to state, or another call that makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.diagnostics import DiagnosticError, Help, Replacement
from gradc.elaborate.bindings import Bound, Function, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.measures import size
from gradc.elaborate.remade import made_as
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, Size
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree


def restated(
    context: Context,
    function: Function,
    stated: tree.TypeExpr,
    result: Bound,
    scope: Scope,
    failure: DiagnosticError,
) -> DiagnosticError:
    """The failure of a result to have the shape that is stated of it, with what would fit."""
    first, *others = failure.diagnostics
    if first.code != "E0306" or first.helps or others or not isinstance(result, Value):
        return failure
    if function.module.trusted or stated.sizes is None:
        return failure
    helps: list[str] = []
    named = _named(result.type.shape, stated.sizes, _bound(function, scope))
    if named is not None:
        text = f"{stated.dtype or ''}[{', '.join(named)}]"
        exact = Span(stated.span.source, stated.span.start, stated.span.end)
        helps = [Help(f"state what it is: `-> {text}`", [Replacement(exact, text)])]
    sizes = [s for s in stated.sizes if not isinstance(s, tree.EllipsisItem)]
    if len(sizes) == len(stated.sizes):
        shape = [size(context, s, scope) for s in sizes]
        helps += made_as(result, shape, stated.span.text, context.builder.nodes)
    return DiagnosticError([replace(first, helps=tuple(helps))])


def _bound(function: Function, scope: Scope) -> Mapping[str, Size]:
    """The sizes that the parameters of a function name."""
    types = [p.type for p in function.definition.parameters if p.type is not None]
    names = [s.name for t in types for s in t.sizes or () if isinstance(s, tree.Name)]
    found = {name: scope.values.get(name) for name in names}
    return {n: s for n, s in found.items() if isinstance(s, int | Poly)}


def _named(
    shape: Sequence[Size],
    stated: Sequence[tree.Expr | tree.EllipsisItem],
    bound: Mapping[str, Size],
) -> list[str] | None:
    """A shape by the names of sizes; nothing where a size has none, or several."""
    found: list[str] = []
    for axis, length in enumerate(shape):
        names = [n for n, s in bound.items() if s == length]
        own = stated[axis].span.text if axis < len(stated) else ""
        if own in names:
            names = [own]
        if len(names) != 1:
            return None
        found += names
    return found
