"""State: values that `forward` takes and returns, and the predefined `training`."""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import error
from gradc.ir.graph import Output, Param, Value
from gradc.ir.sizes import Poly
from gradc.ir.types import Type
from gradc.passes.elaborate.bindings import Scope
from gradc.passes.elaborate.initial import Initial, literal_shape
from gradc.passes.elaborate.literals import check_fits
from gradc.passes.elaborate.loops import Loops
from gradc.source import Span
from gradc.syntax import tree


class States(Loops, Initial):
    """Declares state, and what it is in the next call."""

    found: Any
    position: int

    def dtype_in(self, scope: Scope) -> str:
        raise NotImplementedError

    def declared_type(self, statement: tree.ParamDecl | tree.StateDecl, scope: Scope) -> Type:
        """The type of what has a starting value: as it is written, or as the value has it."""
        stated = statement.type
        if stated is not None and stated.sizes is not None:
            shape = self.shape(stated, scope)
        elif statement.value is not None:
            shape = literal_shape(self.literal(statement.value, None, scope))
        else:
            shape = ()
        return Type((stated.dtype if stated else None) or self.dtype_in(scope), shape)

    def declare_state(
        self, statement: tree.StateDecl, scope: Scope, path: str, place: int
    ) -> Value:
        """A value that `forward` is given and hands on."""
        if self.unshared or self.nesting:
            raise error(
                "E0502", "`state` within a `scan` is not supported yet", statement.name.span
            )
        kind = self.declared_type(statement, scope)
        if any(isinstance(s, Poly) for s in kind.shape):
            raise error(
                "E0307", "the sizes of state are fixed, since it has a starting value",
                statement.name.span,
            )  # fmt: skip
        as_param = tree.ParamDecl(
            statement.span, statement.name, statement.type, None, statement.value, statement.doc
        )
        initialiser = self.initialiser(as_param, kind, scope)
        if initialiser.data is not None and statement.value is not None:
            check_fits(kind.dtype, initialiser.data, statement.value.span)
        value = Value(path, kind, named=True)
        state = Param(path, value, initialiser, statement.name.span, statement.doc)
        self.found.states.append((place, state))
        return value

    def state_in_layer(self, statement: tree.StateDecl, scope: Scope) -> None:
        """State of a layer: what an earlier call of the instance made of it, or what was given."""
        instance = scope.instance
        assert instance is not None
        name = statement.name.name
        path = f"{instance.path}.{name}"
        if name not in instance.members:
            instance.members[name] = self.declare_state(statement, scope, path, self.position)
        update = self.found.updates.get(path)
        scope.values[name] = update.value if update is not None else instance.members[name]

    def run_update(self, statement: tree.Update, scope: Scope) -> None:
        """`update mean = …`: the state's value in the next call."""
        name = statement.name.name
        path = f"{scope.instance.path}.{name}" if scope.instance else name
        states = {s.name: s for _, s in self.found.states}
        if path not in states:
            raise error("E0201", f"no state is called `{name}`", statement.name.span)
        if path in self.found.updates and scope.instance is None:
            raise error("E0202", f"`{name}` is updated twice", statement.name.span)
        kind = states[path].value.type
        with self.named(name):
            value = self.strong_value(self.evaluate(statement.value, scope), statement.value.span)
        if value.type.shape != kind.shape or (value.type.dtype != kind.dtype and not kind.is_float):
            raise error(
                "E0306", f"`{name}` is {kind}, its update {value.type}", statement.value.span,
                str(value.type),
            )  # fmt: skip
        if value.type.dtype != kind.dtype:
            value = self.builder.emit(self.library.operation("astype"), [value], (kind.dtype,))
        self.found.updates[path] = Output(path, value, statement.name.span)

    def training(self, span: Span) -> Value:
        """The predefined bool that is false unless the caller says otherwise."""
        if self.found.training is None:
            self.found.training = Value("training", Type("bool"), named=True)
        value: Value = self.found.training
        return value
