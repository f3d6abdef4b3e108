"""Calls of layers, expanded as instances that own parameters."""

from __future__ import annotations

from gradc.diagnostics import error
from gradc.elaborate.bindings import Bound, Function, Instance, Scope
from gradc.elaborate.bodies import bind_arguments, entered, expand
from gradc.elaborate.context import Context
from gradc.elaborate.members import MEMBERS
from gradc.elaborate.unshared import forget_slices, seen_as
from gradc.ir.node import Value
from gradc.syntax import tree


def call_layer(
    context: Context,
    layer: Function,
    expr: tree.Call,
    scope: Scope,
    name: tree.Identifier | None,
) -> Bound:
    """The first call of an instance, which makes its parameters."""
    if not scope.top and scope.instance is None:
        named = f", and name it there: `{expr.span.text} as hidden`" if name is None else ""
        raise error(
            "E0210",
            f"a function cannot own the parameters of the layer `{layer.name}`",
            expr.span,
            helps=[f"make the function a `layer`{named}"],
        )
    if name is None:
        raise error(
            "E0210",
            f"this call of the layer `{layer.name}` has no name to give its parameters",
            expr.span,
            helps=["make it a statement of its own: `hidden = …`, or name it: `… as hidden`"],
        )
    if scope.instance is not None and name.name in MEMBERS:
        raise error("E0214", f"`{name.name}` is no name for an inner layer", name.span)
    inner = bind_arguments(context, layer, expr, scope)
    with entered(context, layer, inner, expr.span):
        path = f"{scope.instance.path}.{name.name}" if scope.instance else name.name
        names = [p.name.name for p in layer.definition.parameters]
        instance = Instance(path, layer, {n: inner.values[n] for n in names}, name.span)
        _own(instance, scope, name.name)
        return _run(context, instance, inner, expr)


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
    """The same instance once more: shared parameters, its other arguments kept."""
    inner = bind_arguments(context, instance.layer, expr, scope, instance.arguments)
    with entered(context, instance.layer, inner, expr.span):
        again = Instance(
            instance.path,
            instance.layer,
            instance.arguments,
            instance.span,
            members=instance.members,
        )
        return _run(context, again, inner, expr, frozenset(instance.members))


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
    for name, member in list(instance.members.items()):
        if isinstance(member, Value) and name not in kept:
            if seen_as(context.unshared, member) in used:
                continue
            del instance.members[name]
            forget_slices(context.unshared, member)
            found.params = [p for p in found.params if p[1].value is not member]
