"""A whole file: its declarations, its statements in order, and what goes in and out.

As many diagnostics as possible are gathered in one run: a statement that fails poisons its
targets, and what uses those is passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TypeVar

from gradc.budget import Exhausted
from gradc.diagnostics import Diagnostic, DiagnosticError, error, near_miss
from gradc.elaborate.bindings import POISON, Scope
from gradc.elaborate.context import Context, Poisoned
from gradc.elaborate.declarations import declare_input, declare_param
from gradc.elaborate.doubts import note_doubts
from gradc.elaborate.found import (
    MAX_FOUND,
    enough,
    in_file_order,
    in_order,
    once_a_name,
    updates_of,
)
from gradc.elaborate.held import held_of_file
from gradc.elaborate.losses import (
    add_loss,
    differentiated_by,
    refuse_list,
    without_clause,
)
from gradc.elaborate.modules import declare_module
from gradc.elaborate.names import is_function
from gradc.elaborate.order import binders, bound_names, order_statements
from gradc.elaborate.outputs import add_output, check_free_dimensions, mark, nothing_returned
from gradc.elaborate.shadowed import given_twice
from gradc.elaborate.statements import assign
from gradc.ir.graph import Graph
from gradc.ir.supposed import suppose
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import wrapped

_OF_VALUES = tree.Assign | tree.Scan | tree.InputDecl | tree.ParamDecl | tree.StateDecl

S = TypeVar("S", bound=tree.Statement)


def elaborate_file(
    context: Context,
    module: tree.Module,
    wrt: tuple[str, ...] | None = None,
    scope: Scope | None = None,
) -> Graph:
    """The graph of a file. Raises DiagnosticError with all that was found.

    `scope` is where its names are bound, for whoever wants them of a file with mistakes too.
    """
    scope = scope or Scope(context.module, top=True)
    scope.held = held_of_file(module)
    suppose(())
    found = context.found
    values: list[tree.Statement] = []
    rest: list[tree.Statement] = []
    bound_by = cache(bound_names)
    owned = (s for s in module.statements if isinstance(s, _OF_VALUES))
    context.values = frozenset(n.name for s in owned for n in bound_by(s))
    context.inside = dict(_inside(module.statements))
    declare_module(context, module, context.module, main=True)
    if module.source.is_expression:
        from gradc.elaborate.brief import completed

        module = replace(module, statements=completed(context, module.statements, scope))
    for statement in module.statements:
        is_value = isinstance(statement, tree.Assign | tree.Scan | tree.Update)
        (values if is_value else rest).append(statement)
    for statement in rest:
        _try(_declare, context, statement, scope)
    for name in context.fixed:
        if all(d.name != name for d in found.dims):
            context.note(_no_dimension(name, context.fixed[name], module))
    suppose(found.declared_sizes())
    _run_all(context, values, module, scope, bound_by)
    for statement in rest:
        if isinstance(statement, tree.Mark):
            _try(mark, context, statement, scope)
    if returned := [s for s in rest if isinstance(s, tree.Return)]:
        from gradc.elaborate.returned import refuse_return

        for statement in returned:
            context.note(refuse_return(context, statement, module.statements, scope))
    for failure in given_twice(context, module.statements):
        context.note(failure)
    losses, chosen = differentiated_by(context, module, scope, wrt)
    if any(isinstance(s, tree.FnDef | tree.VjpDef) for s in module.statements):
        from gradc.elaborate.unknown import unknown_in_bodies

        found.diagnostics += list(unknown_in_bodies(context, module.statements, context.module))
    _raise_errors(found.diagnostics, module)
    with context.kept():
        check_free_dimensions(context)
    if module.defines_only:
        note_doubts(context, module, scope)
    if not found.outputs:
        context.note(nothing_returned(module))
    _raise_errors(found.diagnostics, module)
    note_doubts(context, module, scope)
    return Graph(
        dims=tuple(found.dims),
        inputs=in_order(found.inputs),
        params=in_order(found.params),
        nodes=in_file_order(context.builder.nodes),
        outputs=in_order(found.outputs),
        loss=losses[0].name if losses else None,
        wrt=losses[0].wrt if losses else chosen,
        checks=tuple(dict.fromkeys(context.builder.checks)),
        doc=module.doc,
        states=in_order(found.states),
        updates=updates_of(found),
        training=found.training,
        asked=tuple(dict.fromkeys(found.asked)),
        differentiated=tuple(found.differentiated),
        further=losses[1:],
    )


def _inside(statements: Sequence[tree.Statement]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The names that bodies of the file bind: whose they are, and how they get out."""
    for statement in statements:
        if isinstance(statement, tree.Scan):
            collected = "the body of a scan", "`output {0}` in it collects its value of each step"
            for over in statement.over:
                told = f"all of them are `{over.sequence.span.text}`, the last is `{_last(over)}`"
                yield over.target.name, (f"the scan on line {statement.span.line}", told)
        elif isinstance(statement, tree.FnDef):
            name = statement.name.name
            collected = f"the body of `{name}`", f"`return` gives it to whoever calls `{name}`"
        else:
            continue
        for bound in (n for inner in statement.body for n in bound_names(inner)):
            yield bound.name, (collected[0], collected[1].format(bound.name))


def _last(over: tree.ScanOver) -> str:
    """The element that a loop comes to last."""
    axis = over.axis.span.text if over.axis is not None else "0"
    before = "..., " if axis == "-1" else ":, " * int(axis) if axis.isdigit() else ""
    return f"{wrapped(over.sequence.span.text)}[{before}-1]"


def _raise_errors(diagnostics: Sequence[Diagnostic], module: tree.Module) -> None:
    if any(d.is_error for d in diagnostics):
        from gradc.elaborate.causes import causes, examples

        told = causes(diagnostics, module.statements)
        raise DiagnosticError(once_a_name(examples(told, module.statements)))


def _declare(context: Context, statement: tree.Statement, scope: Scope) -> None:
    """What goes in."""
    place = statement.span.start
    if any(n.name in scope.values for n in bound_names(statement)):
        return  # bound twice, which is told elsewhere: the first stands
    if isinstance(statement, tree.InputDecl):
        declare_input(context, statement, scope)
    elif isinstance(statement, tree.ParamDecl):
        name = statement.name.name
        scope.values[name] = declare_param(context, statement, scope, name, place)
    elif isinstance(statement, tree.StateDecl):
        name = statement.name.name
        from gradc.elaborate.states import declare_state

        scope.values[name] = declare_state(context, statement, scope, name, place)


def _run_all(
    context: Context,
    values: list[tree.Statement],
    module: tree.Module,
    scope: Scope,
    bound_by: Callable[[tree.Statement], list[tree.Identifier]],
) -> None:
    """The statements that bind values, each after what it needs."""
    found = context.found
    binders(module.statements, found.diagnostics, bound_by)
    own = {id(s) for s in values}
    others = (s for s in module.statements if id(s) not in own)
    declared = {n.name for s in others for n in bound_by(s)}
    doubles: list[Diagnostic] = []
    owner = binders(values, doubles, bound_by)
    if doubles or not declared.isdisjoint(owner):  # told above
        every = {n.name for s in values for n in bound_by(s)}
        values = [
            s
            for i, s in enumerate(values)
            if all(owner[n.name] == i and n.name not in declared for n in bound_by(s))
        ]
        owner = binders(values, None, bound_by)
        for name in every.difference(owner, declared):
            scope.values[name] = POISON  # bound beside what is bound twice
    order, failure = order_statements(
        values, owner, lambda name: is_function(context, name, scope.module)
    )
    if failure is not None:
        context.note(failure)
        for index in set(range(len(values))) - set(order):
            for identifier in bound_by(values[index]):
                scope.values[identifier.name] = POISON
    for index in order:
        context.position = values[index].span.start
        _try(_run, context, values[index], scope)


def _try(
    action: Callable[[Context, S, Scope], None],
    context: Context,
    statement: S,
    scope: Scope,
) -> None:
    """Runs an action; a failure is kept, and poisons what the statement binds."""
    try:
        action(context, statement, scope)
        return
    except DiagnosticError as failure:
        context.note(failure)
    except Exhausted as failure:
        raise failure.at(statement.span) from None
    except Poisoned:
        pass
    from gradc.elaborate.habits.uncarried import strange_names
    from gradc.elaborate.unknown import also_unknown

    if len(context.found.diagnostics) >= MAX_FOUND:
        raise DiagnosticError(enough(context.found.diagnostics))
    context.found.diagnostics.extend(also_unknown(context, statement, scope))
    bound = {identifier.name for identifier in bound_names(statement)}
    for name in bound | strange_names(statement).difference(scope.values):
        scope.values[name] = POISON


def _run(context: Context, statement: tree.Statement, scope: Scope) -> None:
    """One statement of the file itself that binds values."""
    if isinstance(statement, tree.Assign):
        names = [t.name.name for t in statement.targets if t.name.name != "_"]
        with context.serving(without_clause(statement), names[0] if names else "_"):
            _run_assign(context, statement, scope)
    elif isinstance(statement, tree.Scan):
        with context.serving(statement.span, statement.carried[0].name):
            from gradc.elaborate.scans import run_scan

            run_scan(context, statement, scope)
    elif isinstance(statement, tree.Update):
        with context.serving(statement.span, ""):
            from gradc.elaborate.states import run_update

            run_update(context, statement, scope)


def _run_assign(context: Context, statement: tree.Assign, scope: Scope) -> None:
    _check_role(statement, scope)
    bound = assign(context, statement, scope)
    if statement.role == "loss":
        refuse_list(bound[0][0].name, bound[0][1], statement.value)
    for target, value in bound if statement.role else ():
        if target.name.name != "_":
            add_output(context, target.name, value, statement)
    if statement.role == "loss":
        add_loss(context, statement.targets[0].name, statement)


def _check_role(statement: tree.Assign, scope: Scope) -> None:
    if statement.role == "next" or statement.axis is not None:
        for target in statement.targets:
            scope.values.setdefault(target.name.name, POISON)
        word = "next" if statement.role == "next" else "axis"
        plain = re.sub(r"^next\s+", "", statement.span.text)
        told = scope.values.get(statement.targets[0].name.name) is not POISON
        lead = "write `update " if told else "leave it out: `"
        helps = [f"{lead}{plain}`"] if word == "next" else []
        raise error(
            "E0208", f"`{word}` stands in the body of a `scan`", statement.span, helps=helps
        )
    if statement.role == "loss" and len(statement.targets) > 1:
        helps = ["each loss stands on a line of its own, with one value"]
        raise error("E0401", "a loss is one value", statement.targets[1].span, helps=helps)
    if statement.role and all(t.name.name == "_" for t in statement.targets):
        message = "`_` discards a result, so it is no output"
        raise error("E0111", message, statement.targets[0].span)


def _no_dimension(name: str, size: int, module: tree.Module) -> DiagnosticError:
    """What is wrong with `-D`: at what has the name, at the dimensions, or where one can be."""
    message = f"`-D {name}`: the file has no dimension `{name}`"
    declared = [n for s in module.statements if isinstance(s, tree.DimDecl) for n, _ in s.items]
    names = [n.name for n in declared]
    helps = list(near_miss(name, names))
    if not helps and names:
        listed = " and ".join(f"`{n}`" for n in names)
        shown = f", set by `-D {names[0]}={size}`" if len(names) == 1 else ""
        helps = [f"there {'is' if len(names) == 1 else 'are'} {listed}{shown}"]
    for statement in module.statements:
        if isinstance(statement, tree.ConstDecl) and statement.name.name == name:
            value = " ".join(statement.value.span.text.split())
            helps = [f"declare `dim {name} = {value}`, and it can be set from outside"]
            return error("E0503", message, statement.name.span, "a constant", helps=helps)
        if any(n.name == name for n in bound_names(statement)):
            span = next(n.span for n in bound_names(statement) if n.name == name)
            return error("E0503", message, span, "this is no dimension", helps=helps)
    place = declared[0].span if declared else _first_place(module)
    text = "the first of those there are" if declared else ""
    return error("E0503", message, place, text, helps=helps)


def _first_place(module: tree.Module) -> Span:
    return module.statements[0].span if module.statements else module.source.start
