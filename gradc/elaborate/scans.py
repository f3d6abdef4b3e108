"""Scans: a body elaborated once, with what it carries, walks along, collects and captures."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Label, error, plural
from gradc.elaborate.bindings import Binding, Instance, Scope, describe, is_number
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate, evaluate_known, evaluate_value
from gradc.elaborate.fitting import declared_so
from gradc.elaborate.habits import steps
from gradc.elaborate.habits.starts import Begun, better_start
from gradc.elaborate.habits.uncarried import refuse_uncarried
from gradc.elaborate.looped import Body, Looped, Stacked
from gradc.elaborate.measures import size
from gradc.elaborate.names import is_function, lookup
from gradc.elaborate.operands import strong_value
from gradc.elaborate.order import sort_statements
from gradc.elaborate.statements import assign
from gradc.elaborate.states import updated_by
from gradc.elaborate.unshared import Unshared
from gradc.ir.builder import Builder
from gradc.ir.loop import captured_values, sliced_type
from gradc.ir.node import Captured, Value, Walked, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.sizes import Size
from gradc.ir.types import Type, TypeMismatch, broadcast, no_axis, promote
from gradc.records import replace
from gradc.syntax import tree

MAX_LOOPS = 8
"""How deep scans may nest: Python allows 20 blocks in each other."""

_ROUNDS = 4  # in which the types of what is carried must settle


def run_scan(context: Context, scan: tree.Scan, scope: Scope) -> None:
    """Binds the last values and the stacks of a scan, and the layers of its body."""
    place = scan.carried[0].span
    if len(context.looped) >= MAX_LOOPS:
        raise error("E0205", f"scans nest deeper than {MAX_LOOPS}", place)
    if len(scan.initial) != len(scan.carried):
        given = plural(len(scan.initial), "initial value")
        message = f"{plural(len(scan.carried), 'name')} carried, {given}"
        names = ", ".join(n.name for n in scan.carried)
        values = [e.span.text for e in scan.initial][: len(scan.carried)]
        values += values[-1:] * (len(scan.carried) - len(values))
        helps = [f"each starts from a value of its own: `scan {names} = {', '.join(values)}`"]
        raise error("E0206", message, place, helps=helps)
    refuse_uncarried(context, scan, scope)
    walked, count = _sequences(context, scan, scope)
    initial = [
        steps.started(context, evaluate(context, e, scope), e, n.name)
        for e, n in zip(scan.initial, scan.carried, strict=True)
    ]
    unshared = Unshared(count) if scan.unshared else None
    if unshared is not None and not isinstance(count, int):
        raise error("E0307", "`unshared` needs a fixed count", place)
    try:
        initial, body = _settle(context, scan, scope, initial, walked, unshared)
    except DiagnosticError as failure:
        if context.looped or unshared is not None:
            raise
        begun = Begun(
            context, scan, scope, initial, walked,
            lambda first, along: _settle(context, scan, scope, list(first), along, None)[0],
        )  # fmt: skip
        raise better_start(begun, failure) from None
    if unshared is not None:
        walked += [Walked(part, whole, 0) for whole, part in unshared.slices.values()]
    _finish(context, scan, scope, initial, walked, count, body)
    _export(scope, body.instances)


def _sequences(context: Context, scan: tree.Scan, scope: Scope) -> tuple[list[Walked], Size]:
    """What is walked along, and how many steps that makes."""
    walked: list[Walked] = []
    count: Size | None = None
    place = scan.carried[0].span
    if scan.times is not None:
        count, place = size(context, scan.times, scope, counting=True), scan.times.span
    for over in scan.over:
        steps.refuse_counting(over, scan)
        value = evaluate_value(context, over.sequence, scope)
        axis = _axis(context, over.axis, scope, value.type.rank)
        if value.type.rank == 0:
            text = over.sequence.span.text
            helps = [f"`{over.target.name} in arange({text})` counts; `times {text}` repeats"]
            raise error("E0303", "a scalar cannot be walked along", over.sequence.span, helps=helps)
        found = value.type.shape[axis]
        if count is None:
            count, place = found, over.sequence.span
        elif count != found:
            raise error(
                "E0302", f"the steps do not agree: {found} is not {count}",
                over.sequence.span, str(value.type), [Label(place, plural(count, "step"))],
                steps.shifted(scan, over) or declared_so(value, axis, count, context.found),
            )  # fmt: skip
        element = Value(over.target.name, sliced_type(value.type, axis), named=True)
        walked.append(Walked(element, value, axis))
    if count is None:
        raise error("E0208", "a scan says `over` a sequence or `times` a count", place)
    return walked, count


def _axis(context: Context, expr: tree.Expr | None, scope: Scope, rank: int) -> int:
    if expr is None:
        return 0
    axis = evaluate_known(context, expr, scope, "the axis of a scan")
    if isinstance(axis, bool) or not isinstance(axis, int) or not -rank <= axis < rank:
        raise error("E0303", no_axis(axis if is_number(axis) else describe(axis), rank), expr.span)
    return axis % rank


def _settle(
    context: Context,
    scan: tree.Scan,
    scope: Scope,
    initial: list[Value],
    walked: Sequence[Walked],
    unshared: Unshared | None,
) -> tuple[list[Value], Body]:
    """Elaborates the body until the types of what is carried stay what they are.

    The initial values come back in these types; the nodes of earlier rounds are dropped.
    """
    instances: dict[str, Instance] = {}
    first_steps: dict[str, steps.Step] = {}  # of what a step reshapes
    elements = {o.target.name: w.parameter for o, w in zip(scan.over, walked, strict=True)}
    for _ in range(_ROUNDS):
        carried = [
            Value(n.name, v.type, named=scope.top)
            for n, v in zip(scan.carried, initial, strict=True)
        ]
        values: dict[str, Binding] = {**scope.values, **instances}
        values.update({n.name: v for n, v in zip(scan.carried, carried, strict=True)})
        inner = replace(scope, values={**values, **elements})
        looped = Looped(unshared, dict(zip(carried, scan.carried, strict=True)))
        builder, nexts, collected = _run_body(context, scan, inner, looped)
        instances = {
            n: v
            for n, v in inner.values.items()
            if isinstance(v, Instance) and scope.values.get(n) is not v
        }
        for v, n, i in zip(initial, nexts, scan.carried, strict=True):
            if v.type.shape != n.type.shape:
                kept = steps.keeping(v.type.shape, n, builder.nodes, context.found)
                first_steps.setdefault(i.name, (v.type, n.type, kept))
        widened = [
            _widened(context, v, n, first_steps.get(i.name), i, scan)
            for v, n, i in zip(initial, nexts, scan.carried, strict=True)
        ]
        if all(a is b for a, b in zip(widened, initial, strict=True)):
            return initial, Body(builder, carried, nexts, collected, instances, looped)
        initial = widened
    grown = next(n for n in scan.carried if n.name in first_steps)
    raise steps.other_shape(scan, grown, *first_steps[grown.name])


def _widened(
    context: Context,
    value: Value,
    following: Value,
    first_step: steps.Step | None,  # before and after it, as the user wrote it
    name: tree.Identifier,
    scan: tree.Scan,
) -> Value:
    """The initial value in the type that its successor has."""
    if value.type == following.type:
        return value
    try:
        kind = Type(
            promote([value.type, following.type])[0],
            broadcast([value.type.shape, following.type.shape]),
        )
    except TypeMismatch:
        kind = value.type
    if kind == value.type or kind.rank > value.type.rank + 8:
        raise steps.other_shape(scan, name, *(first_step or (value.type, following.type, ())))
    if kind.dtype != value.type.dtype:
        value = context.emit("astype", [value], (kind.dtype,))
    if kind.shape != value.type.shape:
        value = context.emit("broadcast_to", [value], (kind.shape,))
    return value


def _run_body(
    context: Context, scan: tree.Scan, scope: Scope, looped: Looped
) -> tuple[Builder, list[Value], list[Stacked]]:
    """The nodes of a body, what it carries on, and what is collected of it."""
    outer = context.builder.origin
    context.looped.append(looped)
    try:
        with context.apart(in_loop=True) as builder:
            collected: list[Stacked] = []
            steps.check_names(scan, scope)
            order = sort_statements(
                scan.body, is_function=lambda n: is_function(context, n, scope.module)
            )
            for position in order:
                _run_in_body(context, scan, scan.body[position], scope, outer, collected)
            nexts = []
            for name in scan.carried:
                found = scope.values.get(f"next {name.name}")
                if found is None:
                    helps = [
                        f"its body says what the next step starts from: `next {name.name} = …`"
                    ]
                    message = f"the scan does not say `next {name.name}`"
                    raise error("E0208", message, name.span, helps=helps)
                nexts.append(strong_value(context, found, name.span))
            return builder, nexts, collected
    finally:
        context.looped.pop()


def _run_in_body(
    context: Context,
    scan: tree.Scan,
    statement: tree.Statement,
    scope: Scope,
    outer: Origin,
    collected: list[Stacked],
) -> None:
    span = statement.span if scope.top else outer.span
    prefix = "" if scope.top else outer.prefix
    if scope.top:
        context.builder.origin = Origin(span, prefix)
    else:
        context.builder.origin = outer.named(prefix)
    if isinstance(statement, tree.Scan):
        context.builder.origin = context.builder.origin.named(prefix or statement.carried[0].name)
        run_scan(context, statement, scope)
    elif isinstance(statement, tree.Mark) and statement.role == "output":
        for name in statement.names:
            bound = lookup(context, name.name, name.span, scope)
            collected.append(Stacked(name, strong_value(context, bound, name.span), 0))
    elif isinstance(statement, tree.Assign) and statement.role == "next":
        _assign_next(context, statement, scope)
    elif isinstance(statement, tree.Assign) and statement.role in ("", "output"):
        target = statement.targets[0].name.name
        with context.named(target if target != "_" else "step"):
            targets = assign(context, statement, scope)
        for t, v in targets if statement.role else ():
            value = strong_value(context, v, t.span)
            axis = _axis(context, statement.axis, scope, value.type.rank + 1)
            collected.append(Stacked(t.name, value, axis))
    else:
        helps = steps.misplaced(statement, scan, scope)
        raise error("E0208", "this statement cannot stand in a scan", statement.span, helps=helps)


def _assign_next(context: Context, statement: tree.Assign, scope: Scope) -> None:
    """`next h, c = …` binds the names of the next step, which `next h` reads."""
    renamed = tree.Assign(
        statement.span,
        tuple(
            tree.Target(tree.Identifier(t.span, f"next {t.name.name}"), t.type)
            for t in statement.targets
        ),
        statement.value,
    )
    with context.named(statement.targets[0].name.name):
        targets = assign(context, renamed, scope)
    for target, value in targets if len(targets) == 1 else ():
        steps.refuse_list(value, statement.value, target.name.name)
    for target, value in targets:
        if isinstance(value, Value) and value.name.endswith(target.name.name):
            value.name = value.name.replace("next ", "next_")


def _finish(
    context: Context,
    scan: tree.Scan,
    scope: Scope,
    initial: Sequence[Value],
    walked: Sequence[Walked],
    count: Size,
    body: Body,
) -> None:
    """The node of the scan, and its results bound around it."""
    nodes, looped = body.builder.nodes, body.looped
    states = {p: s for p, s in looped.states.items() if p not in looped.sliced}
    carried = [*body.carried, *(within for _, within in states.values())]
    starts = [*initial, *(before for before, _ in states.values())]
    nexts = [*body.nexts, *map(looped.current, states)]
    collected = [(c.name.name, c.value, c.axis) for c in body.collected]
    for path in (p for p in looped.states if p in looped.sliced):
        whole, within = looped.states[path]
        walked = [*walked, Walked(within, whole, 0)]
        if path in looped.updates:
            collected.append((path, looped.updates[path], 0))
    own = [*carried, *(w.parameter for w in walked)]
    results = [*nexts, *(value for _, value, _ in collected)]
    captured = captured_values(nodes, own)
    made = {r for n in nodes for r in n.results} | set(own)
    captured += [v for v in dict.fromkeys(results) if v not in made and v not in captured]
    inside = {v: v.again() for v in captured}
    context.builder.checks.extend(body.builder.checks)
    names = [n.name for n in scan.carried]
    names += states
    names += [name for name, _, _ in collected]
    counted = scan.times or scan.over[0].sequence
    outer, context.builder.span = context.builder.span, counted.span
    bound = context.builder.scan(
        [
            (parameter, first, inside.get(following, following))
            for parameter, first, following in zip(carried, starts, nexts, strict=True)
        ],
        walked,
        [Captured(parameter, value) for value, parameter in inside.items()],
        [(inside.get(value, value), axis) for _, value, axis in collected],
        [renamed_operands(n, inside) for n in nodes],
        count,
        names,
    ).results
    context.builder.span = outer
    for name, value in zip(names, bound, strict=True):
        if name in looped.states:
            updated_by(context, name, value, counted.span)
            continue
        value.named = scope.top
        if scope.top:
            value.name = name
        scope.values[name] = value


def _export(scope: Scope, instances: dict[str, Instance]) -> None:
    """Layers of the body are known outside."""
    for name, instance in instances.items():
        if name not in scope.values:
            scope.values[name] = Instance(
                instance.path, instance.layer, instance.arguments, instance.span,
                members=instance.members,
            )  # fmt: skip
