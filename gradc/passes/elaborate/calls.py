"""Calls: of operations, of functions (expanded in place) and of layers (expanded as instances)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradc.diagnostics import Diagnostic, DiagnosticError, Label, error, near_miss
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
from gradc.passes.elaborate.bodies import Bodies
from gradc.source import Span
from gradc.syntax import tree

MAX_CALLS = 60
"""How deep calls of functions may nest; the limit keeps the Python stack bounded."""


class Calls(Bodies):
    """Evaluates `callee(args)`."""

    def _call(self, expr: tree.Call, scope: Scope) -> Bound:
        return self.call(expr, scope, expr.instance)

    def call(self, expr: tree.Call, scope: Scope, name: tree.Identifier | None) -> Bound:
        """The result of a call; `name` is what a layer's instance is called."""
        callee = self._callee(expr.callee, scope)
        if expr.instance is not None and not _is_layer(callee):
            raise error(
                "E0209", "only the call of a layer has a name", expr.instance.span,
                f"`{expr.callee.span.text}` is no layer",
            )
        if isinstance(callee, Operation):
            return self._call_operation(callee, expr, scope)
        if isinstance(callee, Function):
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
                    "E0203", f"`{base.name}` has no function or layer `{name}`", callee.name.span,
                    helps=near_miss(name, base.functions),
                )
            if isinstance(base, Instance) and isinstance(base.members.get(name), Instance):
                return base.members[name]
        raise error("E0203", "this cannot be called", callee.span)

    def _named_callee(self, callee: tree.Name, scope: Scope) -> Any:
        name = callee.name
        function = scope.module.functions.get(name)
        found: Any = function or self.library.find_operation(name)
        found = found or self.library.find_function(name)
        if found is not None:
            return found
        bound = scope.values.get(name)
        if bound is POISON:
            self.poisoned()
        if isinstance(bound, Instance):
            return bound
        if scope.module.trusted and (named := self.library.named_function(name)) is not None:
            return named
        if bound is not None:
            raise error("E0203", f"`{name}` is a value, it cannot be called", callee.span)
        helps = [*near_miss(name, [*scope.module.functions, *self.library.callable_names()])]
        layers = self.library.layer_module("nn")
        if layers is not None and name in layers.functions:
            helps = [f"`from nn import {name}` makes the layer available"]
        raise error("E0203", f"there is no function or operation `{name}`", callee.span, helps=helps)

    # --- operations ---

    def _call_operation(self, op: Operation, expr: tree.Call, scope: Scope) -> Bound:
        rest = op.formals[-1].name if op.formals and op.formals[-1].kind == "rest" else None
        arguments, further = bind(op.name, [(f.name, f.required) for f in op.formals], expr, rest)
        if op.name == "where" and (chosen := self._choose(arguments, scope)) is not NotImplemented:
            return chosen
        operands: list[Bound] = []
        spans: list[Span] = []
        attrs: list[Known] = []
        for formal in op.formals:
            argument = arguments.get(formal.name)
            if not formal.is_operand:
                attrs.append(self._attribute(op, formal, argument, scope))
                continue
            if argument is None:
                raise error("E0206", f"`{op.name}` needs an argument for `{formal.name}`", expr.span)
            bound = self.evaluate(argument.value, scope)
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
                "E0307", f"`{formal.name}` of `{op.name}` must be known at compile time", span,
                str(bound.type),
            )
        return check_kind(formal, bound, span, op.name)

    def _items(self, bound: Bound, argument: tree.Argument) -> tuple[Sequence[Bound], list[Span]]:
        """The items of a list of operands, and where each stands."""
        if isinstance(bound, Value) or not isinstance(bound, tuple) or not bound:
            raise error(
                "E0305", "a list of arrays is expected here", argument.value.span, describe(bound),
                helps=["write it in brackets: `[a, b]`"],
            )
        if isinstance(argument.value, tree.ListExpr):
            return bound, [item.span for item in argument.value.items]
        return bound, [argument.value.span] * len(bound)

    def _choose(self, arguments: dict[str, tree.Argument], scope: Scope) -> Bound:
        """The branch of a `where` whose condition is known; the other is not looked at."""
        condition = self.evaluate(arguments["cond"].value, scope)
        if isinstance(condition, bool):
            return self.evaluate(arguments["x" if condition else "y"].value, scope)
        return NotImplemented

    # --- functions and layers ---

    def _bind_function(
        self, function: Function, expr: tree.Call, scope: Scope, base: dict[str, Bound] | None = None
    ) -> tuple[Scope, dict[str, Span]]:
        """A scope for the body with the parameters bound, and where each argument stands."""
        parameters = function.definition.parameters
        given, _ = bind(
            function.name,
            [
                (p.name.name, p.default is None and p.name.name not in (base or {}))
                for p in parameters
            ],
            expr,
        )
        inner = Scope(function.module, dict(base or {}))
        spans: dict[str, Span] = {}
        for parameter in parameters:
            name = parameter.name.name
            if (argument := given.get(name)) is not None:
                bound = self.evaluate(argument.value, scope)
                span = argument.value.span
            elif name in inner.values:
                continue
            else:
                assert parameter.default is not None
                bound, span = self.evaluate(parameter.default, inner), expr.span
            spans[name] = span
            if isinstance(bound, Instance):
                bound = bound.value
            if parameter.type is not None and bound is not None:
                self.match(
                    parameter.type, bound, inner, span, bind=True, what=f"`{name}` of `{function.name}`"
                )
            inner.values[name] = bound
        return inner, spans

    def _enter(self, function: Function, span: Span) -> None:
        if function in self.active:
            raise error(
                "E0204", f"`{function.name}` calls itself", span,
                helps=["functions are expanded at compile time; `scan` repeats a step"],
            )
        if len(self.active) >= MAX_CALLS:
            raise error("E0205", f"calls nest deeper than {MAX_CALLS}", span)
        self.active.append(function)

    def _call_function(self, function: Function, expr: tree.Call, scope: Scope) -> Bound:
        inner, spans = self._bind_function(function, expr, scope)
        self._enter(function, expr.span)
        try:
            if function.rule is not None and any(isinstance(v, Value) for v in inner.values.values()):
                return self.call_with_rule(function, inner, spans, expr.span)
            return self._unwrap(self._expand(function, inner, expr))
        finally:
            self.active.pop()

    def _expand(self, function: Function, inner: Scope, expr: tree.Call) -> tuple[Bound, ...]:
        """Runs a body; an error inside the library is shown at the call."""
        try:
            return self.run_body(function, inner, expr.span)
        except DiagnosticError as failure:
            if not function.module.trusted or expr.span.source.name.startswith("<"):
                raise
            first = failure.diagnostics[0]
            if first.span is not None and not first.span.source.name.startswith("<"):
                raise
            labels = [
                Label(a.value.span, describe(self.evaluate_quietly(inner, i, function)))
                for i, a in enumerate(expr.args) if a.keyword is None
            ]
            raise DiagnosticError(
                [Diagnostic(first.code, f"`{function.name}`: {first.message}", expr.span,
                            labels=tuple(labels), helps=first.helps)]
            ) from None

    def evaluate_quietly(self, inner: Scope, position: int, function: Function) -> Bound:
        """The binding of the parameter at a position, for a label."""
        return inner.values.get(function.definition.parameters[position].name.name)

    @staticmethod
    def _unwrap(results: tuple[Bound, ...]) -> Bound:
        return results[0] if len(results) == 1 else results

    def _call_layer(
        self, layer: Function, expr: tree.Call, scope: Scope, name: tree.Identifier | None
    ) -> Bound:
        if name is None:
            raise error(
                "E0210",
                f"this call of the layer `{layer.name}` has no name to give its parameters",
                expr.span,
                helps=[
                    "make it a statement of its own: `hidden = …`, or name it: `… as hidden`",
                ],
            )
        if not scope.top and scope.instance is None:
            raise error(
                "E0210", f"a function cannot own the parameters of the layer `{layer.name}`",
                expr.span, helps=["make the function a `layer`"],
            )
        inner, _ = self._bind_function(layer, expr, scope)
        self._enter(layer, expr.span)
        try:
            path = f"{scope.instance.path}.{name.name}" if scope.instance else name.name
            instance = Instance(path, layer, dict(inner.values), name.span)
            return self._run_layer(instance, inner, scope, expr, name)
        finally:
            self.active.pop()

    def _run_layer(
        self, instance: Instance, inner: Scope, scope: Scope, expr: tree.Call, name: tree.Identifier
    ) -> Bound:
        inner.instance = instance
        owner = scope.values if scope.instance is None else scope.instance.members
        earlier = owner.get(name.name)
        if isinstance(earlier, Instance):
            # The layer around this call is being called again: the parameters are shared.
            instance.members = earlier.members
        else:
            owner[name.name] = instance
        scope.values[name.name] = instance
        return self._unwrap(self._expand(instance.layer, inner, expr))

    def _call_again(self, instance: Instance, expr: tree.Call, scope: Scope) -> Bound:
        """The same instance once more: shared parameters, its other arguments kept."""
        inner, _ = self._bind_function(instance.layer, expr, scope, instance.arguments)
        self._enter(instance.layer, expr.span)
        try:
            inner.instance = Instance(
                instance.path, instance.layer, instance.arguments, instance.span,
                members=instance.members,
            )
            return self._unwrap(self._expand(instance.layer, inner, expr))
        finally:
            self.active.pop()

    _EVALUATORS = {**Bodies._EVALUATORS, tree.Call: _call}


def _kind(bound: Bound) -> Any:
    """What functions of types see of a binding."""
    if isinstance(bound, tuple):
        return tuple(_kind(item) for item in bound)
    if isinstance(bound, Instance):
        bound = bound.value
    return bound.type if isinstance(bound, Value) else bound


def _is_layer(callee: object) -> bool:
    return isinstance(callee, Function) and callee.is_layer
