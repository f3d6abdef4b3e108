"""Expressions: literals, names, lists and operators."""

from __future__ import annotations

from gradc.diagnostics import Help, Replacement, error
from gradc.elaborate import arithmetic
from gradc.elaborate.apply import apply_named, guard
from gradc.elaborate.bindings import Bound, Scope, is_number, is_runtime
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate
from gradc.elaborate.literals import flatten, spelled
from gradc.elaborate.names import lookup, opened
from gradc.ir.sizes import Poly
from gradc.syntax import tree

OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "@": "matmul",
    "**": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
    "and": "logical_and",
    "or": "logical_or",
}


def evaluate_number(context: Context, expr: tree.Number, scope: Scope) -> Bound:
    if isinstance(expr.value, int) and not -(2**63) <= expr.value < 2**63:
        from gradc.elaborate.habits.numbers import too_large

        helps = [too_large(expr.value, expr.span)]
        raise error("E0309", "this integer does not fit 64 bits", expr.span, helps=helps)
    return spelled(expr.value, expr.text)


def evaluate_literal(context: Context, expr: tree.String | tree.Keyword, scope: Scope) -> Bound:
    return expr.value


def evaluate_list(context: Context, expr: tree.ListExpr, scope: Scope) -> Bound:
    items = tuple([evaluate(context, item, scope) for item in expr.items])
    for item, written in zip(items, expr.items, strict=True):
        if isinstance(item, tuple) and not isinstance(written, tree.ListExpr):
            # A list in a list, by a name: a few of them hold more than any text.
            context.budget.spend(sum(1 for _ in flatten(item)), context.place(written.span))
    return items


def evaluate_name(context: Context, expr: tree.Name, scope: Scope) -> Bound:
    return lookup(context, expr.name, expr.span, scope)


def _below_loop(expr: tree.Next, scope: Scope) -> str:
    """What is said of `next m` outside of the loop that carries `m`."""
    told, name = "`next …` belongs in the body of a `scan` that carries it", expr.name.name
    if not scope.top or name not in scope.values:
        return told
    help_ = f"{told}; below the loop write `{name}`"
    return Help(help_, [Replacement(expr.span, name)])


def evaluate_next(context: Context, expr: tree.Next, scope: Scope) -> Bound:
    name = f"next {expr.name.name}"
    if name not in scope.values:
        raise error(
            "E0201",
            f"nothing says what `{name}` is",
            expr.span,
            helps=[_below_loop(expr, scope)],
        )
    return opened(context, scope.values[name], name)


def evaluate_unary(context: Context, expr: tree.Unary, scope: Scope) -> Bound:
    if isinstance(expr.operand, tree.Number) and expr.operand.value == 2**63 and expr.op == "-":
        return -(2**63)  # though 2**63 alone does not fit
    operand = evaluate(context, expr.operand, scope)
    span = expr.operand.span
    if expr.op == "not":
        if is_number(operand) and not isinstance(operand, Poly):
            return not operand
        return apply_named(context, "logical_not", [operand], [span], expr.span)
    if is_number(operand):
        number = operand
        return guard(lambda: arithmetic.negate(number), span)
    return apply_named(context, "negative", [operand], [span], expr.span)


def evaluate_binary(context: Context, expr: tree.Binary, scope: Scope) -> Bound:
    # The left spine of a long chain is walked without recursion.
    spine = [expr]
    while isinstance(spine[-1].left, tree.Binary):
        spine.append(spine[-1].left)
    left = evaluate(context, spine[-1].left, scope)
    for step in reversed(spine):
        left = _apply_operator(context, step, left, scope)
    return left


def _apply_operator(context: Context, expr: tree.Binary, left: Bound, scope: Scope) -> Bound:
    op = expr.op
    if op in ("and", "or") and isinstance(left, bool):
        # A known left side decides, or leaves the decision to the right one.
        if left is (op == "or"):
            return left
        return evaluate(context, expr.right, scope)
    right = evaluate(context, expr.right, scope)
    if op in ("==", "!=") and not is_runtime(left) and not is_runtime(right):
        return (left == right) is (op == "==")
    if op in ("==", "!=") and (left is None or right is None):
        return op == "!="  # a value is something
    if is_number(left) and is_number(right) and op not in ("@", "and", "or"):
        x, y = left, right
        result = guard(lambda: arithmetic.compute(op, x, y), expr.op_span)
        if result is not None:
            return result
    spans = [expr.left.span, expr.right.span]
    return apply_named(context, OPERATORS[op], [left, right], spans, expr.span)
