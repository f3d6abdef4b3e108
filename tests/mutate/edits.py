"""What may be wrong with a part of a Python program: other nodes in the place of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
}  # fmt: skip
_FUNCTIONS = {"any": "all", "all": "any", "min": "max", "max": "min"}
Conditional = ast.If | ast.IfExp


def edits(node: ast.AST) -> Iterator[ast.AST]:
    """What a node becomes in each of its mutants."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            for other in _COMPARISONS[type(op)]:
                yield ast.Compare(left, [other()], [right])
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for i in range(len(values)):
                rest = [*values[:i], *values[i + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            yield ast.BinOp(left, _OPERATORS[type(op)](), right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield ast.Constant(value + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _FUNCTIONS:
            yield ast.Call(ast.Name(_FUNCTIONS[name], ast.Load()), args, keywords)
        case ast.Call(func=ast.Name(id="reversed"), args=[sequence]):
            yield sequence
        case ast.If() | ast.IfExp():
            yield from _conditional(node)
        case ast.comprehension(ifs=[condition, *more]):
            yield ast.comprehension(node.target, node.iter, more, node.is_async)
            if not _is_turned(condition):
                negated = ast.UnaryOp(ast.Not(), condition)
                yield ast.comprehension(node.target, node.iter, [negated, *more], node.is_async)
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue():
            yield ast.Pass()


def _conditional(node: Conditional) -> Iterator[ast.AST]:
    """The condition made true, made false (the branch, or an early return, dropped), or negated."""
    tests: list[ast.expr] = [ast.Constant(True), ast.Constant(False)]
    if not _is_turned(node.test):
        tests.append(ast.UnaryOp(ast.Not(), node.test))
    for test in tests:
        if isinstance(node, ast.If):
            yield ast.If(test, node.body, node.orelse)
        else:
            yield ast.IfExp(test, node.body, node.orelse)


def _is_turned(condition: ast.expr) -> bool:
    """Whether a mutant of the condition itself is its negation."""
    match condition:
        case ast.Compare(ops=[op]):
            return len(_COMPARISONS[type(op)]) == 1
        case ast.UnaryOp(op=ast.Not()):
            return True
    return False
