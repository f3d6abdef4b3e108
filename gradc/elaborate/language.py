"""The language: which function elaborates each kind of expression, and of statement in a body."""

from __future__ import annotations

from collections.abc import Mapping

from gradc.budget import Budget
from gradc.elaborate.bindings import Bound, Catalogue, ModuleScope, Scope
from gradc.elaborate.calls import evaluate_call
from gradc.elaborate.context import Context, Evaluator, Opener, Runner
from gradc.elaborate.declarations import run_param
from gradc.elaborate.expressions import (
    evaluate_binary,
    evaluate_list,
    evaluate_literal,
    evaluate_name,
    evaluate_next,
    evaluate_number,
    evaluate_unary,
)
from gradc.elaborate.members import evaluate_member
from gradc.elaborate.statements import run_assign
from gradc.ir.derived import Derivatives
from gradc.syntax import tree

# What few graphs hold is imported where one does.


def _evaluate_index(context: Context, expr: tree.Index, scope: Scope) -> Bound:
    from gradc.elaborate.indexing import evaluate_index

    return evaluate_index(context, expr, scope)


def _run_constant(context: Context, statement: tree.ConstDecl, scope: Scope) -> None:
    from gradc.elaborate.constants import run_constant

    run_constant(context, statement, scope)


def _run_state(context: Context, statement: tree.StateDecl, scope: Scope) -> None:
    from gradc.elaborate.states import run_state

    run_state(context, statement, scope)


def _run_update(context: Context, statement: tree.Update, scope: Scope) -> None:
    from gradc.elaborate.states import run_update

    run_update(context, statement, scope)


def _run_scan(context: Context, statement: tree.Scan, scope: Scope) -> None:
    from gradc.elaborate.scans import run_scan

    run_scan(context, statement, scope)


EVALUATORS: Mapping[type, Evaluator] = {
    tree.Number: evaluate_number,
    tree.String: evaluate_literal,
    tree.Keyword: evaluate_literal,
    tree.Name: evaluate_name,
    tree.ListExpr: evaluate_list,
    tree.Unary: evaluate_unary,
    tree.Binary: evaluate_binary,
    tree.Call: evaluate_call,
    tree.Member: evaluate_member,
    tree.Index: _evaluate_index,
    tree.Next: evaluate_next,
}

RUNNERS: Mapping[type, Runner] = {
    tree.Assign: run_assign,
    tree.ConstDecl: _run_constant,
    tree.ParamDecl: run_param,
    tree.StateDecl: _run_state,
    tree.Update: _run_update,
    tree.Scan: _run_scan,
}


def new_context(
    library: Catalogue,
    module: ModuleScope,
    imports: Opener | None = None,
    fixed: Mapping[str, int] | None = None,
    budget: Budget | None = None,
    derivatives: Derivatives | None = None,
) -> Context:
    """The context of a file that nothing has been elaborated of.

    `derivatives` differentiates values; the library itself asks for none.
    """
    return Context(
        library, module, EVALUATORS, RUNNERS, imports, fixed or {}, budget or Budget(), derivatives
    )
