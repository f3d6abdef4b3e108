"""Lowering a scan: a `for` loop, what it carries as variables, stacks allocated before it."""

from __future__ import annotations

from gradc.ir.node import Collected, Value
from gradc.ir.plan import Repetition, Statement
from gradc.ir.sizes import Poly, dimensions_of, product
from gradc.ir.types import Type
from gradc.targets.numpy.lower import Lowering
from gradc.targets.python import attributes
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Binary,
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
        self.outer, self.statement, self.repetition = outer, statement, repetition
        self.scan = repetition.scan
        self.index = outer.counters[0] if self.scan.rows is None else outer.blocks.block
        self.inner = RoutineLowering(
            repetition.body, outer.shared, outer.names, typed=outer.typed,
            annotations=outer.annotations, margin=outer.margin + 4, counters=outer.counters[1:],
            blocks=outer.blocks, in_blocks=self.scan.rows is not None, held=outer.held_arrays,
            is_plain=outer.is_plain, is_fast=outer.is_fast,
        )  # fmt: skip

    def line(self) -> Line:
        scan = self.scan
        before = self._carry() + self._allocate()
        self._capture()
        self.outer.floats |= self._numbers()
        self.inner.floats |= self.outer.floats
        self.inner.sure |= self.outer.sure
        heads = self._slices() + self._stack(of_arguments=True)
        self._place()
        lines = self.inner.run()
        tails = self._stack(of_arguments=False) + self._keep() + self._succeed()
        if scan.rows is None:
            before.append(self._one_by_one())
        else:
            heads = [*self._block(scan.rows, before), *heads]
        self.outer.used_dims |= self.inner.used_dims
        if not (heads or lines or tails):
            tails = ["    pass"]
        return Line(self.statement, before, inner=lines, heads=heads, tails=tails)

    def _numbers(self) -> set[Value]:
        """What is carried and may be a float of Python's, as it starts or as a step leaves it."""
        if not self.outer.is_fast:
            return set()
        carried = [s for s in self.scan.carried if s.parameter.type == Type("f64")]
        return {v for slot in carried for v in (slot.parameter, slot.result)}

    def _one_by_one(self) -> str:
        """`for t in range(T):`"""
        count: Expr = Call(Atom("range"), [attributes.size(self.scan.count, self.outer.dimension)])
        if self.scan.reverse:
            count = Call(Atom("reversed"), [count])
        return f"    for {self.index} in {text(count)}:"

    def _block(self, rows: Poly, before: list[str]) -> list[str]:
        """`for start in range(0, N, 65_536):`, and what a block is."""
        names, scan = self.outer.blocks, self.scan
        assert scan.block is not None, "it goes in blocks"
        step = attributes.size(scan.block, self.outer.dimension)
        if not isinstance(scan.block, int):
            before += self.outer.written(f"{names.step} = ", step)
            step = Atom(names.step)
        count = attributes.size(scan.count, self.outer.dimension)
        steps = Call(Atom("range"), [Atom("0"), count, step])
        before.append(f"    for {names.start} in {text(steps)}:")
        end = Binary("+", Atom(names.start), step)
        heads = [f"    {names.block} = {text(Call(Atom('slice'), [Atom(names.start), end]))}"]
        (name,) = dimensions_of(rows)
        parts = self._cut(self.inner.dimension(name)) if self._in_blocks() else []
        if name in self.inner.used_dims:
            self.inner.used_dims.remove(name)
            left = Call(Atom("min"), [step, Binary("-", count, Atom(names.start))])
            heads.append(f"    {self.outer.shared.dims[name]} = {text(left)}")
        return heads + parts

    def _in_blocks(self) -> list[Value]:
        """The arrays of which this loop sees as many elements as a block has."""
        blocks = self.outer.held_arrays.workspace.blocks
        return [value for value, loop in blocks.items() if loop is self.scan]

    def _cut(self, rows: str) -> list[str]:
        """`if rows < len(z):`, the arrays as short as the last block."""
        values = self._in_blocks()
        arrays = [self.outer.names[v] for v in values]
        short = [self._short(v, rows) for v in values]
        margin = self.inner.margin + 4
        lines = assigned_together(arrays, short, margin)
        if len(lines) > 1:
            pairs = zip(arrays, short, strict=True)
            lines = [line for a, x in pairs for line in assigned_together([a], [x], margin)]
        axis = values[0].type.shape.index(self.scan.rows)
        length = f"{arrays[0]}.shape[{axis}]" if axis else f"len({arrays[0]})"
        return [f"    if {rows} < {length}:", *[f"    {line}" for line in lines]]

    def _short(self, value: Value, rows: str) -> Expr:
        """An array of so many elements, which lie one behind the other as all of them did."""
        array = Atom(self.outer.names[value])
        shape = value.type.shape
        if shape[0] == self.scan.rows:
            return Subscript(array, [Slice(None, Atom(rows), None)])
        spell = self.inner.dimension
        kept = Slice(None, attributes.size(product(shape), spell), None)
        flat = Subscript(Call(Attribute(array, "reshape"), [Atom("-1")]), [kept])
        return Call(Attribute(flat, "reshape"), [attributes.size(s, spell) for s in shape])

    def _carry(self) -> list[str]:
        """`h = h0`: each carried value has one variable, which holds the last one in the end."""
        lines = []
        for slot in self.scan.carried:
            name, expr = self.outer.names[slot.parameter], self.outer.reference(slot.initial)
            if text(expr) != name:
                says_type = isinstance(expr, Call)  # `np.zeros(…)`
                typed = self.outer.typed(slot.result) and not says_type
                comment = str(slot.result.type) if typed else ""
                head = self.outer.declared(name, expr, slot.parameter)
                lines += self.outer.written(f"{head} = ", expr, comment)
        return lines

    def _allocate(self) -> list[str]:
        """Room for the stacks; where states are kept, the first is one of them."""
        lines = []
        for stack in self.scan.results[len(self.scan.carried) :]:
            if stack in self.outer.held_arrays:
                continue
            kind = stack.type
            sizes = [attributes.size(s, self.outer.dimension) for s in kind.shape]
            shape = sizes[0] if len(sizes) == 1 else Items(sizes)
            empty = Call(Atom("np.empty"), [shape, attributes.dtype(kind.dtype)])
            lines += self.outer.written(f"{self.outer.name(stack)} = ", empty)
        for slot in self.scan.carried:
            if slot.states is not None:
                first = Atom(self.outer.names[slot.parameter])
                lines += self.outer.written(f"{self.outer.name(slot.states)}[0] = ", first)
        return lines

    def _capture(self) -> None:
        """What is no variable around the loop is none within."""
        for slot in self.scan.captured:
            if slot.value in self.outer.expressions:
                self.inner.expressions[slot.parameter] = self.outer.expressions[slot.value]

    def _slices(self) -> list[str]:
        """`x_t = x[t]` for each sequence that the body reads."""
        lines = []
        for slot in self.scan.walked:
            parameter = slot.parameter
            element = self._at(self.outer.reference(slot.whole), slot.axis, slot.start)
            if slot in self.repetition.inlined:
                self.inner.expressions[parameter] = element
            elif self._is_read(parameter):
                comment = str(parameter.type) if self.outer.typed(parameter) else ""
                head = f"{self.outer.names[parameter]} = "
                lines += self.inner.written(head, element, comment)
        return lines

    def _is_read(self, parameter: Value) -> bool:
        body = self.repetition.body
        return parameter in body.results or any(parameter in n.operands for n in body.nodes)

    def _at(self, whole: Expr, axis: int, start: int = 0) -> Expr:
        at: Expr = Atom(self.index)
        if start:
            at = Binary("+", at, Atom(str(start)))
        return Subscript(whole, [*[Slice(None, None, None)] * axis, at])

    def _element(self, slot: Collected) -> Expr:
        """Where a collected value goes in its stack."""
        return self._at(self.outer.reference(slot.stack), slot.axis)

    def _place(self) -> None:
        """`ys[t] = …` directly, where the body does nothing else with the value, and
        `y = np.tanh(z, out=ys[t])` where it does."""
        for slot in self.repetition.placed:
            self.inner.expressions[slot.value] = self._element(slot)
        for slot in self.repetition.kept:
            self.inner.places[slot.value] = self._element(slot)

    def _stack(self, *, of_arguments: bool) -> list[str]:
        """`ys[t] = y`. What a step was handed is written down before it can be replaced."""
        lines = []
        for slot in self.scan.collected:
            early = slot.value in self.scan.parameters
            if early is of_arguments and slot not in self.repetition.placed | self.repetition.kept:
                head = f"{text(self._element(slot))} = "
                lines += self.inner.written(head, self.inner.reference(slot.value), "")
        return lines

    def _keep(self) -> list[str]:
        """`hs[t + 1] = h`, for the states that are kept."""
        lines = []
        for slot in self.scan.carried:
            if slot.states is not None:
                place = self._at(self.outer.reference(slot.states), 0, 1)
                lines += self.inner.written(
                    f"{text(place)} = ", self.inner.reference(slot.following)
                )
        return lines

    def _succeed(self) -> list[str]:
        """`h = next_h`, all at once where there are several."""
        targets: list[str] = []
        values: list[Expr] = []
        for slot in self.scan.carried:
            expr = self.inner.reference(slot.following)
            name = self.inner.names[slot.parameter]
            if slot in self.repetition.copied and slot.following.type.shape:
                expr = Call(Attribute(expr, "copy"), [])
            if text(expr) != name:
                targets.append(name)
                values.append(expr)
        return assigned_together(targets, values, self.inner.margin)
