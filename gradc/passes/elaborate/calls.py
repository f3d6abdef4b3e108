"""Calls: of operations, of functions (expanded in place) and of layers (expanded as instances)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.diagnostics import error, near_miss
from gradc.ir.graph import Value
from gradc.ir.operation import Operation
from gradc.passes.elaborate.arguments import bind, check_kind
from gradc.passes.elaborate.bindings import (
    POISON,
    Bound,
    Function,
    Instance,
    Known,
    ModuleScope,
    Scope,
    describe,
)
from gradc.passes.elaborate.functions import Functions
from gradc.source import Span
from gradc.syntax import tree


class Calls(Functions):
    """Evaluates `callee(args)`."""

    def _call(self, expr: tree.Call, scope: Scope) -> Bound:
        return self.call(expr, scope, expr.instance)

    def call(self, expr: tree.Call, scope: Scope, name: tree.Identifier | None) -> Bound:
        """The result of a call; `name` is what a layer's instance is called."""
        callee = self._callee(expr.callee, scope)
        if expr.instance is not None and not _is_layer(callee):
            raise error(
                "E0209",
                "only the call of a layer has a name",
                expr.instance.span,
                f"`{expr.callee.span.text}` is no layer",
            )
        if isinstance(callee, Operation):
            return self._call_operation(callee, expr, scope)
        if isinstance(callee, Function):
            if callee.broken:
                self.poisoned()
            if callee.is_layer:
                return self._call_layer(callee, expr, scope, name)
            return self._call_function(callee, expr, scope)
        if isinstance(callee, Instance):
            return self._call_again(callee, expr, scope)
        return self._call_named(callee, [self.evaluate(a.value, scope) for a in expr.args], expr)

    def _call_named(self, callee: Any, arguments: Sequence[Bound], expr: tree.Call) -> Bound:
        """A function of the library written in Python: of types and knowns, or one that builds."""

        def build(name: str, operands: Sequence[Bound], **attributes: Any) -> Bound:
            spans = [expr.span] * len(operands)
            return self.emit_operation(name, operands, spans, expr.span, **attributes)

        if getattr(callee, "builds", False):
            return self.guard(lambda: callee(build, *arguments), [expr.span], arguments)
        kinds = [_kind(a) for a in arguments]
        return self.guard(lambda: callee(*kinds), [expr.span], arguments)

    def _callee(self, callee: tree.Expr, scope: Scope) -> Any:
        if isinstance(callee, tree.Name):
            return self._named_callee(callee, scope)
        if isinstance(callee, tree.Member):
            base = self._member_base(callee, scope)
            name = callee.name.name
            if isinstance(base, ModuleScope):
                if name in base.functions:
                    return base.functions[name]
                raise error(
                    "E0203",
                    f"`{base.name}` has no function or layer `{name}`",
                    callee.name.span,
                    helps=near_miss(name, base.functions),
                )
            if isinstance(base, Instance) and isinstance(base.members.get(name), Instance):
                return base.members[name]
        raise error("E0203", "this cannot be called", callee.span)

    def _named_callee(self, callee: tree.Name, scope: Scope) -> Any:
        name = callee.name
        function = scope.module.functions.get(name)
        found: Any = function or self.library.find_callable(name, scope.module.trusted)
        if found is not None:
            return found
        bound = scope.values.get(name, scope.module.constants.get(name))
        if bound is POISON:
            self.poisoned()
        if isinstance(bound, Instance):
            return bound
        if scope.module.trusted and (named := self.library.named_function(name)) is not None:
            return named
        if bound is not None:
            raise error("E0203", f"`{name}` is a value, it cannot be called", callee.span)
        if name in scope.module.modules:
            raise self.unknown_name(name, callee.span, scope)
        helps = [*near_miss(name, [*scope.module.functions, *self.library.callable_names()])]
        layers = self.library.layer_module("nn")
        if layers is not None and name in layers.functions:
            helps = [f"`from nn import {name}` makes the layer available"]
        raise error(
            "E0203", f"there is no function or operation `{name}`", callee.span, helps=helps
        )

    # --- operations ---

    def _call_operation(self, op: Operation, expr: tree.Call, scope: Scope) -> Bound:
        rest = op.formals[-1].name if op.formals and op.formals[-1].kind == "rest" else None
        arguments, further = bind(op.name, [(f.name, f.required) for f in op.formals], expr, rest)
        operands: list[Bound] = []
        spans: list[Span] = []
        attrs: list[Known] = []
        for formal in op.formals:
            argument = arguments.get(formal.name)
            if not formal.is_operand:
                attrs.append(self._attribute(op, formal, argument, scope))
                continue
            if argument is None:
                raise error(
                    "E0206", f"`{op.name}` needs an argument for `{formal.name}`", expr.span
                )
            bound = self.evaluate(argument.value, scope)
            if op.name == "where" and formal.name == "cond" and isinstance(bound, bool):
                # The branch that is not chosen is not looked at.
                return self.evaluate(arguments["x" if bound else "y"].value, scope)
            if formal.kind == "rest":
                operands += [bound, *(self.evaluate(a.value, scope) for a in further)]
                spans += [argument.value.span, *(a.value.span for a in further)]
            elif formal.kind == "values":
                items, places = self._items(bound, argument)
                operands += items
                spans += places
            else:
                operands.append(bound)
                spans.append(argument.value.span)
        return self.apply(op, operands, tuple(attrs), spans, expr.span)

    def _attribute(
        self, op: Operation, formal: Any, argument: tree.Argument | None, scope: Scope
    ) -> Known:
        if argument is None:
            # An element type that is not stated is that of the file.
            own = formal.kind == "dtype" and formal.default is None and not formal.required
            return self.dtype_in(scope) if own else formal.default
        bound = self.evaluate(argument.value, scope)
        span = argument.value.span
        if isinstance(bound, Value):
            raise error(
                "E0307",
                f"`{formal.name}` of `{op.name}` must be known at compile time",
                span,
                str(bound.type),
            )
        return check_kind(formal, bound, span, op.name)

    def _items(self, bound: Bound, argument: tree.Argument) -> tuple[Sequence[Bound], list[Span]]:
        """The items of a list of operands, and where each stands."""
        if isinstance(bound, Value) or not isinstance(bound, tuple) or not bound:
            raise error(
                "E0305",
                "a list of arrays is expected here",
                argument.value.span,
                describe(bound),
                helps=["write it in brackets: `[a, b]`"],
            )
        if isinstance(argument.value, tree.ListExpr):
            return bound, [item.span for item in argument.value.items]
        return bound, [argument.value.span] * len(bound)

    _EVALUATORS = {**Functions._EVALUATORS, tree.Call: _call}


def _kind(bound: Bound) -> Any:
    """What functions of types see of a binding."""
    if isinstance(bound, tuple):
        return tuple(_kind(item) for item in bound)
    if isinstance(bound, Instance):
        bound = bound.value
    return bound.type if isinstance(bound, Value) else bound


def _is_layer(callee: object) -> bool:
    return isinstance(callee, Function) and callee.is_layer
