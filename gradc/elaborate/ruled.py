"""Calls of functions with a derivative rule of their own: one node until it is differentiated."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.diagnostics import error
from gradc.elaborate.apply import apply
from gradc.elaborate.bindings import Binding, Bound, Function, Scope
from gradc.elaborate.bodies import run_body
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.operands import as_value
from gradc.elaborate.rules import Rule, rule_targets
from gradc.ir.builder import fragment_of
from gradc.ir.graph import Value
from gradc.ir.operation import Formal, Operation, Typing
from gradc.ir.traits import Traits
from gradc.source import Span
from gradc.syntax import tree


def call_with_rule(
    context: Context,
    function: Function,
    rule: tree.VjpDef,
    inner: Scope,
    spans: dict[str, Span],
    span: Span,
) -> Bound:
    """The node of a call whose parameters are bound in `inner`."""
    names = [n.name.name for n in function.definition.parameters]
    given = {n: v for n, v in inner.values.items() if n in names}
    arguments = [(n, v) for n, v in given.items() if isinstance(v, Value)]
    key = (
        function,
        *((n, v.type if isinstance(v, Value) else (v, repr(v))) for n, v in given.items()),
    )
    op = context.calls.get(key)
    if op is None:
        op = context.calls[key] = _operation(context, function, rule, inner, span)
    operands, places = [v for _, v in arguments], [spans[n] for n, _ in arguments]
    return apply(context, op, operands, (), places, span)


def call_of(
    context: Context, function: Function, rule: tree.VjpDef, given: dict[str, Binding]
) -> Operation:
    """The operation that a call of the function is, by its arguments."""
    inner = Scope(function.module, given)
    for parameter in function.definition.parameters:
        if parameter.name.name not in given and parameter.default is not None:
            given[parameter.name.name] = evaluate(context, parameter.default, inner)
    context.active.append(function)
    try:
        return _operation(context, function, rule, inner, function.definition.name.span)
    finally:
        context.active.pop()


def _operation(
    context: Context, function: Function, rule: tree.VjpDef, inner: Scope, span: Span
) -> Operation:
    placeholders = {n: Value(n, v.type) for n, v in inner.values.items() if isinstance(v, Value)}
    known: dict[str, Binding] = {n: v for n, v in inner.values.items() if not isinstance(v, Value)}
    scope = Scope(function.module, {**known, **placeholders}, rest=inner.rest)
    with context.apart() as builder:
        results = [as_value(context, r, span) for r in run_body(context, function, scope)]
        body = fragment_of(builder, list(placeholders.values()), results)
    types = tuple(r.type for r in results)
    varying = [n for n, v in placeholders.items() if v.type.is_float]
    _check_rule(function, rule, varying)
    trusted = function.module.trusted
    return Operation(
        name=function.name,
        formals=tuple(Formal(n, "value") for n in placeholders),
        result_names=tuple(r.name for r in rule.results),
        type_rule=lambda _types, _attrs: Typing(types),
        rules=Rule(
            context,
            Scope(function.module, known, rest=inner.rest),
            rule.body,
            [r.name for r in rule.results],
            [c.name for c in rule.cotangents],
            rule.name.span,
        ),
        ruled=frozenset(varying),
        traits=Traits(analytic=all(node.op.traits.analytic for node in body.nodes)),
        short=next(
            (f.name for f in context.active if f.module.trusted and not f.is_layer), function.name
        ),
        known=known if trusted else None,
        body=body,
    )


def _check_rule(function: Function, rule: tree.VjpDef, varying: Iterable[str]) -> None:
    """A user's rule has to say a cotangent for every operand that can carry one."""
    targets = rule_targets(rule.body)
    for name in varying:
        if f"d{name}" not in targets and not function.module.trusted:
            raise error(
                "E0402",
                f"the rule of `{function.name}` does not say what `d{name}` is",
                rule.name.span,
                helps=[f"write `d{name} = none` where it has no derivative"],
            )
