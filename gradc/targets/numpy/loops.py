"""Lowering a scan: a `for` loop, what it carries as variables, stacks allocated before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gradc.ir.graph import Value
from gradc.ir.loop import Loop
from gradc.ir.plan import Block, Repetition, Statement
from gradc.targets.numpy import attributes
from gradc.targets.numpy.expression import (
    Atom,
    Attribute,
    Call,
    Expr,
    Items,
    Slice,
    Subscript,
    text,
)
from gradc.targets.numpy.lower import Line, Lowering
from gradc.targets.numpy.spelling import spelling_of


class RoutineLowering(Lowering):
    """Lowers a routine with the scans in it."""

    def loop(self, statement: Statement, repetition: Repetition) -> Line:
        return _Loop(self, statement, repetition).line()


class _Loop:
    def __init__(self, outer: Lowering, statement: Statement, repetition: Repetition):
        loop, body = statement.node.op.loop, repetition.body
        assert loop is not None
        self.outer, self.statement, self.repetition = outer, statement, repetition
        self.node = statement.node
        self.loop: Loop = loop
        self.body: Block = body
        self.inner = RoutineLowering(body, outer.shared, typed=outer.typed, margin=outer.margin + 4)
        self.inner.names = dict(outer.names)
        self.index = outer.shared.names.claim("t")

    def line(self) -> Line:
        loop = self.loop
        before = self._carry()
        before += self._allocate()
        self._capture()
        heads = self._slices()
        heads += self._stack(of_arguments=True)
        self._name_successors()
        self._name_collected()
        lines = self.inner.run()
        tails = self._stack(of_arguments=False) + self._succeed()
        count: Expr = Call(Atom("range"), [attributes.size(loop.count, self.outer.dimension)])
        if loop.reverse:
            count = Call(Atom("reversed"), [count])
        before.append(f"    for {self.index} in {text(count)}:")
        self.outer.used_dims |= self.inner.used_dims
        for value, name in self.inner.names.items():
            self.outer.names.setdefault(value, name)
        if not (heads or lines or tails):
            tails = ["    pass"]
        return Line(self.statement, before, inner=lines, heads=heads, tails=tails)

    @property
    def _results(self) -> Sequence[Value]:
        return self.node.results

    def _carry(self) -> list[str]:
        """`h = h0`: each carried value has one variable, which holds the last one in the end."""
        lines = []
        for i in range(self.loop.carried):
            parameter, result = self.body.arguments[i], self._results[i]
            initial = self.node.operands[i]
            expr = self.outer.reference(initial)
            name = self._variable(parameter, result, initial)
            self.inner.names[parameter] = self.outer.names[result] = name
            if text(expr) != name:
                comment = str(result.type) if self.outer.typed(result) else ""
                lines += self.outer.written(f"{name} = ", expr, comment)
        return lines

    def _variable(self, parameter: Value, result: Value, initial: Value) -> str:
        known = self.outer.shared.spelled.get(result)
        if known is not None:
            return known
        own = self.outer.names.get(initial)
        if own is not None and initial.name == parameter.name and self._is_handed(initial):
            return own
        return self.outer.shared.names.claim(parameter.name or result.name)

    def _is_handed(self, initial: Value) -> bool:
        return any(self.node.operands[i] is initial for i in self.repetition.handed)

    def _allocate(self) -> list[str]:
        lines = []
        for result in self._results[self.loop.carried :]:
            kind = result.type
            sizes = [attributes.size(s, self.outer.dimension) for s in kind.shape]
            shape = sizes[0] if len(sizes) == 1 else Items(sizes)
            empty = Call(Atom("np.empty"), [shape, attributes.dtype(kind.dtype)])
            comment = str(kind) if self.outer.typed(result) else ""
            lines += self.outer.written(f"{self.outer.name(result)} = ", empty, comment)
        return lines

    def _capture(self) -> None:
        operands = self.node.operands
        for i in range(self.loop.captured.start, len(operands)):
            parameter = self.body.arguments[i]
            expr = self.outer.reference(operands[i])
            if isinstance(expr, Atom) and operands[i] not in self.outer.expressions:
                self.inner.names[parameter] = expr.text
            else:
                self.inner.expressions[parameter] = expr

    def _slices(self) -> list[str]:
        """`x_t = x[t]` for each sequence that the body reads."""
        reads = Counter(v for n in self.body.nodes for v in n.operands)
        reads.update(self.body.results)
        lines = []
        for i in range(self.loop.slices.start, self.loop.slices.stop):
            parameter = self.body.arguments[i]
            if not reads[parameter]:
                continue
            axis = self.loop.axes[i - self.loop.carried]
            whole = self.outer.reference(self.node.operands[i])
            if not parameter.named and reads[parameter] == 1:
                self.inner.expressions[parameter] = self._at(whole, axis)
                continue
            name = self.outer.shared.names.claim(parameter.name)
            self.inner.names[parameter] = name
            comment = str(parameter.type) if self.outer.typed(parameter) else ""
            lines += self.inner.written(f"{name} = ", self._at(whole, axis), comment)
        return lines

    def _at(self, whole: Expr, axis: int) -> Expr:
        return Subscript(whole, [*[Slice(None, None, None)] * axis, Atom(self.index)])

    def _stack(self, *, of_arguments: bool) -> list[str]:
        """`ys[t] = y`. What a step was handed is written down before it can be replaced."""
        lines = []
        arguments = set(self.body.arguments)
        collected = zip(
            self.body.results[self.loop.carried :],
            self._results[self.loop.carried :],
            self.loop.stacked,
            strict=True,
        )
        for value, stack, axis in collected:
            if (value in arguments) is of_arguments:
                target = text(self._at(Atom(self.outer.name(stack)), axis))
                if self.inner.names.get(value) != target:
                    lines += self.inner.written(f"{target} = ", self.inner.reference(value), "")
        return lines

    def _name_collected(self) -> None:
        """`ys[t] = …` directly, where the body does nothing else with the value."""
        reads = Counter(v for n in self.body.nodes for v in n.operands)
        reads.update(self.body.results)
        heirs = set(self.inner.shared_names.values())
        direct = {
            s.result
            for s in self.body.statements
            if not (s.into or s.repetition or spelling_of(s.node.op).statements)
        }
        for i in range(self.loop.carried, len(self.body.results)):
            value, stack = self.body.results[i], self.outer.name(self._results[i])
            if value in direct and reads[value] == 1 and value not in heirs:
                place = self._at(Atom(stack), self.loop.stacked[i - self.loop.carried])
                self.inner.names[value] = text(place)

    def _name_successors(self) -> None:
        """`h = …` directly, where this step's h is not read after its successor is made."""
        made = self.body.stated
        for i in range(self.loop.carried):
            parameter, value = self.body.arguments[i], self.body.results[i]
            if value not in made or value in self.inner.names:
                continue
            reads = [n for n, s in enumerate(self.body.statements) if parameter in s.reads]
            # What shares the successor's variable must not be made before the last of them.
            sharing = [
                made[v]
                for v, heir in self.inner.shared_names.items()
                if heir is value and v in made
            ]
            first = min([made[value], *sharing])
            if all(read <= first for read in reads) and not self._handed_on(parameter):
                self.inner.names[value] = self.inner.names[parameter]

    def _handed_on(self, parameter: Value) -> bool:
        """Whether the value of this step is itself carried on or collected at the end."""
        return parameter in self.body.results[: self.loop.carried]

    def _succeed(self) -> list[str]:
        """`h = next_h`, all at once where there are several."""
        targets, values = [], []
        for i in range(self.loop.carried):
            parameter, value = self.body.arguments[i], self.body.results[i]
            expr = self.inner.reference(value)
            name = self.inner.names[parameter]
            if i in self.repetition.copied and value.type.shape:
                expr = Call(Attribute(expr, "copy"), [])
            if text(expr) != name:
                targets.append(name)
                values.append(text(expr))
        if not targets:
            return []
        return [f"    {', '.join(targets)} = {', '.join(values)}"]
