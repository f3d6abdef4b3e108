"""Lowering a scan: a `for` loop, what it carries as variables, stacks allocated before it."""

from __future__ import annotations

from gradc.ir.graph import Value
from gradc.ir.loop import Loop
from gradc.ir.plan import Block, Repetition, Statement
from gradc.targets.numpy.lower import Lowering
from gradc.targets.python import attributes
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Call,
    Expr,
    Items,
    Slice,
    Subscript,
    text,
)
from gradc.targets.python.layout import assigned_together
from gradc.targets.told.lines import Line


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
        self.index = outer.counters[0]
        self.inner = RoutineLowering(
            body, outer.shared, outer.names, typed=outer.typed, margin=outer.margin + 4,
            counters=outer.counters[1:],
        )  # fmt: skip

    def line(self) -> Line:
        loop = self.loop
        before = self._carry() + self._allocate()
        self._capture()
        heads = self._slices() + self._stack(of_arguments=True)
        self._place()
        lines = self.inner.run()
        tails = self._stack(of_arguments=False) + self._succeed()
        count: Expr = Call(Atom("range"), [attributes.size(loop.count, self.outer.dimension)])
        if loop.reverse:
            count = Call(Atom("reversed"), [count])
        before.append(f"    for {self.index} in {text(count)}:")
        self.outer.used_dims |= self.inner.used_dims
        if not (heads or lines or tails):
            tails = ["    pass"]
        return Line(self.statement, before, inner=lines, heads=heads, tails=tails)

    def _carry(self) -> list[str]:
        """`h = h0`: each carried value has one variable, which holds the last one in the end."""
        lines = []
        for i in range(self.loop.carried):
            result, name = self.node.results[i], self.outer.names[self.body.arguments[i]]
            expr = self.outer.reference(self.node.operands[i])
            if text(expr) != name:
                says_type = isinstance(expr, Call)  # `np.zeros(…)`
                typed = self.outer.typed(result) and not says_type
                comment = str(result.type) if typed else ""
                lines += self.outer.written(f"{name} = ", expr, comment)
        return lines

    def _allocate(self) -> list[str]:
        lines = []
        for result in self.node.results[self.loop.carried :]:
            kind = result.type
            sizes = [attributes.size(s, self.outer.dimension) for s in kind.shape]
            shape = sizes[0] if len(sizes) == 1 else Items(sizes)
            empty = Call(Atom("np.empty"), [shape, attributes.dtype(kind.dtype)])
            lines += self.outer.written(f"{self.outer.name(result)} = ", empty)
        return lines

    def _capture(self) -> None:
        """What is no variable around the loop is none within."""
        captured = self.loop.captured
        for outer, inner in zip(
            self.node.operands[captured], self.body.arguments[captured], strict=True
        ):
            if outer in self.outer.expressions:
                self.inner.expressions[inner] = self.outer.expressions[outer]

    def _slices(self) -> list[str]:
        """`x_t = x[t]` for each sequence that the body reads."""
        lines = []
        for i in range(self.loop.slices.start, self.loop.slices.stop):
            parameter, axis = self.body.arguments[i], self.loop.axes[i - self.loop.carried]
            element = self._at(self.outer.reference(self.node.operands[i]), axis)
            if i in self.repetition.inlined:
                self.inner.expressions[parameter] = element
            elif self._is_read(parameter):
                comment = str(parameter.type) if self.outer.typed(parameter) else ""
                head = f"{self.outer.names[parameter]} = "
                lines += self.inner.written(head, element, comment)
        return lines

    def _is_read(self, parameter: Value) -> bool:
        nodes, results = self.body.nodes, self.body.results
        return parameter in results or any(parameter in n.operands for n in nodes)

    def _at(self, whole: Expr, axis: int) -> Expr:
        return Subscript(whole, [*[Slice(None, None, None)] * axis, Atom(self.index)])

    def _element(self, position: int) -> Expr:
        """Where a collected value goes in its stack."""
        stack = self.outer.reference(self.node.results[position])
        return self._at(stack, self.loop.stacked[position - self.loop.carried])

    def _place(self) -> None:
        """`ys[t] = …` directly, where the body does nothing else with the value."""
        for i in self.repetition.placed:
            self.inner.expressions[self.body.results[i]] = self._element(i)

    def _stack(self, *, of_arguments: bool) -> list[str]:
        """`ys[t] = y`. What a step was handed is written down before it can be replaced."""
        lines = []
        for i in range(self.loop.carried, len(self.body.results)):
            value = self.body.results[i]
            early = value in self.body.arguments
            if early is of_arguments and i not in self.repetition.placed:
                head = f"{text(self._element(i))} = "
                lines += self.inner.written(head, self.inner.reference(value), "")
        return lines

    def _succeed(self) -> list[str]:
        """`h = next_h`, all at once where there are several."""
        targets: list[str] = []
        values: list[Expr] = []
        for i in range(self.loop.carried):
            parameter, value = self.body.arguments[i], self.body.results[i]
            expr = self.inner.reference(value)
            name = self.inner.names[parameter]
            if i in self.repetition.copied and value.type.shape:
                expr = Call(Attribute(expr, "copy"), [])
            if text(expr) != name:
                targets.append(name)
                values.append(expr)
        return assigned_together(targets, values, self.inner.margin)
