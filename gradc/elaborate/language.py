"""The language: which function elaborates each kind of expression, and of statement in a body."""

from __future__ import annotations

from collections.abc import Mapping

from gradc.budget import Budget
from gradc.elaborate.bindings import Catalogue, ModuleScope
from gradc.elaborate.calls import evaluate_call
from gradc.elaborate.constants import run_constant
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
from gradc.elaborate.indexing import evaluate_index
from gradc.elaborate.members import evaluate_member
from gradc.elaborate.scans import run_scan
from gradc.elaborate.statements import run_assign
from gradc.elaborate.states import run_state, run_update
from gradc.ir.derived import Derivatives
from gradc.syntax import tree

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
    tree.Index: evaluate_index,
    tree.Next: evaluate_next,
}

RUNNERS: Mapping[type, Runner] = {
    tree.Assign: run_assign,
    tree.ConstDecl: run_constant,
    tree.ParamDecl: run_param,
    tree.StateDecl: run_state,
    tree.Update: run_update,
    tree.Scan: run_scan,
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
