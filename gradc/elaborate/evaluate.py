"""Evaluate an expression, run a statement: each kind by its entry in the context's tables."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import error
from gradc.elaborate.bindings import Bound, Instance, Known, Scope, describe
from gradc.elaborate.context import Context
from gradc.elaborate.operands import as_value
from gradc.ir.node import Value
from gradc.syntax import tree


def evaluate(context: Context, expr: tree.Expr, scope: Scope) -> Bound:
    """What an expression stands for; the nodes that it needs are appended to the builder.

    Recursion is bounded: the parser limits how far an expression nests, chains of binary operators
    are walked in a loop, and calls are counted.
    """
    budget = context.budget
    budget.steps -= 1
    if budget.steps < 0:
        budget.exhausted(context.place(expr.span))
    return context.evaluators[type(expr)](context, expr, scope)


def evaluate_known(
    context: Context, expr: tree.Expr, scope: Scope, what: str, helps: Sequence[str] = ()
) -> Known:
    """A known, or a diagnostic that says `what` has to be one."""
    bound = evaluate(context, expr, scope)
    if isinstance(bound, Value | Instance):
        message = f"{what} must be known at compile time"
        raise error("E0307", message, expr.span, describe(bound), helps=helps)
    return bound


def evaluate_value(context: Context, expr: tree.Expr, scope: Scope) -> Value:
    """A value; numbers become constants."""
    return as_value(context, evaluate(context, expr, scope), expr.span)


def run(context: Context, statement: tree.Statement, scope: Scope) -> None:
    """One statement of a body."""
    context.runners[type(statement)](context, statement, scope)


def run_named(context: Context, statement: tree.Statement, scope: Scope) -> None:
    """The same, where what an assignment makes is named after its first target."""
    if isinstance(statement, tree.Assign):
        with context.named(statement.targets[0].name.name):
            run(context, statement, scope)
    else:
        run(context, statement, scope)
