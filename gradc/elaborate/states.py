"""State: values that `forward` takes and returns."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.diagnostics import DiagnosticError, Help, Label, Replacement, error
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.initial import declared_type, initialiser
from gradc.elaborate.operands import strong_value
from gradc.elaborate.order import subtrees
from gradc.elaborate.stateless import no_state
from gradc.elaborate.unshared import own, slice_type
from gradc.ir.graph import Output, Param
from gradc.ir.loop import ELEMENT
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, dimensions_of, shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Source, Span
from gradc.syntax import tree


def declare_state(
    context: Context, statement: tree.StateDecl, scope: Scope, path: str, place: int
) -> Value:
    """A value that `forward` is given and hands on."""
    name = statement.name
    kind, data = declared_type(context, statement, scope)
    if any(isinstance(s, Poly) for s in kind.shape):
        message = "the sizes of state are fixed, since it has a starting value"
        free = sorted({d for size in kind.shape for d in dimensions_of(size)})
        helps = [_fixed(dim, name.span.source) for dim in free]
        raise error("E0307", message, name.span, helps=helps)
    start = initialiser(context, statement, kind, data, scope)
    kind, start = own(context.unshared, kind, start)
    value = Value(path, kind, named=True)
    context.found.steps[value] = len(context.unshared)
    calling = context.builder.origin.calling
    declared = Param(path, value, start, name.span, statement.doc, calling)
    context.found.states.append((place, declared))
    return value


def _fixed(dim: str, source: Source) -> str:
    """The help that gives a free dimension of the file a size."""
    told = f"the size is fixed by `dim {dim} = 8`"
    declared = pattern(rf"(?m)^[ \t]*dim\b[^\n=#]*?\b{dim}\b(?=[ \t]*(?:,|#|$))").search(
        source.text
    )
    if declared is None:
        return told
    end = declared.end()
    return Help(told, [Replacement(Span(source, end, end), " = 8")])


def run_state(context: Context, statement: tree.StateDecl, scope: Scope) -> None:
    """State of a layer: what an earlier call of the instance made of it, or what was given."""
    instance = scope.instance
    assert instance is not None
    name = statement.name.name
    path = f"{instance.path}.{name}"
    if name not in instance.members:
        place = context.position
        instance.members[name] = declare_state(context, statement, scope, path, place)
    declared = instance.members[name]
    assert isinstance(declared, Value)
    scope.values[name] = _current(context, path, declared, len(context.looped), statement.name.span)


def _current(context: Context, path: str, declared: Value, depth: int, span: Span) -> Value:
    """What a state is by now, in so many loops; the bodies that it gets to carry it.

    An unshared scan whose steps have a slice of it each walks along it instead.
    """
    if not depth:
        update = context.found.updates.get(path)
        return update.value if update is not None else declared
    loop = context.looped[depth - 1]
    if path not in loop.states:
        before = _current(context, path, declared, depth - 1, span)
        name, kind = path.replace(".", "_"), before.type
        if loop.unshared is not None:
            outer = sum(o.unshared is not None for o in context.looped[: depth - 1])
            if outer < context.found.steps[declared]:
                loop.sliced.add(path)
                name, kind = f"{name}{ELEMENT}", slice_type(loop.unshared, before, span)
        loop.states[path] = before, Value(name, kind)
    return loop.current(path)


def updated_by(context: Context, path: str, value: Value, span: Span) -> None:
    """A state becomes a value: in the body being elaborated, or in the next call."""
    if context.looped:
        context.looped[-1].updates[path] = value
    else:
        context.found.updates[path] = Output(path, value, span)


def run_update(context: Context, statement: tree.Update, scope: Scope) -> None:
    """`update mean = …`: the state's value in the next call."""
    name, span = statement.name.name, statement.value.span
    found = context.found
    path = f"{scope.instance.path}.{name}" if scope.instance else name
    states = {s.name: s for _, s in found.states}
    if path not in states:
        raise no_state(context, statement, scope)
    if path in found.updates and scope.instance is None:
        first = found.updates[path].span
        labels = [Label(first, "first updated here")] if first is not None else []
        helps = ["one line says the next value; what is between has a name of its own"]
        message = f"`{name}` is updated twice"
        raise error("E0202", message, statement.name.span, "", labels, helps)
    whole = states[path].value
    sliced = min(found.steps[whole], len(context.unshared))
    kind = Type(whole.type.dtype, whole.type.shape[sliced:])
    with context.named(name):
        value = strong_value(context, evaluate(context, statement.value, scope), span)
    if value.type.shape != kind.shape or (value.type.dtype != kind.dtype and not kind.is_float):
        message = f"`{name}` is {kind}, its update {value.type}"
        declared = states[path]
        labels = [Label(declared.span, str(kind))] if declared.span is not None else []
        fixed = all(isinstance(size, int) for size in value.type.shape)
        sizes = shape_text(value.type.shape) if value.type.shape else ""
        stated = "" if value.type.dtype == kind.dtype else value.type.dtype
        told = f"declare it `{stated}{sizes}`"
        helps = [f"an update has the type of its state, {kind}"]
        if fixed and scope.top and (stated or not kind.rank):
            differ = ["element type"] if stated else []
            differ += ["shape"] if value.type.shape != kind.shape else []
            helps = [f"`{name}` has another {' and '.join(differ)}: {told}"]
        extra = value.type.rank - kind.rank
        if 0 < kind.rank < value.type.rank and value.type.shape[extra:] == kind.shape:
            axes = "0" if extra == 1 else str(list(range(extra)))
            helps = [f"a mean over what comes in first is {kind}: `mean(…, axis={axes})`"]
        raise error("E0306", message, span, str(value.type), labels, helps)
    if value.type.dtype != kind.dtype:
        value = context.emit("astype", [value], (kind.dtype,))
    updated_by(context, path, value, statement.name.span)
    for doubt in _flattened(statement, kind, scope):
        context.note(doubt)


def _flattened(statement: tree.Update, kind: Type, scope: Scope) -> Iterator[DiagnosticError]:
    """W905 for `update m = 0.9 * m + 0.1 * mean(x)`, where `m` could have a mean of each column."""
    for part in subtrees(statement.value) if kind.rank and not scope.module.trusted else ():
        if not isinstance(part, tree.Call) or len(part.args) != 1 or part.args[0].keyword:
            continue
        name, argument = part.callee.span.text, part.args[0].value
        given = scope.values.get(argument.name) if isinstance(argument, tree.Name) else None
        if name not in _OF_ALL or not isinstance(given, Value):
            continue
        axes = list(range(given.type.rank - kind.rank))
        if axes and given.type.shape[len(axes) :] == kind.shape:
            message = f"`{part.span.text}` is one number, and `{statement.name.name}` is {kind}"
            told = f"`{name}({argument.span.text}, axis={axes[0] if len(axes) == 1 else axes})`"
            helps = [f"{told} is one for each"]
            yield error("W905", message, part.span, helps=helps)


_OF_ALL = ("mean", "sum", "var", "std", "max", "min")
"""What makes one number of an array, or one of each column along an axis."""
