"""Sizes of declarations and counts of loops: what they are made of, and what is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gradc.diagnostics import DiagnosticError, Label, error, near_miss
from gradc.elaborate.bindings import Scope, describe
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.names import is_known, said_before, same_name
from gradc.elaborate.order import subtrees, used_names
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, Size
from gradc.source import Span
from gradc.syntax import tree

FREE = "a size that each call decides is a free dimension: declare `dim {0}`, and write `{0}` here"
_INITIALS = 3  # letters of the name of a dimension that is like any other
_COUNTED = (
    "a count that each call decides is the size of an input, as in `input t: [K]` with `dim K`, "
    "which the loop walks along `over t_k in t`"
)


def size(context: Context, expr: tree.Expr, scope: Scope, *, counting: bool = False) -> Size:
    """A size of a declaration, or the count of a loop."""
    check_size(context, expr, scope, counting=counting)
    bound = evaluate(context, expr, scope)
    if isinstance(bound, bool) or not isinstance(bound, int | Poly):
        message = "a size is an integer or made of dimensions"
        labels: list[Label] = []
        helps = [FREE.format("K")] if bound is None or isinstance(bound, Value) else []
        if isinstance(bound, Value | tuple):
            from gradc.elaborate.habits.sized import meant
            from gradc.elaborate.integers import made

            labels, behind = made(expr.span)
            helps = meant(context, expr, scope, counting=counting) or behind or helps
        if isinstance(bound, str) and bound.isidentifier():
            helps = [f"a size stands without quotation marks: `{bound}`"]
        if isinstance(bound, Value) and any(bound is i.value for _, i in context.found.inputs):
            helps = [f"a fixed size is declared by `dim {bound.name} = 12`; {helps[0]}"]
            if counting:
                helps = [f"a fixed count is declared by `dim {bound.name} = 12`", _COUNTED]
        if isinstance(bound, float) and math.isfinite(bound):
            from gradc.elaborate.integers import made, whole

            labels, behind = made(expr.span)
            helps = whole(expr) or behind or [f"write `{max(int(bound), 1)}`"]
        raise error("E0307", message, expr.span, describe(bound), labels, helps)
    if isinstance(bound, int) and bound < 0:
        helps = [FREE.format("K")] if bound == -1 else []
        raise error("E0306", f"a size cannot be negative: {bound}", expr.span, helps=helps)
    return int(bound) if isinstance(bound, int) else bound


def check_size(context: Context, expr: tree.Expr, scope: Scope, *, counting: bool = False) -> None:
    """An error where a size is made of dimensions that are not declared, or calls what is none."""
    if _has_calls(expr):
        from gradc.elaborate.habits.sized import called_size

        if (failure := called_size(context, expr, scope, counting=counting)) is not None:
            raise failure
    for name, span in used_names(expr):
        if is_known(context, name, scope):
            continue
        helps = tuple(coming_in(context, [name], scope)) or _slip(context, name, scope)
        remedy = context.library.habits.constant(name)
        if remedy is not None:
            helps = (FREE.format("K"),) if remedy.expression == "none" else ()
        if name in context.values:
            helps = ("a shape says its sizes: `dim K`, and `K` in the declaration of the array",)
            message = f"nothing is called `{name}` here, where values of the file are not seen"
            raise error("E0201", message, span, helps=helps)
        if not helps and remedy is None:
            raise undeclared({name: [span]}, coming_in(context, [name], scope))
        raise error("E0201", _UNKNOWN.format(name), span, helps=helps)


def _has_calls(expr: tree.Expr) -> bool:
    return any(isinstance(part, tree.Call) for part in subtrees(expr))


def check_declared(
    context: Context, stated: Iterable[tree.TypeExpr | None], scope: Scope
) -> Iterator[str]:
    """The names in shapes that are no dimensions yet, all told at once, with what declares them."""
    sizes = [s for t in stated if t is not None for s in t.sizes or ()]
    places = undeclared_in(context, sizes, scope)
    yield from places
    # What a dimension is made of is told already.
    untold = {n: s for n, s in places.items() if not said_before(context, _UNKNOWN.format(n))}
    if untold:
        context.note(undeclared(untold))


def _slip(context: Context, name: str, scope: Scope) -> tuple[str, ...]:
    """The dimension that is meant by a name in another case, or by one that is nearly another."""
    dimensions = [d.name for d in context.found.dims]
    own = [] if scope.top else list(scope.values)  # of a body: its parameters
    spelled = [d for d in dimensions if len(d) > _INITIALS]
    near = near_miss(name, [*own, *spelled, *scope.module.constants])
    return same_name(name, [*dimensions, *own]) or near


def undeclared_in(
    context: Context, sizes: Iterable[tree.Expr | tree.EllipsisItem], scope: Scope
) -> dict[str, list[Span]]:
    """The names in sizes that stand for nothing, and are neither slips nor words of others."""
    places: dict[str, list[Span]] = {}
    for item in sizes:
        if not all(isinstance(part, _OF_DIMENSIONS) for part in subtrees(item)):
            continue
        for name, span in used_names(item):
            other = (
                is_known(context, name, scope)
                or name in context.values
                or context.library.habits.constant(name) is not None
                or _slip(context, name, scope)
            )
            if not other:
                places.setdefault(name, []).append(span)
    return places


_OF_DIMENSIONS = (tree.Name, tree.Number, tree.Binary, tree.Unary)
_OTHER_PLACES = 5
_UNKNOWN = "nothing is called `{0}`"


def undeclared(places: Mapping[str, Sequence[Span]], helps: Sequence[str] = ()) -> DiagnosticError:
    """E0201 for names of sizes, at the first, with what declares them where no help is known."""
    first, *others = sorted((s for spans in places.values() for s in spans), key=_start)
    labels = [Label(span, "and here") for span in others[:_OTHER_PLACES]]
    names = list(places)
    if len(names) > 1:
        listed = ", ".join(names)
        *most, last = (f"`{name}`" for name in names)
        message = f"nothing is called {', '.join(most)} or {last}"
        helps = helps or [
            f"sizes that each call decides are free dimensions: declare `dim {listed}`",
            f"a fixed one has its size: `dim {names[0]} = 64`",
        ]
    else:
        (name,) = names
        message = _UNKNOWN.format(name)
        fixed = [FREE.format(name), f"a fixed one has its size: `dim {name} = 64`"]
        if re.match(r"\s*(?:param|state)\b", first.source.line_text(first.line)):
            fixed = [f"declare its size: `dim {name} = 64`", fixed[0]]
        helps = helps or fixed
    return error("E0201", message, first, "", labels, helps)


def coming_in(context: Context, names: Iterable[str], scope: Scope) -> list[str]:
    from gradc.elaborate.habits.incoming import of_argument

    return [help_ for name in names for help_ in of_argument(context, name, scope)]


def _start(span: Span) -> int:
    return span.start
