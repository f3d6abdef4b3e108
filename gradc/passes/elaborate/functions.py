"""Functions, expanded in place, and layers, expanded as instances with parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.diagnostics import Diagnostic, DiagnosticError, Label, error
from gradc.ir.graph import Value
from gradc.passes.elaborate.arguments import bind
from gradc.passes.elaborate.bindings import Bound, Function, Instance, Scope, describe
from gradc.passes.elaborate.bodies import Bodies
from gradc.passes.elaborate.definitions import MEMBERS
from gradc.source import Span
from gradc.syntax import tree

MAX_CALLS = 60
"""How deep calls of functions may nest; the limit keeps the Python stack bounded."""


class Functions(Bodies):
    """Expands calls of what is written in the graph language."""

    found: Any

    def _bind_function(
        self,
        function: Function,
        expr: tree.Call,
        scope: Scope,
        base: dict[str, Bound] | None = None,
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
        later: list[Callable[[], None]] = []
        # What is given binds the dimensions that defaults may use.
        for parameter in sorted(parameters, key=lambda p: p.name.name not in given):
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
                what = f"`{name}` of `{function.name}`"
                later.append(self.begin_match(parameter.type, bound, inner, span, what))
            inner.values[name] = bound
        for check in later:
            check()
        return inner, spans

    def _enter(self, function: Function, span: Span) -> None:
        if function in self.active:
            raise error(
                "E0204",
                f"`{function.name}` calls itself",
                span,
                helps=["functions are expanded at compile time; `scan` repeats a step"],
            )
        if len(self.active) >= MAX_CALLS:
            raise error("E0205", f"calls nest deeper than {MAX_CALLS}", span)
        self.active.append(function)

    def _call_function(self, function: Function, expr: tree.Call, scope: Scope) -> Bound:
        inner, spans = self._bind_function(function, expr, scope)
        self._enter(function, expr.span)
        try:
            if function.rule is not None and any(
                isinstance(v, Value) for v in inner.values.values()
            ):
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
                for i, a in enumerate(expr.args)
                if a.keyword is None
            ]
            raise DiagnosticError(
                [
                    Diagnostic(
                        first.code,
                        f"`{function.name}`: {first.message}",
                        expr.span,
                        labels=tuple(labels),
                        helps=first.helps,
                    )
                ]
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
                "E0210",
                f"a function cannot own the parameters of the layer `{layer.name}`",
                expr.span,
                helps=["make the function a `layer`"],
            )
        if scope.instance is not None and name.name in MEMBERS:
            raise error("E0214", f"`{name.name}` is no name for an inner layer", name.span)
        inner, _ = self._bind_function(layer, expr, scope)
        self._enter(layer, expr.span)
        try:
            path = f"{scope.instance.path}.{name.name}" if scope.instance else name.name
            names = [p.name.name for p in layer.definition.parameters]
            arguments = {n: inner.values[n] for n in names}
            instance = Instance(path, layer, arguments, name.span)
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
        start = len(self.builder.nodes)
        result = self._unwrap(self._expand(instance.layer, inner, expr))
        if instance.layer.module.trusted:
            self._forget_unused(instance, start)
        return result

    def _forget_unused(
        self, instance: Instance, start: int, kept: frozenset[str] = frozenset()
    ) -> None:
        """Parameters that a layer of the library has only with other arguments: `bias=false`."""
        used = {v for node in self.builder.nodes[start:] for v in node.operands}
        for name, bound in list(instance.members.items()):
            if isinstance(bound, Value) and name not in kept and self.seen_as(bound) not in used:
                del instance.members[name]
                self.forget_slices(bound)
                self.found.params = [p for p in self.found.params if p[1].value is not bound]

    def seen_as(self, parameter: Value) -> Value:
        """What the body being elaborated sees of a parameter."""
        return parameter

    def forget_slices(self, parameter: Value) -> None:
        """Undoes what was noted of a parameter that is not used."""

    def _call_again(self, instance: Instance, expr: tree.Call, scope: Scope) -> Bound:
        """The same instance once more: shared parameters, its other arguments kept."""
        inner, _ = self._bind_function(instance.layer, expr, scope, instance.arguments)
        self._enter(instance.layer, expr.span)
        try:
            inner.instance = Instance(
                instance.path,
                instance.layer,
                instance.arguments,
                instance.span,
                members=instance.members,
            )
            start, before = len(self.builder.nodes), frozenset(instance.members)
            result = self._unwrap(self._expand(instance.layer, inner, expr))
            if instance.layer.module.trusted:
                self._forget_unused(instance, start, before)
            return result
        finally:
            self.active.pop()
