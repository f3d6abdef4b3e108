"""Calls of functions with a derivative rule of their own: one node until it is differentiated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gradc.diagnostics import error
from gradc.elaborate.bindings import Binding, Bound, Function, Results, Scope, is_runtime
from gradc.elaborate.bodies import run_body
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.operands import as_value
from gradc.elaborate.rules import Rule, rule_targets
from gradc.ir.builder import fragment_of
from gradc.ir.node import RuledFunction, Value
from gradc.ir.operation import Formal
from gradc.ir.traits import Traits
from gradc.source import Span
from gradc.syntax import tree


def call_with_rule(
    context: Context,
    function: Function,
    rule: tree.VjpDef,
    inner: Scope,
    span: Span,
) -> Bound:
    """The node of a call whose parameters are bound in `inner`."""
    names = [n.name.name for n in function.definition.parameters]
    given = {n: _operand(context, v, span) for n, v in inner.values.items() if n in names}
    inner.values.update(given)
    arguments = [a for v in given.values() if is_runtime(v) for a in _each(v)]
    key = (
        function,
        *((n, _seen(v)) for n, v in given.items()),
        *(context.numbers.get(v) for v in arguments),
    )
    called = context.calls.get(key)
    if called is None:
        called = context.calls[key] = _ruled(context, function, rule, inner, span)
    outer, context.builder.span = context.builder.span, span
    results = context.builder.call(called, arguments)
    context.builder.span = outer
    return results[0] if len(results) == 1 else Results(results)


def call_of(
    context: Context, function: Function, rule: tree.VjpDef, given: dict[str, Binding]
) -> RuledFunction:
    """The function as it is called with these arguments."""
    inner = Scope(function.module, given)
    for parameter in function.definition.parameters:
        if parameter.name.name not in given and parameter.default is not None:
            given[parameter.name.name] = evaluate(context, parameter.default, inner)
    context.active.append(function)
    try:
        return _ruled(context, function, rule, inner, function.definition.name.span)
    finally:
        context.active.pop()


def _ruled(
    context: Context, function: Function, rule: tree.VjpDef, inner: Scope, span: Span
) -> RuledFunction:
    placeholders: dict[str, Value | tuple[Value, ...]] = {}
    known: dict[str, Binding] = {}
    for name, bound in inner.values.items():
        if not is_runtime(bound):
            known[name] = bound
            continue
        made = tuple([Value(name, v.type) for v in _each(bound)])
        placeholders[name] = made if isinstance(bound, tuple) else made[0]
        for placeholder, value in zip(made, _each(bound), strict=True):
            if (numbers := context.numbers.get(value)) is not None:
                context.numbers[placeholder] = numbers
    parameters = [p for v in placeholders.values() for p in _each(v)]
    scope = Scope(function.module, {**known, **placeholders}, rest=inner.rest, held=inner.held)
    with context.apart() as builder:
        results = [as_value(context, r, span) for r in run_body(context, function, scope)]
        body = fragment_of(builder, parameters, results)
    varying = [n for n, v in placeholders.items() if any(p.type.is_float for p in _each(v))]
    _check_rule(function, rule, varying)
    trusted = function.module.trusted
    names = [r.name for r in rule.results]
    return RuledFunction(
        function.name,
        body,
        Rule(
            context,
            Scope(function.module, known, rest=inner.rest),
            rule.body,
            [
                Formal(n, "values" if isinstance(v, tuple) else "value")
                for n, v in placeholders.items()
            ],
            names,
            [c.name for c in rule.cotangents],
            rule.name.span,
            {n: len(v) for n, v in placeholders.items() if isinstance(v, tuple)},
        ),
        tuple(names),
        Traits(analytic=all(node.traits.analytic for node in body.nodes)),
        short=next(
            (f.name for f in context.active if f.module.trusted and not f.is_layer), function.name
        ),
        known=known if trusted else None,
    )


def _operand(context: Context, bound: Binding, span: Span) -> Binding:
    """An argument with values in the place of what a list holds, where some of it are."""
    if isinstance(bound, tuple) and is_runtime(bound):
        return tuple([as_value(context, item, span) for item in bound])
    return bound


def _each(bound: Binding) -> Sequence[Value]:
    """The values that an argument is, or holds."""
    items = bound if isinstance(bound, tuple) else (bound,)
    return [item for item in items if isinstance(item, Value)]


def _seen(bound: Binding) -> object:
    """What a call is made for: the types of values, and anything else as it is."""
    if is_runtime(bound):
        return tuple([v.type for v in _each(bound)]), isinstance(bound, tuple)
    return bound, repr(bound)


def _check_rule(function: Function, rule: tree.VjpDef, varying: Iterable[str]) -> None:
    """A user's rule has to say a cotangent for every operand that can carry one."""
    targets = rule_targets(rule.body)
    for name in varying:
        if f"d{name}" not in targets and not function.module.trusted:
            items = [t for t in targets if re.fullmatch(rf"d{name}_?\d+", t)]
            helps = [f"say `d{name} = …`, or `d{name} = none` where it has no derivative"]
            if items:
                helps = [
                    f"`{name}` is a list, and so is `d{name}`: `d{name} = [{', '.join(items)}]`"
                ]
            raise error(
                "E0402",
                f"the rule of `{function.name}` does not say what `d{name}` is",
                rule.name.span,
                helps=helps,
            )
