"""Calls: of operations, of functions (expanded in place) and of layers (expanded as instances)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from gradc.diagnostics import DiagnosticError, Help, Label, Replacement, error, near_miss
from gradc.elaborate.advised import Advised
from gradc.elaborate.apply import apply, apply_named
from gradc.elaborate.arguments import bind, canonical, check_kind
from gradc.elaborate.bindings import (
    Attribute,
    Bound,
    Callee,
    Function,
    Instance,
    ModuleScope,
    NamedFunction,
    Poison,
    Scalar,
    Scope,
    describe,
    is_runtime,
    parameter_names,
)
from gradc.elaborate.bodies import bind_arguments, entered, expand
from gradc.elaborate.context import Context, Poisoned
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.habits.norms import stray_number
from gradc.elaborate.members import member_base, own_parameters
from gradc.elaborate.mistaken import check_given
from gradc.elaborate.names import DERIVATIVES, unknown_name
from gradc.elaborate.operands import as_value, operand_type
from gradc.elaborate.pairwise import pairs_meant
from gradc.ir.node import Value
from gradc.ir.operation import Formal, Operation
from gradc.ir.types import Checked, Type, TypeMismatch
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import wrapped

Kind: TypeAlias = "Type | Scalar | str | tuple[Kind, ...] | None"
"""What functions of types see of an argument: the type of a value, anything else as it is."""


def evaluate_call(context: Context, expr: tree.Call, scope: Scope) -> Bound:
    return call(context, expr, scope, expr.instance)


def call(context: Context, expr: tree.Call, scope: Scope, name: tree.Identifier | None) -> Bound:
    """The result of a call; `name` is what a layer's instance is called."""
    if (derivative := _derivative_meant(expr, scope)) is not None:
        from gradc.elaborate.derivatives import evaluate_derivative

        return evaluate_derivative(context, derivative, expr, scope)
    callee = _callee(context, expr, scope)
    if expr.instance is not None and not (isinstance(callee, Function) and callee.is_layer):
        raise error(
            "E0209",
            "only the call of a layer has a name",
            expr.instance.span,
            f"`{expr.callee.span.text}` is no layer",
        )
    match callee:
        case Operation():
            with (
                Advised(context, callee.name, expr, scope),
                pairs_meant(context, callee, expr, scope),
            ):
                return _call_operation(context, callee, expr, scope)
        case Function(broken=True):
            raise Poisoned
        case Function(is_layer=True):
            from gradc.elaborate.habits.objects import without_array

            if (failure := without_array(callee, expr, scope)) is not None:
                raise failure
            from gradc.elaborate.layers import call_layer

            with Advised(context, callee.name, expr, scope):
                return call_layer(context, callee, expr, scope, name)
        case Function():
            return _call_function(context, callee, expr, scope)
        case Instance():
            from gradc.elaborate.layers import call_again

            with Advised(context, expr.callee.span.text, expr, scope):
                return call_again(context, callee, expr, scope)
        case NamedFunction():
            return _call_named(context, callee, expr, scope)


def _callee(context: Context, expr: tree.Call, scope: Scope) -> Callee:
    callee = expr.callee
    if isinstance(callee, tree.Name):
        return _named_callee(context, expr, callee, scope)
    from gradc.elaborate.habits.callees import foreign_callee, of_a_value

    if (failure := foreign_callee(context, expr, scope)) is not None:
        raise failure
    if isinstance(callee, tree.Member):
        base = member_base(context, callee, scope)
        name = callee.name.name
        if isinstance(base, ModuleScope):
            if name in base.functions:
                return base.functions[name]
            raise error(
                "E0203",
                f"`{base.name}` has no function or layer `{name}`",
                callee.name.span,
                helps=near_miss(name, base.functions),
            )
        if isinstance(base, Instance):
            member = base.members.get(name)
            if isinstance(member, Instance):
                return member
            if member is None:
                message = f"`{base.path}` has no layer `{name}`"
                raise error("E0203", message, callee.span, helps=own_parameters(base))
        if not isinstance(base, Instance):
            raise of_a_value(context, expr, callee, scope)
    raise error("E0203", "this cannot be called", callee.span)


def _named_callee(context: Context, expr: tree.Call, callee: tree.Name, scope: Scope) -> Callee:
    name, module, library = callee.name, scope.module, context.library
    found = module.functions.get(name) or library.find_callable(name, module.trusted)
    if found is not None:
        return found
    binding = scope.values.get(name, module.constants.get(name))
    if isinstance(binding, Poison):
        raise Poisoned
    if isinstance(binding, Instance):
        return binding
    if module.trusted and (named := library.named_function(name)) is not None:
        return named
    from gradc.elaborate.habits.callees import called_value, unknown_function

    if binding is not None:
        raise called_value(expr, callee, binding, scope)
    if name in module.modules:
        raise unknown_name(context, name, callee.span, scope)
    raise unknown_function(context, expr, callee, scope)


def _derivative_meant(expr: tree.Call, scope: Scope) -> str | None:
    """`grad` or `jvp`, where a call means it rather than something of the user's by that name."""
    if not isinstance(expr.callee, tree.Name) or expr.callee.name not in DERIVATIVES:
        return None
    name, module = expr.callee.name, scope.module
    taken = (module.functions, scope.values, module.constants)
    return None if module.trusted or any([name in t for t in taken]) else name


def _call_function(context: Context, function: Function, expr: tree.Call, scope: Scope) -> Bound:
    with Advised(context, function.name, expr, scope):
        inner = bind_arguments(context, function, expr, scope)
    check_given(context, function, expr, inner, scope)
    if (doubt := stray_number(function, expr, inner, scope)) is not None:
        context.note(doubt)
    try:
        return _entered(context, function, inner, expr)
    except DiagnosticError as failure:
        if context.active or function.module.trusted:  # the outermost call is what was written
            raise
        raised = failure
    from gradc.elaborate.exchanged import exchanged_for

    first, *others = raised.diagnostics
    told = exchanged_for(context, function, expr, scope, first)
    if told is not None:
        first = replace(first, helps=(told, *first.helps))
    raise DiagnosticError([first, *others], raised.told_of) from None


def _entered(context: Context, function: Function, inner: Scope, expr: tree.Call) -> Bound:
    with entered(context, function, inner, expr.span):
        rule = function.rule
        if rule is not None and any(map(is_runtime, inner.values.values())):
            from gradc.elaborate.ruled import call_with_rule

            return call_with_rule(context, function, rule, inner, expr.span)
        if function.module.trusted:
            return expand(context, function, inner)
        with context.titled(" ".join(expr.span.text.split()), expr.span):
            return expand(context, function, inner)


def _call_named(context: Context, function: NamedFunction, expr: tree.Call, scope: Scope) -> Bound:
    spans = [a.value.span for a in expr.args]
    given = [
        _handed(context, function, i, evaluate(context, a.value, scope), a.value.span)
        for i, a in enumerate(expr.args)
    ]

    def build(name: str, operands: Sequence[Bound], **attributes: Attribute) -> Bound:
        places = [expr.span] * len(operands)
        return apply_named(context, name, operands, places, expr.span, **attributes)

    try:
        found = function.run(build, *given) if function.builds else function.run(*given)
    except TypeMismatch as mismatch:
        names = parameter_names(function.run)[function.builds :]
        written = [s for n, s in zip(names, spans, strict=False) if n == mismatch.attribute]
        blamed = [spans[i] for i in mismatch.operands if i < len(spans)]
        place = [expr.span, *blamed, *written][-1]
        labels = [Label(s) for s in blamed if s is not place]
        from gradc.elaborate.advice import worded

        helps = worded(context, mismatch.helps, spans)
        if mismatch.attribute == "sections" and mismatch.code == "E0306":
            from gradc.elaborate.fitting import of_multiple

            x, count, axis = given
            if isinstance(x, Value) and isinstance(count, int) and isinstance(axis, int):
                nodes, found_ = context.builder.nodes, context.found
                helps = [*of_multiple(x, axis % x.type.rank, count, nodes, found_), *helps]
        raise error(mismatch.code, mismatch.message, place, "", labels, helps) from None
    if isinstance(found, Checked):
        context.builder.checks.extend(found.checks)
        return found.size
    return found


def _handed(
    context: Context, function: NamedFunction, position: int, bound: Bound, span: Span
) -> Any:
    """What a named function receives of an argument: where it takes an array, one or its type."""
    if position in function.arrays:
        if function.builds:
            return as_value(context, bound, span)
        return operand_type(bound) or as_value(context, bound, span).type
    return bound if function.builds else _seen(bound)


def _seen(bound: Bound) -> Kind:
    """An argument without its values, of which types are enough."""
    if isinstance(bound, tuple):
        return tuple(_seen(item) for item in bound)
    if isinstance(bound, Instance):
        return _seen(bound.value)
    return bound.type if isinstance(bound, Value) else bound


# --- operations ---


def _call_operation(context: Context, op: Operation, expr: tree.Call, scope: Scope) -> Bound:
    rest = op.formals[-1].name if op.formals and op.formals[-1].kind == "rest" else None
    arguments, further = bind(op.name, [(f.name, f.required) for f in op.formals], expr, rest)
    operands: list[Bound] = []
    spans: list[Span] = []
    attrs: list[Bound] = []
    for formal in op.formals:
        argument = arguments.get(formal.name)
        if not formal.is_operand:
            attrs.append(_attribute(context, op, formal, argument, scope))
            continue
        if argument is None:
            raise error("E0206", f"`{op.name}` needs an argument for `{formal.name}`", expr.span)
        bound = evaluate(context, argument.value, scope)
        if op.name == "where" and formal.is_condition and isinstance(bound, bool):
            # The branch that is not chosen is not looked at.
            return evaluate(context, arguments["x" if bound else "y"].value, scope)
        if formal.kind == "rest":
            operands += [bound, *(evaluate(context, a.value, scope) for a in further)]
            spans += [argument.value.span, *(a.value.span for a in further)]
        elif formal.is_list:
            items, places = _items(bound, argument)
            operands += items
            spans += places
        else:
            operands.append(bound)
            spans.append(argument.value.span)
    written = {name: argument.value.span for name, argument in arguments.items()}
    return apply(context, op, operands, tuple(attrs), spans, expr.span, written)


def _attribute(
    context: Context, op: Operation, formal: Formal, argument: tree.Argument | None, scope: Scope
) -> Bound:
    bound: Bound = formal.default
    if argument is not None:
        bound = evaluate(context, argument.value, scope)
        check_kind(formal, bound, argument.value.span, op.name)
    if bound is None and formal.kind == "dtype" and formal.default is None:
        return context.dtype_in(scope)  # an element type that is not stated is that of the file
    return bound if argument is None else canonical(formal, bound)


_SLICES = 8  # that a help lists


def _slices(bound: Bound, expr: tree.Expr) -> str:
    """What is said of one array where a list of them is asked for: its slices are such a list."""
    size = bound.type.shape[0] if isinstance(bound, Value) and bound.type.rank else None
    if not isinstance(size, int) or not 0 < size <= _SLICES:
        return "a list of arrays stands in brackets, with commas between: `[a, b]`"
    text = wrapped(" ".join(expr.span.text.split()))
    listed = f"[{', '.join(f'{text}[{i}]' for i in range(size))}]"
    told = f"this is one array, and its slices are a list: `{listed}`"
    return Help(told, [Replacement(expr.span, listed)])


def _items(bound: Bound, argument: tree.Argument) -> tuple[Sequence[Bound], list[Span]]:
    """The items of a list of operands, and where each stands."""
    if not isinstance(bound, tuple) or not bound:
        raise error(
            "E0305",
            "a list of arrays is expected here",
            argument.value.span,
            describe(bound),
            helps=[_slices(bound, argument.value)],
        )
    if isinstance(argument.value, tree.ListExpr):
        return bound, [item.span for item in argument.value.items]
    return bound, [argument.value.span] * len(bound)
