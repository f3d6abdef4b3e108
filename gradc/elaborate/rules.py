"""Derivative rules: a rule's text becomes a fragment for the types it meets.

A rule is a small body in the graph language over operands, results and cotangents: with operand
`x` and result `y` it defines `dx` from `x`, `y` and `dy`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradc.diagnostics import Diagnostic, DiagnosticError, Note, error, plural
from gradc.elaborate.bindings import Binding, Known, Scope
from gradc.elaborate.called import in_library
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import run, run_named
from gradc.elaborate.operands import as_value
from gradc.elaborate.order import bound_names, needed_statements
from gradc.ir.builder import fragment_of
from gradc.ir.node import Apply, Call, Fragment, Value
from gradc.ir.operation import Formal
from gradc.ir.supposed import supposed
from gradc.ir.types import Type, TypeMismatch, broadcast
from gradc.records import replace
from gradc.source import Span
from gradc.syntax import tree


class Rule:
    """The rules of one operation or function, instantiated once for each set of types."""

    def __init__(
        self,
        context: Context,
        scope: Scope,
        statements: Sequence[tree.Statement],
        formals: Sequence[Formal],
        results: Sequence[str],
        cotangents: Sequence[str],
        span: Span | None = None,
        counts: Mapping[str, int] | None = None,
    ):
        """`scope` is what the statements see beside operands, results and cotangents.

        `counts` says how many operands each list holds, where there may be several of them.
        """
        self._context = context
        self._scope = scope
        self._statements = statements
        self._operands = [f for f in formals if f.is_operand]
        self._attributes = [f.name for f in formals if not f.is_operand]
        self._results, self._cotangents = tuple(results), tuple(cotangents)
        self._span = span
        self._counts = counts or {}
        self._fragments: dict[Any, Fragment] = {}
        self._orders: dict[tuple[str, ...], list[tree.Statement]] = {}

    def __call__(
        self,
        node: Apply | Call,
        wanted: Sequence[bool],
        cotangents: Sequence[bool],
        constants: Mapping[Value, Any],
    ) -> Fragment:
        key = (
            tuple([v.type for v in node.operands]),
            tuple([(n, repr(n)) for n in map(constants.get, node.operands)]) if constants else (),
            node.attrs if type(node) is Apply else (),
            tuple(wanted),
            tuple(cotangents),
            supposed(),
        )
        fragment = self._fragments.get(key)
        if fragment is None:
            numbers = [constants.get(v) for v in node.operands]
            try:
                fragment = self._instantiate(node, wanted, cotangents, numbers)
            except DiagnosticError as failure:
                raise _at_node(failure, node) from None
            self._fragments[key] = fragment
        return fragment

    def _instantiate(
        self,
        node: Apply | Call,
        wanted: Sequence[bool],
        cotangents: Sequence[bool],
        numbers: Sequence[Known],
    ) -> Fragment:
        names, values, parameters = self._bind_operands(node, numbers)
        values.update(self._scope.values)
        if isinstance(node, Apply):
            values.update(zip(self._attributes, node.attrs, strict=True))
        for name, result in zip(self._results, node.results, strict=True):
            parameters.append(Value(name, result.type))
            values[name] = parameters[-1]
        for name, result, given in zip(self._cotangents, node.results, cotangents, strict=True):
            values[name] = 0.0
            if given:
                parameters.append(Value(name, result.type))
                values[name] = parameters[-1]
        scope = Scope(self._scope.module, values, rest=self._scope.rest)
        targets = {f"d{name}" for (name, _), w in zip(names, wanted, strict=True) if w}
        with self._context.apart() as builder:
            for statement in self._needed(tuple(sorted(targets))):
                if isinstance(statement, tree.Assign) and statement.targets[0].name.name in targets:
                    # What serves a cotangent alone is named after that, by the differentiator.
                    run(self._context, statement, scope)
                else:
                    run_named(self._context, statement, scope)
            self._check_lists(scope, [name for name, item in names if item is not None])
            results = [
                self._result(scope, name, item, operand.type) if w else None
                for (name, item), w, operand in zip(names, wanted, node.operands, strict=True)
            ]
            return fragment_of(builder, parameters, results)

    def _bind_operands(
        self, node: Apply | Call, numbers: Sequence[Known]
    ) -> tuple[list[tuple[str, int | None]], dict[str, Binding], list[Value]]:
        """For each operand its name (and position in a list), and what the names stand for."""
        names: list[tuple[str, int | None]] = []
        values: dict[str, Binding] = {}
        parameters = [Value("", v.type) for v in node.operands]
        bound = [p if n is None else n for p, n in zip(parameters, numbers, strict=True)]
        rest = len(node.operands) - len(self._operands) + 1
        position = 0
        for formal in self._operands:
            count = self._counts.get(formal.name, rest) if formal.is_list else 1
            taken = bound[position : position + count]
            for i, parameter in enumerate(parameters[position : position + count]):
                parameter.name = formal.name
                names.append((formal.name, i if formal.is_list else None))
            values[formal.name] = tuple(taken) if formal.is_list else taken[0]
            position += count
        return names, values, parameters

    def _needed(self, targets: tuple[str, ...]) -> list[tree.Statement]:
        statements = self._orders.get(targets)
        if statements is None:
            statements = needed_statements(self._statements, targets)
            self._orders[targets] = statements
        return statements

    def _check_lists(self, scope: Scope, listed: Sequence[str]) -> None:
        """Lists of cotangents have one for each item of what they are of."""
        for operand in dict.fromkeys(listed):
            bound, count = scope.values.get(f"d{operand}"), listed.count(operand)
            if isinstance(bound, tuple) and len(bound) != count:
                items = plural(len(bound), "item")
                message = f"`d{operand}` has {items}, and `{operand}` has {count}"
                said = rule_targets(self._statements).get(f"d{operand}")
                place = said.value.span if isinstance(said, tree.Assign) else self._span
                raise error("E0402", message, place)

    def _result(self, scope: Scope, operand: str, item: int | None, kind: Type) -> Value | None:
        """The cotangent of an operand; None where the rule says it has none."""
        name = f"d{operand}"
        if name not in scope.values:
            raise error("E0402", f"the rule does not say what `{name}` is", self._span)
        bound = scope.values[name]
        if item is not None and isinstance(bound, tuple):
            bound = bound[item]
        if bound is None or (isinstance(bound, int | float) and bound == 0):
            return None
        value = as_value(self._context, bound, self._span)
        try:
            broadcast([value.type.shape, kind.shape])
        except TypeMismatch:
            raise self._of_other_shape(operand, value.type, kind) from None
        return value

    def _of_other_shape(self, operand: str, found: Type, wanted: Type) -> DiagnosticError:
        """The cotangent of an operand that has another shape: told where it is said."""
        name = f"d{operand}"
        message = f"`{name}` is {found}, but `{operand}` is {wanted}"
        said = rule_targets(self._statements).get(name)
        if self._span is None or not isinstance(said, tree.Assign):
            return error("E0402", message, self._span)
        from gradc.elaborate.habits.ruling import of_other_shape

        helps = of_other_shape(said, found, wanted)
        return error("E0402", message, said.value.span, str(found), helps=helps)


def _at_node(failure: DiagnosticError, node: Apply | Call) -> DiagnosticError:
    """What is wrong in a rule, where the user wrote what is differentiated."""
    return DiagnosticError(node.origin.shown(_out_of_rule(d, node)) for d in failure.diagnostics)


def _out_of_rule(found: Diagnostic, node: Apply | Call) -> Diagnostic:
    """What is wrong in a rule of the library, at what is differentiated."""
    if found.span is not None and not in_library(found.span):
        return found
    note = Note(f"in the derivative of {node.name}")
    place = node.span or node.origin.span
    return replace(found, span=place, text="", labels=(), notes=(note, *found.notes))


def rule_targets(statements: Sequence[tree.Statement]) -> dict[str, tree.Statement]:
    """The statements of a rule that say a cotangent, by the name that they bind."""
    return {name.name: s for s in statements for name in bound_names(s)}


def says_none(statement: tree.Statement) -> bool:
    """Whether a rule's statement is `dx = none`."""
    value = statement.value if isinstance(statement, tree.Assign) else None
    return isinstance(value, tree.Keyword) and value.value is None
