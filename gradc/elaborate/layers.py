"""Calls of layers, expanded as instances that own parameters."""

from __future__ import annotations

from gradc.diagnostics import (
    Diagnostic,
    DiagnosticError,
    Help,
    Replacement,
    error,
    near_miss,
)
from gradc.elaborate.bindings import Bound, Function, Instance, Scope
from gradc.elaborate.bodies import bind_arguments, entered, expand
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.habits.incoming import incoming_size
from gradc.elaborate.habits.norms import stray_number
from gradc.elaborate.members import MEMBERS
from gradc.elaborate.operands import as_value
from gradc.elaborate.order import subtrees
from gradc.elaborate.unshared import forget_slices
from gradc.ir.node import Value
from gradc.ir.types import TypeMismatch, broadcast
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import closing, parts
from gradc.syntax.habits.names import fresh


def call_layer(
    context: Context,
    layer: Function,
    expr: tree.Call,
    scope: Scope,
    name: tree.Identifier | None,
) -> Bound:
    """The first call of an instance, which makes its parameters."""
    if not scope.top and scope.instance is None:
        raise error(
            "E0210",
            f"a function cannot own the parameters of the layer `{layer.name}`",
            expr.span,
            helps=[_as_layer(context, expr, name)],
        )
    if name is None:
        from gradc.elaborate.habits.lacking import unnamed

        raise unnamed(context, layer, expr)
    if scope.instance is not None and name.name in MEMBERS:
        raise error("E0214", f"`{name.name}` is no name for an inner layer", name.span)
    inner = bind_arguments(context, layer, expr, scope)
    if (doubt := stray_number(layer, expr, inner, scope)) is not None:
        context.note(doubt)
    if (doubt := incoming_size(layer, expr, inner, scope)) is not None:
        context.note(doubt)
    with entered(context, layer, inner, expr.span):
        path = f"{scope.instance.path}.{name.name}" if scope.instance else name.name
        names = [p.name.name for p in layer.definition.parameters]
        instance = Instance(path, layer, {n: inner.values[n] for n in names}, name.span)
        _own(instance, scope, name.name)
        instance.made = _run(context, instance, inner, expr)
        return instance.made


def _own(instance: Instance, scope: Scope, name: str) -> None:
    """Makes an instance known to the file, or to the instance of the layer around it."""
    owner = scope.instance.members if scope.instance else scope.values
    earlier = owner.get(name)
    if isinstance(earlier, Instance):
        # The layer around this call is being called again: the parameters are shared.
        instance.members = earlier.members
    elif scope.instance:
        scope.instance.members[name] = instance
    scope.values[name] = instance


def call_again(context: Context, instance: Instance, expr: tree.Call, scope: Scope) -> Bound:
    """The same instance once more: shared parameters, its other arguments kept.

    `hidden(x, W=…)` gives a parameter another value, in this call alone.
    """
    others = _others(context, instance, expr)
    given = {n: _other(context, instance, n, a.value, scope) for n, a in others.items()}
    rest = tuple([a for a in expr.args if a not in others.values()])
    bare = replace(expr, args=rest)
    try:
        inner = bind_arguments(context, instance.layer, bare, scope, instance.arguments)
    except DiagnosticError as failure:
        raise _by_name(instance, expr, failure) from None
    again = Instance(
        instance.path,
        instance.layer,
        instance.arguments,
        instance.span,
        members=instance.members,
        given=given,
    )
    try:
        with entered(context, instance.layer, inner, expr.span):
            return _run(context, again, inner, expr, frozenset(instance.members))
    except DiagnosticError as failure:
        wrong, *further = failure.diagnostics
        raise DiagnosticError([_or_another(instance, expr, wrong), *further]) from None


def _by_name(instance: Instance, expr: tree.Call, failure: DiagnosticError) -> DiagnosticError:
    """`net(x, net.W - 0.1 * g)`: another value for a parameter is given by the parameter's name."""
    edits = []
    written = []
    for argument in expr.args:
        text = " ".join(argument.span.text.split())
        read = [
            part.name.name
            for part in subtrees(argument.value)
            if isinstance(part, tree.Member) and part.base.span.text == instance.path
        ]
        if argument.keyword is None and read and isinstance(argument.value, tree.Binary):
            text = f"{read[0]}={text}"
            edits.append(Replacement(argument.span, text))
        written.append(text)
    if not edits:
        return failure
    told = "another value for a parameter is given by its name: "
    told += f"`{expr.callee.span.text}({', '.join(written)})`"
    first, *further = failure.diagnostics
    return DiagnosticError([replace(first, helps=(Help(told, edits),)), *further])


def _or_another(instance: Instance, expr: tree.Call, found: Diagnostic) -> Diagnostic:
    """`h(h)`, which does not fit: a layer with parameters of its own may be meant."""
    line = instance.span.lines.text
    start = line.find(f"{instance.layer.name}(")
    opens = start + len(instance.layer.name)
    if found.code != "E0302" or not expr.args or start < 0:
        return found
    end = closing(line, opens)
    first, *rest = parts(line[opens + 1 : end])
    if end is None or "=" in first or expr.args[0].keyword is not None:
        return found
    another = f"{instance.layer.name}({', '.join([expr.args[0].span.text, *rest])})"
    if expr.span.lines.text.partition("=")[2].strip() != expr.span.text:
        another += f" as {fresh(instance.path, expr.span.source.text)}"  # within an expression
    of_line = f"`{instance.path}` has the sizes of line {instance.span.line}"
    told = f"{of_line}; another layer is a call of its own: `{another}`"
    return replace(found, helps=(Help(told, [Replacement(expr.span, another)]),))


def _others(context: Context, instance: Instance, expr: tree.Call) -> dict[str, tree.Argument]:
    """The arguments that are other values for parameters of the instance."""
    formals = [p.name.name for p in instance.layer.definition.parameters]
    params = {p.value for _, p in context.found.params}
    owned = [n for n, m in instance.members.items() if isinstance(m, Value) and m in params]
    others: dict[str, tree.Argument] = {}
    for argument in expr.args:
        if argument.keyword is None or (name := argument.keyword.name) in formals:
            continue
        if name not in owned:
            message = f"`{instance.path}` has no parameter `{name}`"
            helps = near_miss(name, [*formals, *owned])
            listed = f"it takes {', '.join(formals)}" if formals else "it takes no arguments"
            listed += f", and other values for {', '.join(owned)}" if owned else ""
            raise error("E0206", message, argument.keyword.span, helps=helps or [listed])
        others[name] = argument
    return others


def _other(context: Context, instance: Instance, name: str, expr: tree.Expr, scope: Scope) -> Value:
    """What stands for a parameter in one call: of its type, or what broadcasts to it."""
    parameter = instance.members[name]
    assert isinstance(parameter, Value)
    kind = context.seen(parameter, expr.span).type
    value = as_value(context, evaluate(context, expr, scope), expr.span, kind.dtype)
    if value.type.weak and (kind.is_float or not value.type.is_float):
        value = context.emit("astype", [value], (kind.dtype,))
    message = f"`{instance.path}.{name}` is {kind}, this is {value.type}"
    if value.type.dtype != kind.dtype:
        helps = [f'`astype({expr.span.text}, "{kind.dtype}")` converts']
        raise error("E0305", message, expr.span, str(value.type), helps=helps)
    if value.type.shape == kind.shape:
        return value
    try:
        fits = broadcast([value.type.shape, kind.shape]) == kind.shape
    except TypeMismatch:
        fits = False
    if not fits:
        raise error("E0306", message, expr.span, str(value.type))
    return context.emit("broadcast_to", [value], (kind.shape,))


def _run(
    context: Context,
    instance: Instance,
    inner: Scope,
    expr: tree.Call,
    kept: frozenset[str] = frozenset(),
) -> Bound:
    """The result of the body; `kept` are the parameters that earlier calls made."""
    inner.instance = instance
    start = len(context.builder.nodes)
    title = f"{instance.path} = {' '.join(expr.span.text.split())}"
    with context.titled(title, expr.span):
        result = expand(context, instance.layer, inner)
    if instance.layer.module.trusted:
        _forget_unused(context, instance, start, kept)
    return result


def _forget_unused(context: Context, instance: Instance, start: int, kept: frozenset[str]) -> None:
    """Parameters that a layer of the library has only with other arguments: `bias=false`."""
    used = {v for node in context.builder.nodes[start:] for v in node.operands}
    found = context.found
    body = instance.layer.definition.body
    kept |= {s.name.name for s in body if isinstance(s, tree.StateDecl)}
    for name, member in list(instance.members.items()):
        if isinstance(member, Value) and name not in kept:
            if context.seen(member, instance.span) in used:
                continue
            del instance.members[name]
            forget_slices(context.unshared, member)
            found.params = [p for p in found.params if p[1].value is not member]


def _as_layer(context: Context, expr: tree.Call, name: tree.Identifier | None) -> str:
    """The help for a layer in a function, which owns no parameters."""
    definition = context.active[-1].definition
    start = definition.span.start
    word = Span(definition.span.source, start, start + len(definition.role))
    edits = [Replacement(word, "layer")]
    if name is not None:
        return Help("make the function a `layer`", edits)
    text = f"{expr.span.text} as hidden"
    told = f"make the function a `layer`, and name it there: `{text}`"
    return Help(told, [*edits, Replacement(expr.span, text)])
