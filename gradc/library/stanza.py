"""From a parsed stanza to an `Operation`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.rules import Rule, rule_targets, says_none
from gradc.ir.operation import Formal, Operation, TypeRule, Typing
from gradc.ir.types import Type
from gradc.library import shapes
from gradc.library.clauses import StanzaError, clauses_of, spellings_of, traits_of
from gradc.syntax import tree
from gradc.targets.numpy.spelling import evaluates


def operation_from(definition: tree.OpDef, context: Context) -> tuple[Operation, Rule]:
    """The operation that a stanza defines, and its rules: elaborated in the library's context."""
    name = definition.name.name
    formals = tuple(_formal(p) for p in definition.parameters)
    results = tuple(r.name.name for r in definition.results)
    clauses = clauses_of(definition)
    targets = rule_targets(definition.rules)
    operands = [f.name for f in formals if f.is_operand and not f.is_position]
    silent = [o for o in operands if f"d{o}" not in targets and "none" not in clauses]
    if silent:
        raise StanzaError(f"{name}: no rule says what d{silent[0]} is")
    rule = Rule(
        context,
        Scope(context.module),
        definition.rules,
        formals,
        results,
        [f"d{r}" for r in results],
    )
    op = Operation(
        name=name,
        formals=formals,
        result_names=results,
        type_rule=_type_rule(definition, formals),
        ruled=frozenset(
            o for o in operands if f"d{o}" in targets and not says_none(targets[f"d{o}"])
        ),
        traits=traits_of(name, formals, clauses),
        spellings=spellings_of(clauses),
        short=(clauses.get("short") or (name,))[0],
        doc=definition.doc,
    )
    if evaluates(op):
        op.evaluate = partial(_evaluate, op)
    return op, rule


def _evaluate(op: Operation, *arguments: Any) -> Any:
    """What the operation makes of numbers; most graphs never ask."""
    from gradc.targets.numpy.known.evaluate import evaluate

    return evaluate(op, *arguments)


def _formal(parameter: tree.Parameter) -> Formal:
    kind = parameter.kind.name if parameter.kind else "value"
    required = parameter.default is None
    default = None if parameter.default is None else literal(parameter.default)
    return Formal(parameter.name.name, kind, default, required)


def literal(expr: tree.Expr) -> Any:
    """The value of a literal in a stanza."""
    match expr:
        case tree.Number() | tree.String() | tree.Keyword():
            return expr.value
        case tree.Name(name="inf"):
            return math.inf
        case tree.Unary(op="-"):
            return -literal(expr.operand)
        case tree.ListExpr():
            return tuple(literal(item) for item in expr.items)
    raise StanzaError(f"{expr.span.text} is no literal")


def _type_rule(definition: tree.OpDef, formals: tuple[Formal, ...]) -> TypeRule:
    """Calls the named functions of `shapes.py` with operand types and attributes."""
    operands = [f for f in formals if f.is_operand]
    attributes = {f.name: i for i, f in enumerate(f for f in formals if not f.is_operand)}
    calls: list[tuple[Callable[..., Typing], list[Callable[[Any, Any], Any]]]] = []
    for result in definition.results:
        callee = result.type.callee
        assert isinstance(callee, tree.Name)
        function = shapes.function_of(callee.name)
        if function is None:
            raise StanzaError(f"{definition.name.name}: shapes.py has no `{callee.name}`")
        calls.append(
            (function, [_argument(a.value, operands, attributes) for a in result.type.args])
        )

    def rule(types: tuple[Type, ...], attrs: tuple[Any, ...]) -> Typing:
        typings = [f(*[read(types, attrs) for read in reads]) for f, reads in calls]
        if len(typings) == 1:
            return typings[0]
        first = typings[0]
        results = tuple(r for t in typings for r in t.results)
        return Typing(results, first.casts, first.checks, first.attrs)

    return rule


def _argument(
    expr: tree.Expr, operands: list[Formal], attributes: dict[str, int]
) -> Callable[[Any, Any], Any]:
    if isinstance(expr, tree.Name):
        if expr.name in attributes:
            index = attributes[expr.name]
            return lambda types, attrs: attrs[index]
        for position, formal in enumerate(operands):
            if formal.name == expr.name:
                return _operand(position, len(operands), formal.is_list)
        raise StanzaError(f"nothing is called {expr.name}")
    value = literal(expr)
    return lambda types, attrs: value


def _operand(position: int, count: int, variadic: bool) -> Callable[[Any, Any], Any]:
    if variadic:
        after = count - position - 1
        return lambda types, attrs: types[position : len(types) - after]
    return lambda types, attrs: types[position]
