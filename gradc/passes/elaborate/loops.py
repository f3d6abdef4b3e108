"""Scans: a body elaborated once, with what it carries, walks along, collects and captures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gradc.diagnostics import Label, error
from gradc.ir.builder import Builder
from gradc.ir.graph import Fragment, Origin, Value
from gradc.ir.loop import (
    Loop,
    captured_values,
    loop_operation,
    renamed_operands,
    sliced_type,
)
from gradc.ir.sizes import Size
from gradc.ir.types import Type, TypeMismatch, broadcast, promote
from gradc.passes.elaborate.bindings import Bound, Instance, Scope, describe
from gradc.passes.elaborate.calls import Calls
from gradc.passes.elaborate.order import sort_statements
from gradc.source import Span
from gradc.syntax import tree

MAX_LOOPS = 8
"""How deep scans may nest: Python allows 20 blocks in each other."""

_ROUNDS = 4  # in which the types of what is carried must settle


@dataclass(slots=True, eq=False)
class Unshared:
    """An unshared scan whose body is being elaborated: each parameter is walked along axis 0."""

    count: Size
    slices: dict[str, tuple[Value, Value]] = field(default_factory=dict)  # path -> (whole, slice)
    members: dict[str, tuple[dict[str, Bound], str]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Walked:
    """A sequence that a scan walks along, or a parameter of an unshared one."""

    whole: Value
    axis: int
    slice: Value


class Loops(Calls):
    """Runs `scan` statements."""

    unshared: list[Unshared]

    def run_scan(self, scan: tree.Scan, scope: Scope) -> list[tuple[tree.Identifier, Value]]:
        """Binds the last values and the stacks of a scan; returns what it binds."""
        if len(self.unshared) + self.nesting >= MAX_LOOPS:
            raise error("E0205", f"scans nest deeper than {MAX_LOOPS}", scan.carried[0].span)
        if len(scan.initial) != len(scan.carried):
            raise error(
                "E0206",
                f"{len(scan.carried)} names carried, {len(scan.initial)} initial values",
                scan.carried[0].span,
            )
        walked, count = self._sequences(scan, scope)
        initial = [self.strong_value(self.evaluate(e, scope), e.span) for e in scan.initial]
        context = Unshared(count) if scan.unshared else None
        if context is not None and not isinstance(count, int):
            raise error("E0307", "`unshared` needs a fixed count", scan.carried[0].span)
        return self._settle(scan, scope, initial, walked, count, context)

    nesting: int = 0

    def _sequences(self, scan: tree.Scan, scope: Scope) -> tuple[list[Walked], Size]:
        """What is walked along, and how many steps that makes."""
        walked: list[Walked] = []
        count: Size | None = None
        place = scan.carried[0].span
        if scan.times is not None:
            count, place = self.size(scan.times, scope), scan.times.span
        for over in scan.over:
            value = self.evaluate_value(over.sequence, scope)
            axis = self._axis(over.axis, scope, value.type.rank, over.sequence.span)
            if value.type.rank == 0:
                raise error("E0303", "a scalar cannot be walked along", over.sequence.span)
            found = value.type.shape[axis]
            if count is None:
                count, place = found, over.sequence.span
            elif count != found:
                raise error(
                    "E0302", f"the steps do not agree: {found} is not {count}",
                    over.sequence.span, str(value.type), [Label(place, f"{count} steps")],
                )  # fmt: skip
            element = Value(over.target.name, sliced_type(value.type, axis), named=True)
            walked.append(Walked(value, axis, element))
        if count is None:
            raise error("E0208", "a scan says `over` a sequence or `times` a count", place)
        return walked, count

    def _axis(self, expr: tree.Expr | None, scope: Scope, rank: int, span: Span) -> int:
        if expr is None:
            return 0
        axis = self.evaluate_known(expr, scope, "the axis of a scan")
        if isinstance(axis, bool) or not isinstance(axis, int) or not -rank <= axis < rank:
            raise error("E0303", f"there is no axis {describe(axis)} among {rank}", expr.span)
        return axis % rank

    def _settle(
        self,
        scan: tree.Scan,
        scope: Scope,
        initial: list[Value],
        walked: list[Walked],
        count: Size,
        context: Unshared | None,
    ) -> list[tuple[tree.Identifier, Value]]:
        """Elaborates the body until the types of what is carried stay what they are."""
        instances: dict[str, Instance] = {}
        for _ in range(_ROUNDS):
            carried = [
                Value(n.name, v.type, named=scope.top)
                for n, v in zip(scan.carried, initial, strict=True)
            ]
            body = Scope(scope.module, {**scope.values, **instances}, scope.instance, scope.top)
            body.values.update({n.name: v for n, v in zip(scan.carried, carried, strict=True)})
            body.values.update({
                o.target.name: w.slice for o, w in zip(scan.over, walked, strict=True)
            })  # fmt: skip
            nexts, collected, builder = self._body(scan, body, context)
            instances = {
                n: v
                for n, v in body.values.items()
                if isinstance(v, Instance) and scope.values.get(n) is not v
            }
            widened = [
                self._widened(v, n, i) for v, n, i in zip(initial, nexts, scan.carried, strict=True)
            ]
            if all(a is b for a, b in zip(widened, initial, strict=True)):
                return self._finish(
                    scan, scope, initial, carried, walked, count, context, nexts, collected,
                    builder, instances,
                )  # fmt: skip
            initial = widened
        raise error("E0306", "what is carried grows with every step", scan.carried[0].span)

    def _widened(self, value: Value, following: Value, name: tree.Identifier) -> Value:
        """The initial value in the type that its successor has."""
        if value.type == following.type:
            return value
        try:
            kind = Type(
                promote([value.type, following.type])[0],
                broadcast([value.type.shape, following.type.shape]),
            )
        except TypeMismatch:
            kind = value.type
        if kind == value.type or kind.rank > value.type.rank + 8:
            raise error(
                "E0306",
                f"`{name.name}` is {value.type}, and {following.type} in the next step",
                name.span,
            )
        if kind.dtype != value.type.dtype:
            value = self.builder.emit(self.library.operation("astype"), [value], (kind.dtype,))
        if kind.shape != value.type.shape:
            op = self.library.operation("broadcast_to")
            value = self.builder.emit(op, [value], (kind.shape,))
        return value

    def _body(
        self, scan: tree.Scan, scope: Scope, context: Unshared | None
    ) -> tuple[list[Value], list[tuple[tree.Identifier, Value, int]], Builder]:
        outer = self.builder.origin
        if context is not None:
            self.unshared.append(context)
        self.nesting += context is None
        try:
            with self.apart() as builder:
                collected: list[tuple[tree.Identifier, Value, int]] = []
                statements = scan.body
                order = sort_statements(
                    statements, is_function=lambda n: self.is_function(n, scope.module)
                )
                for position in order:
                    self._run_in_body(statements[position], scope, outer, collected)
                nexts = []
                for name in scan.carried:
                    found = scope.values.get(f"next {name.name}")
                    if found is None:
                        raise error("E0208", f"the scan does not say `next {name.name}`", name.span)
                    nexts.append(self.strong_value(found, name.span))
                return nexts, collected, builder
        finally:
            self.nesting -= context is None
            if context is not None:
                self.unshared.pop()

    def _run_in_body(
        self,
        statement: tree.Statement,
        scope: Scope,
        outer: Origin,
        collected: list[tuple[tree.Identifier, Value, int]],
    ) -> None:
        span = statement.span if scope.top else outer.span
        prefix = "" if scope.top else outer.prefix
        self.builder.origin = Origin(span, prefix)
        if isinstance(statement, tree.Scan):
            self.builder.origin = Origin(span, prefix or statement.carried[0].name)
            self.run_scan(statement, scope)
        elif isinstance(statement, tree.Mark) and statement.role == "output":
            for name in statement.names:
                value = self.strong_value(self.lookup(name.name, name.span, scope), name.span)
                collected.append((name, value, 0))
        elif isinstance(statement, tree.Assign) and statement.role == "next":
            self._next_values(statement, scope)
        elif isinstance(statement, tree.Assign) and statement.role in ("", "output"):
            target = statement.targets[0].name.name
            with self.named(target if target != "_" else "step"):
                bound = self.assign(statement, scope)
            if statement.role == "output":
                for t, v in bound:
                    value = self.strong_value(v, t.span)
                    axis = self._axis(statement.axis, scope, value.type.rank + 1, t.span)
                    collected.append((t.name, value, axis))
        else:
            raise error("E0208", "this statement cannot stand in a scan", statement.span)

    def _next_values(self, statement: tree.Assign, scope: Scope) -> None:
        """`next h, c = …` binds the names of the next step, which `next h` reads."""
        renamed = tree.Assign(
            statement.span,
            tuple(
                tree.Target(tree.Identifier(t.span, f"next {t.name.name}"), t.type)
                for t in statement.targets
            ),
            statement.value,
        )
        with self.named(statement.targets[0].name.name):
            bound = self.assign(renamed, scope)
        for target, value in bound:
            if isinstance(value, Value) and value.name == target.name.name:
                value.name = target.name.name.replace("next ", "next_")

    def _finish(
        self,
        scan: tree.Scan,
        scope: Scope,
        initial: Sequence[Value],
        carried: Sequence[Value],
        walked: Sequence[Walked],
        count: Size,
        context: Unshared | None,
        nexts: Sequence[Value],
        collected: Sequence[tuple[tree.Identifier, Value, int]],
        builder: Builder,
        instances: dict[str, Instance],
    ) -> list[tuple[tree.Identifier, Value]]:
        """The node of the scan, and its results bound around it."""
        walked = list(walked)
        if context is not None:
            walked += [Walked(whole, 0, part) for whole, part in context.slices.values()]
        own = [*carried, *(w.slice for w in walked)]
        results = [*nexts, *(v for _, v, _ in collected)]
        captured = captured_values(builder.nodes, own)
        made = {r for n in builder.nodes for r in n.results} | set(own)
        captured += [v for v in dict.fromkeys(results) if v not in made and v not in captured]
        inside = {v: Value(v.name, v.type, v.named) for v in captured}
        loop = Loop(
            Fragment(
                (*own, *inside.values()),
                tuple([renamed_operands(n, inside) for n in builder.nodes]),
                tuple(inside.get(r, r) for r in results),
            ),
            len(initial),
            tuple(w.axis for w in walked),
            tuple(axis for _, _, axis in collected),
            count,
        )
        self.builder.checks.extend(builder.checks)
        names = [*(n.name for n in scan.carried), *(n.name for n, _, _ in collected)]
        op = loop_operation(loop, names)
        operands = [*initial, *(w.whole for w in walked), *captured]
        made_values = self.builder.emit_all(op, operands)
        bound = list(zip([*scan.carried, *(n for n, _, _ in collected)], made_values, strict=True))
        for identifier, value in bound:
            value.named = scope.top
            if scope.top:
                value.name = identifier.name
            scope.values[identifier.name] = value
        self._export(scope, instances, context)
        return bound

    def _export(
        self, scope: Scope, instances: dict[str, Instance], context: Unshared | None
    ) -> None:
        """Layers of the body are known outside; unshared parameters there have all slices."""
        for name, instance in instances.items():
            if name not in scope.values:
                scope.values[name] = Instance(
                    instance.path, instance.layer, instance.arguments, instance.span,
                    members=instance.members,
                )  # fmt: skip
        if context is None:
            return
        for path, (members, name) in context.members.items():
            members[name] = context.slices[path][0]

    def slice_of(self, name: str, members: dict[str, Bound], whole: Value) -> Value:
        """What the body of unshared scans sees of a parameter: one slice for each of them."""
        value = whole
        for context in self.unshared:
            found = context.slices.get(whole.name)
            if found is None:
                kind = sliced_type(value.type, 0)
                found = (value, Value(f"{value.name}_t", kind))
                context.slices[whole.name] = found
            context.members.setdefault(whole.name, (members, name))
            value = found[1]
        return value

    def seen_as(self, parameter: Value) -> Value:
        for context in self.unshared:
            if parameter.name in context.slices:
                parameter = context.slices[parameter.name][1]
        return parameter

    def forget_slices(self, parameter: Value) -> None:
        for context in self.unshared:
            context.slices.pop(parameter.name, None)
            context.members.pop(parameter.name, None)

    def unshared_shape(self, shape: tuple[Size, ...]) -> tuple[Size, ...]:
        """The shape of a parameter with the axes of the unshared scans around it."""
        return (*(c.count for c in self.unshared), *shape)
