"""Assignments: the right-hand side evaluated, its results bound to the targets."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import Help, Replacement, error, plural
from gradc.elaborate.bindings import Bound, Instance, Scope, is_runtime
from gradc.elaborate.called import Called
from gradc.elaborate.calls import call
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.held import Targets, kept_apart
from gradc.elaborate.literals import check_fits
from gradc.elaborate.operands import as_value, operand_type, stack_type, stacked
from gradc.elaborate.patterns import match
from gradc.ir.builder import join_names
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, Size
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax import tree


def run_assign(context: Context, statement: tree.Assign, scope: Scope) -> None:
    assign(context, statement, scope)


def assign(context: Context, statement: tree.Assign, scope: Scope) -> Targets:
    """Binds the targets; each comes back with what it is bound to."""
    expr = statement.value
    first = len(context.builder.nodes)
    bound = list(zip(statement.targets, _results(context, statement, scope), strict=True))
    for target, value in bound:
        if target.type is not None:
            what = f"`{target.name.name}`"
            match(context, target.type, value, scope, expr.span, what)
    if any([t.type is not None or isinstance(v, tuple) for t, v in bound]):
        bound = [(t, _stated(context, t.type, v, expr.span)) for t, v in bound]
        bound = [(t, _made(context, t, v, scope)) for t, v in bound]
    made: set[Bound] = {r for n in context.builder.nodes[first:] for r in n.results}
    if scope.held:
        bound = kept_apart(context, bound, made, scope)
    for target, value in bound:
        prefix = _own_prefix(context.builder.origin.prefix, targets=statement.targets, own=target)
        _bind(target.name, value, scope, prefix, renamed=value in made)
    return bound


def _results(context: Context, statement: tree.Assign, scope: Scope) -> Sequence[Bound]:
    """What the right-hand side evaluates to, one for each target."""
    targets = statement.targets
    expr = statement.value
    if isinstance(expr, tree.Call):
        single = targets[0].name if len(targets) == 1 and targets[0].name.name != "_" else None
        result = call(context, expr, scope, expr.instance or single)
    else:
        result = evaluate(context, expr, scope)
    if len(targets) > 1:
        if not isinstance(result, tuple) or len(result) != len(targets):
            count = plural(len(result), "result") if isinstance(result, tuple) else "one result"
            message = f"{plural(len(targets), 'target')} for {count}"
            from gradc.elaborate.habits.pairs import paired

            text = " ".join(expr.span.text.split())
            helps = [*paired(context, expr, text)] if isinstance(expr, tree.Call) else []
            if isinstance(result, tuple) and not helps:
                helps = [_in_pieces(targets, result, expr) or _fitting(targets, len(result), expr)]
            helps = helps or _one(targets, result, expr)
            place = statement.span
            if isinstance(expr, tree.Name) and (given := _given(scope, expr.name)) is not None:
                called, place = given
                line = f"line {statement.span.line}"
                if place.source is not statement.span.source:
                    line = f"{line} of `{statement.span.source.name}`"
                message = (
                    f"`{expr.name}` of `{called}` is taken apart into {len(targets)}, on {line}"
                )
                helps = [f"this has {len(result)}"] if isinstance(result, tuple) else []
            raise error("E0206", message, place, helps=helps)
        return result
    if isinstance(result, tuple) and _is_several(result, expr) and not scope.module.trusted:
        if len(result) == 1:
            return result
        message = f"one target for {plural(len(result), 'result')}"
        from gradc.elaborate.habits.lacking import second_carried
        from gradc.elaborate.habits.several import for_one_target, twice

        helps = [*twice(expr), *second_carried(context, expr, len(result), scope)]
        helps = helps or [for_one_target(statement, len(result))]
        raise error("E0206", message, statement.span, helps=helps)
    return [result]


def _fitting(targets: Sequence[tree.Target], count: int, expr: tree.Expr) -> str:
    """As many targets as there are results."""
    names = [t.name.name for t in targets][:count]
    names += ["_"] * (count - len(names))
    return f"write `{', '.join(names)} = {' '.join(expr.span.text.split())}`"


def _in_pieces(
    targets: Sequence[tree.Target], pieces: Sequence[Bound], expr: tree.Expr
) -> str | None:
    """`q, k, v = split(x, 4, axis=1)` of 12 columns: as many pieces as names, each of size 4."""
    if not isinstance(expr, tree.Call) or expr.callee.span.text != "split" or len(expr.args) < 2:
        return None
    count = expr.args[1].value
    along = [a.value.span.text for a in expr.args[2:]] or ["0"]
    shapes = [p.type.shape for p in pieces if isinstance(p, Value)]
    if not isinstance(count, tree.Number) or not pattern(r"-?\d").fullmatch(along[0]) or not shapes:
        return None
    axis = int(along[0])
    sizes = [shape[axis] for shape in shapes if -len(shape) <= axis < len(shape)]
    total: Size = 0
    for size in sizes:
        total = total + size
    if total != len(targets) * count.value:
        return None
    at, given = count.span.start - expr.span.start, count.span.text
    text = expr.span.text
    text = " ".join(f"{text[:at]}{len(targets)}{text[at + len(given) :]}".split())
    told = f"`{given}` is the number of pieces here: write `{text}` for {len(targets)} of size"
    exact = Span(count.span.source, count.span.start, count.span.end)
    return Help(f"{told} {given}", [Replacement(exact, str(len(targets)))])


def _given(scope: Scope, name: str) -> tuple[str, Span] | None:
    """Of a parameter of a function of the user's: that, and the argument of the call."""
    called = scope.called
    if not isinstance(called, Called) or called.function.module.trusted:
        return None
    if name not in called.arguments:
        return None
    return called.function.name, called.arguments[name]


def _one(targets: Sequence[tree.Target], result: Bound, expr: tree.Expr) -> list[str]:
    """One name for one result, or as many parts of it."""
    text, names = " ".join(expr.span.text.split()), [t.name.name for t in targets]
    helps = [f"one name for one result: `{names[0]} = {text}`"]
    shape = result.type.shape if isinstance(result, Value) else ()
    if shape and shape[0] == len(names) and pattern(r"[\w.]+").fullmatch(text):
        elements = ", ".join(f"{text}[{i}]" for i in range(len(names)))
        return [f"an array has its elements by their positions: `{', '.join(names)} = {elements}`"]
    if len(shape) > 1 and shape[-1] == len(names) and pattern(r"[\w.]+").fullmatch(text):
        before = ":, " if len(shape) == 2 else "..., "
        columns = ", ".join(f"{text}[{before}{i}]" for i in range(len(names)))
        return [f"{helps[0]}; its columns: `{', '.join(names)} = {columns}`"]
    if shape and isinstance(shape[-1], int) and shape[-1] % len(names) == 0:
        parts = f"`{', '.join(names)} = split({text}, {len(names)}, axis=-1)`"
        helps = [f"{helps[0]}; its parts: {parts}"]
    return helps


def _is_several(results: tuple[Bound, ...], expr: tree.Expr) -> bool:
    """Whether a call gave several results; the library may keep them as a list."""
    return isinstance(expr, tree.Call) and any(isinstance(r, Value | Instance) for r in results)


def _stated(context: Context, stated: tree.TypeExpr | None, value: Bound, span: Span) -> Bound:
    """A number under a stated element type is an array of that type, as a typed `const` is."""
    if stated is None or stated.dtype is None:
        return value
    kind = operand_type(value)
    if kind is None or not kind.weak:
        return value
    if isinstance(value, Value | Poly):
        return context.emit("astype", [as_value(context, value, span)], (stated.dtype,))
    check_fits(stated.dtype, value, span)
    return context.emit("array", (), (value, stated.dtype, kind.shape))


def _made(context: Context, target: tree.Target, value: Bound, scope: Scope) -> Bound:
    """A matrix of values is an array from here on; so is a list that is differentiated by."""
    if not isinstance(value, tuple) or not is_runtime(value):
        return value
    kind = stack_type(value)
    if kind is None or (kind.rank < 2 and target.name.name not in scope.held):
        return value
    return stacked(context, value, target.span)


def _bind(
    identifier: tree.Identifier, value: Bound, scope: Scope, prefix: str, *, renamed: bool
) -> None:
    """A value that the statement made goes by the name it is bound to, but for the user's own."""
    name = identifier.name
    if name == "_":
        return
    if isinstance(value, Value) and not value.named and (renamed or scope.top):
        value.name = name if scope.top else _local_name(prefix, name)
        value.named, value.nameless = scope.top, False
    existing = scope.values.get(name)
    if isinstance(existing, Instance) and existing.span is identifier.span:
        existing.value = value
    else:
        scope.values[name] = value


def _own_prefix(prefix: str, targets: Sequence[tree.Target], own: tree.Target) -> str:
    """The prefix of a body's statement, which ends with the name of its first target."""
    first = targets[0].name.name
    if own is targets[0] or prefix.rpartition(".")[2] != first:
        return prefix
    return prefix.removesuffix(first).removesuffix(".")


def _local_name(prefix: str, name: str) -> str:
    return prefix if prefix == name or prefix.endswith(f".{name}") else join_names(prefix, name)
