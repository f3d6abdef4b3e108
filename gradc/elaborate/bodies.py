"""Bodies of functions and layers: parameters bound in a scope of their own, statements in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

from gradc.diagnostics import DiagnosticError, error, plural
from gradc.elaborate.arguments import bind
from gradc.elaborate.bindings import Binding, Bound, Function, Instance, Results, Scope
from gradc.elaborate.called import Called
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate, run_named
from gradc.elaborate.held import held, held_of_body
from gradc.elaborate.names import is_function
from gradc.elaborate.order import sort_statements
from gradc.elaborate.patterns import begin_match, match
from gradc.source import Span
from gradc.syntax import tree

# What calls take from the budget besides their nodes: a scope; parameters with long names.
_CALL, _INSTANCE = 3, 15
MAX_CALLS = 60
"""How deep calls of functions may nest; the limit keeps the Python stack bounded."""


def bind_arguments(
    context: Context,
    function: Function,
    expr: tree.Call,
    scope: Scope,
    base: Mapping[str, Binding] | None = None,
    known: Mapping[int, Bound] | None = None,
) -> Scope:
    """A scope for the body with the parameters bound.

    What is not given is as in `base`, or else the parameter's default. What is `known`, by the `id`
    of its expression, is not evaluated.
    """
    parameters = function.definition.parameters
    kept = base or {}
    rest = next((p.name.name for p in parameters if p.kind and p.kind.name == "rest"), None)
    formals = [
        (n, p.default is None and n not in kept and n != rest)
        for p in parameters
        for n in [p.name.name]
    ]
    try:
        bound_to, further = bind(function.name, formals, expr, rest)
    except DiagnosticError as failure:
        from gradc.elaborate.habits.own import more_than_taken

        raise more_than_taken(function, expr, failure) from None
    given: dict[str, tuple[Bound, Span]] = {}
    for parameter in parameters:
        if (argument := bound_to.get(parameter.name.name)) is not None:
            bound = _of_argument(context, argument, scope, known)
            if parameter.name.name == rest:
                bound = (bound, *(_of_argument(context, a, scope, known) for a in further))
            given[parameter.name.name] = bound, argument.value.span
        elif parameter.name.name == rest:
            given[rest] = (), expr.span
    if not context.active:
        context.handed = {id(a.value): given[n][0] for n, a in bound_to.items() if n != rest}
    if function.module.trusted and not scope.module.trusted:
        from gradc.elaborate.received import receive

        given = receive(context, function, given)
    inner = Scope(function.module, dict(kept), held=held_of_body(context, function.definition))
    places = {name: span for name, (_, span) in given.items()}
    outer = context.builder.origin.calling
    inner.called = called = Called(function, inner.values, expr.span, places, outer)
    later: list[Callable[[], None]] = []
    with context.called(called):
        # What is given binds the dimensions that defaults may use.
        for parameter in sorted(parameters, key=lambda p: p.name.name not in given):
            name = parameter.name.name
            if name in given:
                bound, span = given[name]
            elif name in inner.values:
                continue
            else:
                assert parameter.default is not None
                bound, span = evaluate(context, parameter.default, inner), expr.span
            if parameter.type is not None and bound is not None:
                public = called.public if function.module.trusted else function.name
                own = public == function.name
                what = f"`{name}` of `{public}`" if own else f"what `{public}` is given"
                later.append(begin_match(context, parameter.type, bound, inner, span, what))
            inner.values[name] = held(context, name, bound, inner) if inner.held else bound
        for check in later:
            check()
    return inner


def _of_argument(
    context: Context, argument: tree.Argument, scope: Scope, known: Mapping[int, Bound] | None
) -> Bound:
    """What is handed over; an instance stands for its result."""
    if known and id(argument.value) in known:
        return known[id(argument.value)]
    bound = evaluate(context, argument.value, scope)
    return bound.value if isinstance(bound, Instance) else bound


@contextmanager
def entered(context: Context, function: Function, inner: Scope, span: Span) -> Iterator[None]:
    """The function is being expanded meanwhile, by the call here: it may not call itself."""
    assert inner.called is not None
    if function in context.active:
        raise error(
            "E0204",
            f"`{function.name}` calls itself",
            span,
            helps=["functions are expanded at compile time; `scan` repeats a step"],
        )
    if len(context.active) >= MAX_CALLS:
        raise error("E0205", f"calls nest deeper than {MAX_CALLS}", span)
    context.budget.spend(_INSTANCE if function.is_layer else _CALL, context.place(span))
    context.active.append(function)
    try:
        with context.called(inner.called):
            yield
    finally:
        context.active.pop()


def expand(context: Context, function: Function, inner: Scope) -> Bound:
    """The result of a body."""
    results = run_body(context, function, inner)
    return results[0] if len(results) == 1 else Results(results)


def run_body(context: Context, function: Function, scope: Scope) -> tuple[Bound, ...]:
    """The results of a function's or layer's body."""
    *statements, last = function.definition.body
    assert isinstance(last, tree.Return), "a definition without one is never called"
    shown = function.is_layer or not function.module.trusted
    owner = scope.instance.path if scope.instance is not None else function.name
    for position in _order(context, function, statements):
        statement = statements[position]
        with context.within(owner, statement.span) if shown else nullcontext():
            run_named(context, statement, scope)
    with context.within(owner, last.span) if shown else nullcontext():
        results = tuple([evaluate(context, v, scope) for v in last.values])
    stated = function.definition.results
    if stated is not None:
        if len(stated) != len(results):
            raise error(
                "E0208",
                f"`{function.name}` states {plural(len(stated), 'result')}, returns {len(results)}",
                last.span,
            )
        for kind, result, value in zip(stated, results, last.values, strict=True):
            what = f"the result of `{function.name}`"
            try:
                match(context, kind, result, scope, value.span, what)
            except DiagnosticError as failure:
                from gradc.elaborate.restated import restated

                raise restated(context, function, kind, result, scope, failure) from None
    return results


def _order(context: Context, function: Function, statements: Sequence[tree.Statement]) -> list[int]:
    order = context.orders.get(function.definition)
    if order is None:
        module = function.module
        order = context.orders[function.definition] = sort_statements(
            statements, is_function=lambda name: is_function(context, name, module)
        )
    return order
