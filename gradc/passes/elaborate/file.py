"""A whole file: its declarations, its statements in order, and what goes in and out.

As many diagnostics as possible are gathered in one run: a statement that fails poisons its
targets, and what uses those is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gradc.diagnostics import Diagnostic, DiagnosticError, error, near_miss
from gradc.ir.builder import Builder
from gradc.ir.graph import Graph, Node, Origin, Output, Value
from gradc.ir.operation import Operation
from gradc.passes.elaborate.bindings import (
    POISON,
    PREDEFINED,
    Catalogue,
    Function,
    ModuleScope,
    Scope,
)
from gradc.passes.elaborate.expressions import Poisoned
from gradc.passes.elaborate.found import Found, in_file_order, in_order, updates_of
from gradc.passes.elaborate.loops import Unshared
from gradc.passes.elaborate.modules import Modules, Opener, declared_dtype
from gradc.passes.elaborate.order import binders, bound_names, order_statements, used_names
from gradc.source import Source, Span
from gradc.syntax import tree


class File(Modules):
    """Elaborates one file against a library."""

    def __init__(
        self,
        library: Catalogue,
        module: ModuleScope,
        fixed: Mapping[str, int] | None = None,
        imports: Opener | None = None,
    ):
        self.library = library
        self.module = module
        self.builder = Builder(library, Origin(None, ""))
        self.imports = imports
        self.loaded: dict[Source, ModuleScope] = {}
        self.loading: list[Source] = []
        self.fixed = dict(fixed or {})
        self.active: list[Function] = []
        self.unshared: list[Unshared] = []
        self.calls: dict[tuple[object, ...], Operation] = {}
        self.orders: dict[tree.FnDef, list[int]] = {}
        self.found = Found()
        self.position = 0
        self.loss: tree.Identifier | None = None
        self.told_loss = ""

    def elaborate(self, module: tree.Module, wrt: Iterable[str] | None = None) -> Graph:
        """The graph of a file. Raises DiagnosticError with all that was found."""
        scope = Scope(self.module, {}, top=True)
        self.scope = scope
        values: list[tree.Statement] = []
        rest: list[tree.Statement] = []
        for statement in module.statements:
            is_value = isinstance(statement, tree.Assign | tree.Scan | tree.Update)
            (values if is_value else rest).append(statement)
        self._declare(module, rest, scope)
        for name in self.fixed:
            if all(d.name != name for d in self.found.dims):
                helps = near_miss(name, [d.name for d in self.found.dims])
                self.note(error("E0503", f"the file has no dimension `{name}`", None, helps=helps))
        self._run(values, module, scope)
        for statement in rest:
            if isinstance(statement, tree.Mark):
                self._try(lambda s=statement: self.mark(s, scope), statement, scope)
        names = tuple(wrt) if wrt is not None else None
        chosen = self.gradient_names(module, names)
        if any(d.is_error for d in self.found.diagnostics):
            raise DiagnosticError(self.found.diagnostics)
        with self.kept():
            self.check_free_dimensions()
        if not self.found.outputs:
            self.note(_nothing_returned())
        if any(d.is_error for d in self.found.diagnostics):
            raise DiagnosticError(self.found.diagnostics)
        return Graph(
            dims=tuple(self.found.dims),
            inputs=in_order(self.found.inputs),
            params=in_order(self.found.params),
            nodes=in_file_order(self.builder.nodes),
            outputs=in_order(self.found.outputs),
            loss=self.loss.name if self.loss else None,
            wrt=chosen,
            checks=tuple(dict.fromkeys(self.builder.checks)),
            doc=module.doc,
            states=in_order(self.found.states),
            updates=updates_of(self.found),
            training=self.found.training,
        )

    def _declare(self, module: tree.Module, statements: list[tree.Statement], scope: Scope) -> None:
        """Everything but values: what stands in a file for functions to see comes first."""
        with self.kept():
            self.module.dtype = declared_dtype(module)
        self.loading.append(module.source)
        self.declare_imports(module, self.module)
        self.declare_functions(statements, self.module)
        self.declare_constants(statements, self.module, main=True)
        for statement in statements:
            self._try(lambda s=statement: self._declare_one(s, scope), statement, scope)

    def _declare_one(self, statement: tree.Statement, scope: Scope) -> None:
        if isinstance(statement, tree.InputDecl):
            self.declare_input(statement, scope)
        elif isinstance(statement, tree.ParamDecl):
            place = statement.span.start
            value = self.declare_param(statement, scope, statement.name.name, place)
            scope.values[statement.name.name] = value
        elif isinstance(statement, tree.StateDecl):
            place, name = statement.span.start, statement.name.name
            scope.values[name] = self.declare_state(statement, scope, name, place)
        elif isinstance(statement, tree.Return):
            raise error("E0208", "`return` stands at the end of a function", statement.span)

    def _run(self, values: list[tree.Statement], module: tree.Module, scope: Scope) -> None:
        """The statements that bind values, each after what it needs."""
        binders(module.statements, self.found.diagnostics)
        owner = binders(values, [])
        kept = [s for i, s in enumerate(values) if all(owner[n.name] == i for n in bound_names(s))]
        values = kept if len(kept) < len(values) else values
        order, failure = order_statements(
            values, binders(values), lambda name: self.is_function(name, scope.module)
        )
        if failure is not None:
            self.found.diagnostics.extend(failure.diagnostics)
            for index in set(range(len(values))) - set(order):
                for identifier in bound_names(values[index]):
                    scope.values[identifier.name] = POISON
        for index in order:
            statement = values[index]
            self.position = statement.span.start
            self._try(lambda s=statement: self.run_top(s, scope), statement, scope)

    def _try(self, action: object, statement: tree.Statement, scope: Scope) -> None:
        """Runs an action; a failure is kept, and poisons what the statement binds."""
        try:
            action()  # type: ignore[operator]
            return
        except DiagnosticError as failure:
            self.found.diagnostics.extend(failure.diagnostics)
            self.found.diagnostics.extend(self._also_unknown(statement, scope))
        except Poisoned:
            self.found.diagnostics.extend(self._also_unknown(statement, scope))
        for identifier in bound_names(statement):
            scope.values[identifier.name] = POISON

    def _also_unknown(self, statement: tree.Statement, scope: Scope) -> Iterator[Diagnostic]:
        """The unknown names of a statement that failed before it came to them."""
        told = {d.span.start for d in self.found.diagnostics if d.span is not None}
        parts: object = statement
        if isinstance(statement, tree.ParamDecl) and statement.initialiser is not None:
            drawn = statement.initialiser
            parts = (statement.type, drawn.args if isinstance(drawn, tree.Call) else ())
        for name, span in used_names(parts):
            if span.start not in told and not self._is_known(name, scope):
                yield from self.unknown_name(name, span, scope).diagnostics

    def _is_known(self, name: str, scope: Scope) -> bool:
        module = scope.module
        return (
            name in scope.values
            or name in PREDEFINED
            or any(name in names for names in (module.constants, module.functions, module.modules))
            or self.library.find_callable(name, module.trusted) is not None
        )

    def declarations_of(self, values: Iterable[Value]) -> list[str]:
        blamed = list(values)
        declared = [*self.found.inputs, *self.found.params]
        return [
            f"`{a.name}` is declared on line {a.span.line}"
            for _, a in declared
            if a.span is not None and any(v is a.value for v in blamed)
        ]

    def run_top(self, statement: tree.Statement, scope: Scope) -> None:
        """One statement of the file itself that binds values."""
        if isinstance(statement, tree.Scan):
            outer = self.builder.origin
            self.builder.origin = Origin(statement.span, statement.carried[0].name)
            try:
                self.run_scan(statement, scope)
            finally:
                self.builder.origin = outer
        elif isinstance(statement, tree.Update):
            outer = self.builder.origin
            self.builder.origin = Origin(statement.span, "")
            try:
                self.run_update(statement, scope)
            finally:
                self.builder.origin = outer
        elif isinstance(statement, tree.Assign):
            self._run_assign(statement, scope)

    def _run_assign(self, statement: tree.Assign, scope: Scope) -> None:
        prefix = next((t.name.name for t in statement.targets if t.name.name != "_"), "_")
        outer = self.builder.origin
        self.builder.origin = Origin(statement.span, prefix)
        try:
            self._check_role(statement)
            bound = self.assign(statement, scope)
            for target, value in bound if statement.role else ():
                if target.name.name != "_":
                    self.add_output(target.name, value, statement)
            if statement.role == "loss":
                self.set_loss(statement.targets[0].name)
        finally:
            self.builder.origin = outer

    def _check_role(self, statement: tree.Assign) -> None:
        if statement.role == "next" or statement.axis is not None:
            word = "next" if statement.role == "next" else "axis"
            raise error("E0208", f"`{word}` stands in the body of a `scan`", statement.span)
        if statement.role == "loss" and len(statement.targets) > 1:
            span = statement.targets[1].span
            raise error("E0401", "a loss is one value", span)
        if statement.role and all(t.name.name == "_" for t in statement.targets):
            message = "`_` discards a result, so it is no output"
            raise error("E0111", message, statement.targets[0].span)

    def mark(self, statement: tree.Mark, scope: Scope) -> None:
        """`output p, q` or `loss J` over values defined elsewhere."""
        for identifier in statement.names:
            name = identifier.name
            value = self.lookup(name, identifier.span, scope)
            known = any(o.name == name for _, o in self.found.outputs)
            if statement.role == "loss":
                if not known:
                    self.add_output(identifier, value, statement)
                self.set_loss(identifier)
            elif known and self.loss is not None and self.loss.name == name != self.told_loss:
                self.told_loss = name  # a loss is an output anyway; once may say so
            else:
                self.add_output(identifier, value, statement)

    def add_output(
        self, identifier: tree.Identifier, bound: object, statement: tree.Statement
    ) -> None:
        if any(o.name == identifier.name for _, o in self.found.outputs):
            raise error("E0202", f"`{identifier.name}` is an output already", identifier.span)
        value = self.strong_value(bound, identifier.span)
        if value is not bound and not value.named:
            value.name = identifier.name
        doc = getattr(statement, "doc", "")
        self.found.outputs.append(
            (statement.span.start, Output(identifier.name, value, identifier.span, doc))
        )

    def set_loss(self, identifier: tree.Identifier) -> None:
        """The scalar that is differentiated."""
        if self.loss is not None:
            raise error(
                "E0401",
                "a graph has at most one loss",
                identifier.span,
                helps=[f"`{self.loss.name}` is one already"],
            )
        self.loss = identifier
        value = next(o.value for _, o in self.found.outputs if o.name == identifier.name)
        if value.type.shape:
            raise error(
                "E0401",
                f"the loss is a scalar, `{identifier.name}` is {value.type}",
                identifier.span,
                helps=["`sum(…)` or `mean(…)` makes it one"],
            )
        if not value.type.is_float:
            raise error(
                "E0401",
                f"the loss carries a derivative, so it is a float; this is {value.type}",
                identifier.span,
            )

    def gradient_names(self, module: tree.Module, wrt: tuple[str, ...] | None) -> tuple[str, ...]:
        """What `backward` differentiates by: `--wrt`, the `wrt` statement, or all parameters."""
        places: dict[str, Span | None] = {}
        if wrt is not None:
            places = dict.fromkeys(wrt)
        else:
            declared = [s for s in module.statements if isinstance(s, tree.WrtDecl)]
            if not declared:
                return tuple(p.name for p in in_order(self.found.params) if p.value.type.is_float)
            for path in (p for s in declared for p in s.paths):
                if path.name in places:
                    self.note(error("E0202", f"`wrt` names `{path.name}` twice", path.span))
                places.setdefault(path.name, path.span)
        known = {p.name: p.value for p in in_order(self.found.params)}
        known.update({i.name: i.value for _, i in self.found.inputs})
        for name, span in places.items():
            if name not in known:
                first = name.split(".")[0]
                if self.scope.values.get(first, self.module.constants.get(first)) is POISON:
                    continue
                message = f"nothing is called `{name}`"
                if self._is_known(name, self.scope):
                    message = f"`{name}` is neither an input nor a parameter"
                self.note(error("E0403", message, span, helps=near_miss(name, known)))
            elif not known[name].type.is_float:
                message = f"`{name}` is {known[name].type}; it carries no derivative"
                self.note(error("E0403", message, span))
        return tuple(places)

    def producer_of(self, value: Value) -> Node | None:
        return next((n for n in reversed(self.builder.nodes) if value in n.results), None)


def _nothing_returned() -> DiagnosticError:
    return error(
        "E0211",
        "the file returns nothing",
        None,
        helps=[
            "`output p` or `loss J` says what `forward` returns",
            "a file of functions and layers alone is there to be imported",
        ],
    )
