"""Declarations: dimensions, constants, inputs, parameters, functions and their rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from gradc.diagnostics import DiagnosticError, Label, error, near_miss
from gradc.ir.graph import Dim, Input, Param, Value
from gradc.ir.operation import Rules
from gradc.ir.sizes import Poly, dimension, dimensions_of
from gradc.ir.types import Type
from gradc.passes.elaborate.bindings import (
    POISON,
    Bound,
    ConstArray,
    Function,
    Known,
    ModuleScope,
    Scope,
)
from gradc.passes.elaborate.definitions import definition_errors, rule_errors
from gradc.passes.elaborate.expressions import Poisoned
from gradc.passes.elaborate.initial import could_fill, filled, literal_shape
from gradc.passes.elaborate.literals import array_type, check_fits
from gradc.passes.elaborate.order import binders, bound_names, order_statements
from gradc.passes.elaborate.rules import Rule, rule_targets
from gradc.passes.elaborate.states import States
from gradc.source import Span
from gradc.syntax import tree


@dataclass(slots=True)
class Attempt:
    """Whether something failed, of which the diagnostics are kept elsewhere."""

    failed: bool = False


class Declarations(States):
    """Adds what a file declares to its scopes and to what was found."""

    fixed: dict[str, int]
    found: Any
    position: int
    module: ModuleScope

    @property
    def dtype(self) -> str:
        """What a type without an element type means in the file being compiled."""
        return self.module.dtype or "f64"

    def dtype_in(self, scope: Scope) -> str:
        return scope.module.dtype or self.dtype

    # --- functions ---

    @contextmanager
    def kept(self) -> Iterator[Attempt]:
        """What fails meanwhile is kept with the other diagnostics."""
        attempt = Attempt()
        try:
            yield attempt
        except DiagnosticError as failure:
            attempt.failed = True
            self.note(failure)
        except Poisoned:
            attempt.failed = True

    def note(self, failure: DiagnosticError) -> None:
        """Keeps what is wrong with the other diagnostics."""
        self.found.diagnostics.extend(failure.diagnostics)

    def declare_functions(self, statements: Sequence[tree.Statement], module: ModuleScope) -> None:
        """The functions and layers of a file, and the rules that belong to them."""
        functions = [s for s in statements if isinstance(s, tree.FnDef)]
        for definition in functions:
            module.functions.setdefault(definition.name.name, Function(definition, module))
        for definition in functions:
            wrong = list(definition_errors(definition, lambda n: self.is_function(n, module)))
            module.functions[definition.name.name].broken |= bool(wrong)
            self.found.diagnostics.extend(wrong)
        for statement in statements:
            if isinstance(statement, tree.VjpDef):
                with self.kept():
                    self._attach(statement, module)

    def _attach(self, rule: tree.VjpDef, module: ModuleScope) -> None:
        function = module.functions.get(rule.name.name)
        if function is None or function.module is not module:
            raise error(
                "E0402",
                f"there is no function `{rule.name.name}` in this file",
                rule.name.span,
                helps=near_miss(rule.name.name, module.functions),
            )
        if function.rule is not None:
            first = Label(function.rule.name.span, "the first one")
            message = f"`{function.name}` has a rule already"
            raise error("E0402", message, rule.name.span, labels=[first])
        function.rule = rule
        wrong = list(rule_errors(rule, function.definition))
        if wrong:
            function.broken = True
            raise DiagnosticError(wrong)

    def rules_of(
        self, function: Function, known: dict[str, Bound], varying: Iterable[str]
    ) -> Rules:
        rule = function.rule
        assert rule is not None
        targets = rule_targets(rule.body)
        for name in varying:
            if f"d{name}" not in targets and not function.module.trusted:
                raise error(
                    "E0402",
                    f"the rule of `{function.name}` does not say what `d{name}` is",
                    rule.name.span,
                    helps=[f"write `d{name} = none` where it has no derivative"],
                )
        return Rule(
            lambda: self,
            function.module,
            rule.body,
            [r.name for r in rule.results],
            [c.name for c in rule.cotangents],
            known,
            rule.name.span,
        )

    # --- dimensions and constants ---

    def declare_constants(
        self, statements: Sequence[tree.Statement], module: ModuleScope, *, main: bool
    ) -> None:
        """Dimensions and constants, each after what it needs. Errors are kept with the rest."""
        chosen: list[tree.Statement] = []
        for s in statements:
            if isinstance(s, tree.DimDecl):
                chosen += [
                    tree.DimDecl(name.span, ((name, size),), s.doc) for name, size in s.items
                ]
            elif isinstance(s, tree.ConstDecl):
                chosen.append(s)
        scope = Scope(module, {})
        owner = binders(chosen, [])  # of a name that is bound twice, which is told elsewhere
        chosen = [s for i, s in enumerate(chosen) if owner[bound_names(s)[0].name] == i]
        positions, failure = order_statements(chosen, binders(chosen))
        if failure is not None:
            self.note(failure)
        stuck = set(range(len(chosen))) - set(positions)
        for position in positions:
            statement = chosen[position]
            with self.kept() as attempt:
                if isinstance(statement, tree.DimDecl):
                    self._dimension(statement, module, scope, main)
                elif isinstance(statement, tree.ConstDecl):
                    constant = self.constant(statement, scope)
                    module.constants.setdefault(statement.name.name, constant)
            if attempt.failed:
                stuck.add(position)
        for position in stuck:
            for identifier in bound_names(chosen[position]):
                module.constants[identifier.name] = POISON
        if main:
            order = {
                n.name: i
                for i, (n, _) in enumerate(
                    item for s in statements if isinstance(s, tree.DimDecl) for item in s.items
                )
            }
            self.found.dims.sort(key=lambda d: order[d.name])

    def _dimension(
        self, statement: tree.DimDecl, module: ModuleScope, scope: Scope, main: bool
    ) -> None:
        (identifier, expr), *_ = statement.items
        name = identifier.name
        size: int | Poly | None = None if expr is None else self.size(expr, scope)
        if main and name in self.fixed:
            size = self.fixed[name]
        module.constants.setdefault(name, dimension(name) if size is None else size)
        if main:
            self.found.dims.append(Dim(name, size, statement.doc))
        elif size is None:
            raise error(
                "E0213",
                f"the free dimension `{name}` has no meaning in an imported file",
                identifier.span,
                helps=["patterns of functions bind their own dimensions"],
            )

    def typed_constant(self, statement: tree.ConstDecl, known: Known, scope: Scope) -> Any:
        assert statement.type is not None
        dtype = statement.type.dtype or self.dtype_in(scope)
        stated = self.shape(statement.type, scope) if statement.type.sizes is not None else ()
        data = self.literal(statement.value, stated, scope)
        if any(isinstance(s, Poly) for s in stated):
            raise error("E0307", "the sizes of a constant are fixed", statement.type.span)
        check_fits(dtype, data, statement.value.span)
        sizes = tuple(s for s in stated if isinstance(s, int))
        data = filled(data, sizes) if isinstance(data, tuple) else data
        return ConstArray(statement.name.name, data, dtype, stated)

    # --- inputs and parameters ---

    def declare_input(self, statement: tree.InputDecl, scope: Scope) -> None:
        stated = statement.type
        example = None
        shape = self.shape(stated, scope) if stated and stated.sizes is not None else ()
        if statement.value is not None:
            example = self.literal(statement.value, None, scope)
            if stated is None or stated.sizes is None:
                shape = literal_shape(example)
            elif not could_fill(literal_shape(example), shape):
                raise error(
                    "E0306",
                    f"the example has shape {list(literal_shape(example))}",
                    statement.value.span,
                    labels=[Label(stated.span, "declared here")],
                )
        dtype = (stated.dtype if stated else None) or self.dtype
        if example is not None:
            check_fits(dtype, example, statement.value.span)  # type: ignore[union-attr]
        value = Value(statement.name.name, Type(dtype, shape), named=True)
        scope.values[statement.name.name] = value
        self.found.inputs.append(
            (
                statement.span.start,
                Input(value.name, value, statement.name.span, example, statement.doc),
            )
        )

    def declare_param(
        self, statement: tree.ParamDecl, scope: Scope, path: str, place: int
    ) -> Value:
        kind = self.declared_type(statement, scope)
        shape = kind.shape
        initialiser = self.initialiser(statement, kind, scope)
        if self.unshared:
            initialiser = replace(initialiser, slice_rank=len(shape))
            shape = self.unshared_shape(shape)
        value = Value(path, Type(kind.dtype, shape), named=True)
        self.found.params.append(
            (place, Param(path, value, initialiser, statement.name.span, statement.doc))
        )
        return value

    def declare_in_layer(self, statement: tree.ParamDecl, scope: Scope) -> None:
        """A parameter of a layer: made by the instance's first call, found again by later ones."""
        instance = scope.instance
        assert instance is not None
        name = statement.name.name
        if name not in instance.members:
            instance.members[name] = self.declare_param(
                statement, scope, f"{instance.path}.{name}", self.position
            )
        bound = instance.members[name]
        if self.unshared and isinstance(bound, Value):
            bound = self.slice_of(name, instance.members, bound)
        scope.values[name] = bound

    # --- what goes out ---

    def strong_value(self, bound: Any, span: Span) -> Value:
        """A value of a definite element type, for an output."""
        if isinstance(bound, Value) and not bound.type.weak:
            return bound
        if isinstance(bound, Value):
            return self.builder.emit(self.library.operation("astype"), [bound], (bound.type.dtype,))
        kind = self.operand_type(bound)
        if kind is None or (isinstance(bound, tuple) and array_type(bound) is None):
            raise error("E0305", "an output is an array or a number", span)
        if isinstance(bound, tuple):
            return self.as_value(bound, span)
        if isinstance(bound, Poly):
            return self.strong_value(self.as_value(bound, span), span)
        return self.builder.emit(self.library.operation("array"), (), (bound, kind.dtype, ()))

    def check_free_dimensions(self) -> None:
        """Each free dimension that is used must be given by the shape of some argument."""
        alone: set[str] = set()
        used: dict[str, Span | None] = {}
        arguments = [*self.found.inputs, *self.found.params]
        for _, argument in arguments:
            for size in argument.value.type.shape:
                names = dimensions_of(size)
                if len(names) == 1 and size == dimension(next(iter(names))):
                    alone |= names
                for name in names:
                    used.setdefault(name, argument.span)
        for node in self.builder.nodes:
            for size in _sizes_in((node.attrs, [r.type.shape for r in node.results])):
                for name in dimensions_of(size):
                    used.setdefault(name, node.span)
        for name, span in used.items():
            if name not in alone:
                raise error(
                    "E0310",
                    f"no argument gives the dimension `{name}`",
                    span,
                    helps=[f"an input or parameter with `{name}` alone as a size binds it"],
                )


def _sizes_in(parts: Any) -> Iterator[Poly]:
    """The symbolic sizes in nested tuples and lists."""
    pending = [parts]
    while pending:
        part = pending.pop()
        if isinstance(part, Poly):
            yield part
        elif isinstance(part, tuple | list):
            pending.extend(part)
