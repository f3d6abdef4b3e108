"""Bodies of functions, layers and rules: their statements in order, their names in a scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from gradc.diagnostics import error
from gradc.ir.builder import Builder, fragment_of, join_names
from gradc.ir.graph import Origin, Value
from gradc.ir.operation import Formal, Operation, Rules, Typing
from gradc.ir.sizes import Poly
from gradc.ir.traits import Traits
from gradc.passes.elaborate.bindings import (
    Bound,
    Function,
    Instance,
    Known,
    ModuleScope,
    Scope,
    describe,
)
from gradc.passes.elaborate.expressions import Poisoned
from gradc.passes.elaborate.literals import check_fits
from gradc.passes.elaborate.order import sort_statements
from gradc.passes.elaborate.patterns import Patterns
from gradc.source import Span
from gradc.syntax import tree


class Bodies(Patterns):
    """Runs the statements of a body in a scope of its own."""

    active: list[Function]  # the functions being expanded, innermost last
    calls: dict[tuple[object, ...], Operation]  # functions with a rule, by argument types

    def run_body(self, function: Function, scope: Scope, span: Span) -> tuple[Bound, ...]:
        """The results of a function's or layer's body."""
        *statements, last = function.definition.body
        assert isinstance(last, tree.Return), "a definition without one is never called"
        for position in self._order(function, statements):
            self.run_statement(statements[position], scope)
        results = tuple([self.evaluate(v, scope) for v in last.values])
        stated = function.definition.results
        if stated is not None:
            if len(stated) != len(results):
                raise error(
                    "E0208",
                    f"`{function.name}` states {len(stated)} results, returns {len(results)}",
                    last.span,
                )
            for kind, result, value in zip(stated, results, last.values, strict=True):
                self.match(kind, result, scope, value.span, f"the result of `{function.name}`")
        return results

    def _order(self, function: Function, statements: Sequence[tree.Statement]) -> list[int]:
        order = self.orders.get(function.definition)
        if order is None:
            module = function.module
            order = self.orders[function.definition] = sort_statements(
                statements, is_function=lambda name: self.is_function(name, module)
            )
        return order

    def is_function(self, name: str, module: ModuleScope) -> bool:
        """Whether a call of this name means a function, though a value may have the name."""
        return (
            name in module.functions or self.library.find_callable(name, module.trusted) is not None
        )

    orders: dict[tree.FnDef, list[int]]

    def run_statement(self, statement: tree.Statement, scope: Scope) -> None:
        """One statement of a body."""
        if isinstance(statement, tree.Assign):
            with self.named(statement.targets[0].name.name):
                self.assign(statement, scope)
        elif isinstance(statement, tree.ConstDecl):
            scope.values[statement.name.name] = self.constant(statement, scope)
        elif isinstance(statement, tree.ParamDecl):
            self.declare_in_layer(statement, scope)
        elif isinstance(statement, tree.Scan):
            self.run_scan(statement, scope)
        elif isinstance(statement, tree.StateDecl):
            self.state_in_layer(statement, scope)
        elif isinstance(statement, tree.Update):
            self.run_update(statement, scope)
        else:
            raise AssertionError(f"{type(statement).__name__} in a definition")

    def assign(self, statement: tree.Assign, scope: Scope) -> list[tuple[tree.Target, Bound]]:
        """Evaluates the right-hand side and binds the targets."""
        targets = statement.targets
        expr = statement.value
        single = targets[0].name if len(targets) == 1 and targets[0].name.name != "_" else None
        if isinstance(expr, tree.Call):
            result = self.call(expr, scope, expr.instance or single)
        else:
            result = self.evaluate(expr, scope)
        results: Sequence[Bound] = [result]
        if len(targets) > 1:
            if not isinstance(result, tuple) or len(result) != len(targets):
                count = f"{len(result)} results" if isinstance(result, tuple) else "one result"
                raise error("E0206", f"{len(targets)} targets for {count}", statement.span)
            results = result
        elif _is_several(result, expr) and not scope.module.trusted:
            raise error(
                "E0206",
                f"one target for {len(result)} results",
                statement.span,
                helps=[f"`{', '.join(['a', 'b', 'c', 'd'][: len(result)])} = …`; `_` discards one"],
            )
        bound = list(zip(targets, results, strict=True))
        for target, value in bound:
            if target.type is not None:
                what = f"`{target.name.name}`"
                self.match(target.type, value, scope, expr.span, what)
        bound = [(t, self._stated(t.type, v, expr.span)) for t, v in bound]
        for target, value in bound:
            self._bind(target.name, value, scope)
        return bound

    def _stated(self, stated: tree.TypeExpr | None, value: Bound, span: Span) -> Bound:
        """A number under a stated element type is an array of that type, as a typed `const` is."""
        if stated is None or stated.dtype is None:
            return value
        kind = self.operand_type(value)
        if kind is None or not kind.weak:
            return value
        if isinstance(value, Value | Poly):
            operand = self.as_value(value, span)
            return self.builder.emit(self.library.operation("astype"), [operand], (stated.dtype,))
        check_fits(stated.dtype, value, span)
        array = self.library.operation("array")
        return self.builder.emit(array, (), (value, stated.dtype, kind.shape))

    def _bind(self, identifier: tree.Identifier, value: Bound, scope: Scope) -> None:
        name = identifier.name
        if name == "_":
            return
        if isinstance(value, Value) and not value.named:
            prefix = self.builder.origin.prefix
            value.name = name if scope.top else self._local_name(prefix, name)
            value.named = scope.top
        existing = scope.values.get(name)
        if isinstance(existing, Instance) and existing.span is identifier.span:
            existing.value = value
        else:
            scope.values[name] = value

    @staticmethod
    def _local_name(prefix: str, name: str) -> str:
        """The prefix of a body's statement ends with the name of its first target already."""
        return prefix if prefix == name or prefix.endswith(f"_{name}") else join_names(prefix, name)

    def constant(self, statement: tree.ConstDecl, scope: Scope) -> Bound:
        """A `const`: untyped it stays a known, typed it becomes an array."""
        known = self.evaluate_known(statement.value, scope, "a constant")
        if statement.type is None:
            if self.operand_type(known) is None:
                raise error(
                    "E0305",
                    f"a constant is a number or an array, this is {describe(known)}",
                    statement.value.span,
                )
            return known
        return self.typed_constant(statement, known, scope)

    def typed_constant(self, statement: tree.ConstDecl, known: Known, scope: Scope) -> Value:
        raise NotImplementedError

    def declare_in_layer(self, statement: tree.ParamDecl, scope: Scope) -> None:
        raise NotImplementedError

    def dtype_in(self, scope: Scope) -> str:
        """What a type without an element type means."""
        raise NotImplementedError

    def state_in_layer(self, statement: tree.StateDecl, scope: Scope) -> None:
        raise NotImplementedError

    def run_update(self, statement: tree.Update, scope: Scope) -> None:
        raise NotImplementedError

    def run_scan(self, scan: tree.Scan, scope: Scope) -> Sequence[tuple[tree.Identifier, Value]]:
        raise NotImplementedError

    def strong_value(self, bound: Any, span: Span) -> Value:
        raise NotImplementedError

    def call(self, expr: tree.Call, scope: Scope, name: tree.Identifier | None) -> Bound:
        raise NotImplementedError

    def poisoned(self) -> NoReturn:
        raise Poisoned

    @contextmanager
    def named(self, name: str) -> Iterator[None]:
        """Values made meanwhile are named after this statement."""
        outer = self.builder.origin
        self.builder.origin = Origin(outer.span, join_names(outer.prefix, name))
        try:
            yield
        finally:
            self.builder.origin = outer

    @contextmanager
    def apart(self) -> Iterator[Builder]:
        """A builder of its own for a fragment."""
        outer, self.builder = self.builder, Builder(self.library, Origin(None, ""))
        try:
            yield self.builder
        finally:
            self.builder = outer

    def call_with_rule(
        self, function: Function, inner: Scope, spans: dict[str, Span], span: Span
    ) -> Bound:
        """A call that stays one node until it is differentiated, since it has a rule of its own."""
        names = [n.name.name for n in function.definition.parameters]
        given = {n: v for n, v in inner.values.items() if n in names}
        arguments = [(n, v) for n, v in given.items() if isinstance(v, Value)]
        key = (
            function,
            *((n, v.type if isinstance(v, Value) else (v, repr(v))) for n, v in given.items()),
        )
        op = self.calls.get(key)
        if op is None:
            op = self.calls[key] = self._function_operation(function, inner, span)
        return self.apply(op, [v for _, v in arguments], (), [spans[n] for n, _ in arguments], span)

    def call_of(self, function: Function, given: dict[str, Bound]) -> Operation:
        """The operation that a call of a function with a rule is, by its arguments."""
        span = function.definition.name.span
        inner = Scope(function.module, given)
        for parameter in function.definition.parameters:
            if parameter.name.name not in given and parameter.default is not None:
                given[parameter.name.name] = self.evaluate(parameter.default, inner)
        self.active.append(function)
        try:
            return self._function_operation(function, inner, span)
        finally:
            self.active.pop()

    def _function_operation(self, function: Function, inner: Scope, span: Span) -> Operation:
        placeholders = {
            n: Value(n, v.type) for n, v in inner.values.items() if isinstance(v, Value)
        }
        known = {n: v for n, v in inner.values.items() if not isinstance(v, Value)}
        scope = Scope(function.module, {**known, **placeholders})
        with self.apart() as builder:
            results = [self.as_value(r, span) for r in self.run_body(function, scope, span)]
            body = fragment_of(builder, list(placeholders.values()), results)
        assert function.rule is not None
        types = tuple(r.type for r in results)
        names = [r.name for r in function.rule.results]
        varying = [n for n, v in placeholders.items() if v.type.is_float]
        return Operation(
            name=function.name,
            formals=tuple(Formal(n, "value") for n in placeholders),
            result_names=tuple(names),
            type_rule=lambda _types, _attrs: Typing(types),
            rules=self.rules_of(function, known, varying),
            ruled=frozenset(varying),
            traits=Traits(analytic=all(node.op.traits.analytic for node in body.nodes)),
            short=next(
                (f.name for f in self.active if f.module.trusted and not f.is_layer), function.name
            ),
            known=known if function.module.trusted else None,
            body=body,
        )

    def rules_of(
        self, function: Function, known: dict[str, Bound], varying: Iterable[str]
    ) -> Rules:
        raise NotImplementedError


def _is_several(result: Bound, expr: tree.Expr) -> bool:
    """Whether a call gave several results; the library may keep them as a list."""
    return isinstance(result, tuple) and isinstance(expr, tree.Call) and _holds_values(result)


def _holds_values(results: tuple[Bound, ...]) -> bool:
    return any(isinstance(r, Value | Instance) for r in results)
