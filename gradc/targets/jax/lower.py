"""Lower: the steps of a routine to statements of Python, each of which makes new values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from gradc.ir.node import Apply, Value, Walked
from gradc.ir.plan import Block, Repetition, Statement
from gradc.targets.assembly.lowering import BlockLowering
from gradc.targets.jax.operations import spelled_out
from gradc.targets.python import attributes
from gradc.targets.python.document import Choice, Doc, Filled, Flat, enclosed, render, rows
from gradc.targets.python.expression import Atom, Call, Expr, Items, Slice, Subscript, text
from gradc.targets.python.identifiers import Names
from gradc.targets.python.layout import taken_apart
from gradc.targets.python.shared import Shared
from gradc.targets.told.lines import Line


class Lowering(BlockLowering):
    """Lowers one block. `used_dims` is what it refers to by name, known when it is done."""

    def __init__(
        self,
        block: Block,
        shared: Shared,
        names: Mapping[Value, str],
        space: Names,
        *,
        typed: Callable[[Value], bool],
        counters: Sequence[str] = (),
        margin: int = 0,
        rng: str = "rng",
    ):
        super().__init__(block, shared, names, typed=typed, counters=counters, margin=margin)
        self.space, self.rng = space, rng
        self.draws = 0

    def run(self) -> list[Line]:
        lines = []
        for planned in self.block.statements:
            self.nest(planned)
            if planned.repetition is not None:
                lines.append(_Loop(self, planned, planned.repetition).line())
            else:
                lines.append(self._line(planned))
        return lines

    def constant_array(self, node: Apply) -> Expr:
        return Call(Atom("jnp.asarray"), [self.shared.constant_array(node)])

    def key(self) -> Expr:
        """The key of the next draw: each has its own."""
        self.draws += 1
        return Call(Atom("jax.random.fold_in"), [Atom(self.rng), Atom(str(self.draws - 1))])

    def expression(self, node: Apply) -> Expr:
        """A node where its value is used."""
        return spelled_out(node, self.references(node.operands), self)

    def _line(self, planned: Statement) -> Line:
        node = planned.node
        assert isinstance(node, Apply), "calls are inlined"
        target = ", ".join([self.name(r) for r in node.results])
        comment = self.remark(node, is_typed=self.typed(node.results[0]))
        lines = self.written(f"{target} = ", self.expression(node), comment)
        bare = lines[0].strip().removesuffix(f"  # {comment}") if len(lines) == 1 else ""
        return Line(planned, lines, bare)


class _Loop:
    """A scan as `jax.lax.scan` over a function of its own, which sees what stands around it."""

    def __init__(self, outer: Lowering, planned: Statement, repetition: Repetition):
        self.outer, self.planned, self.scan = outer, planned, repetition.scan
        self.step = outer.space.claim("step")
        self.index = outer.counters[0]
        self.kept: dict[Value, Expr] = {}
        draws = any(n.traits.impure for n in self.scan.nodes)
        self.rng = outer.space.claim(f"rng_{self.index}") if draws else ""
        self.inner = Lowering(
            repetition.body, outer.shared, outer.names, outer.space, typed=outer.typed,
            counters=outer.counters[1:], margin=outer.margin + 4, rng=self.rng,
        )  # fmt: skip

    def line(self) -> Line:
        scan, outer, inner = self.scan, self.outer, self.inner
        starts = [self._start(s.initial) for s in scan.carried]
        for slot in scan.captured:
            if slot.value in outer.expressions or slot.parameter not in outer.names:
                inner.expressions[slot.parameter] = outer.reference(slot.value)
        carried = [Atom(outer.names[s.parameter]) for s in scan.carried]
        walked = [s for s in scan.walked if self._is_read(s.parameter)]
        elements = [Atom(outer.names[s.parameter]) for s in walked]
        sequences = [self._sequence(s) for s in walked]
        if self.rng:
            elements.insert(0, Atom(self.index))
            count = attributes.size(scan.count, outer.dimension)
            sequences.insert(0, Call(Atom("jnp.arange"), [count]))
        ends = self._ends(starts, sequences)
        carry = outer.space.claim("carry") if carried else "_"
        element = outer.space.claim("element") if len(elements) != 1 else text(elements[0])
        heads = taken_apart([c.text for c in carried], carry, inner.margin)
        if len(elements) > 1:
            heads += taken_apart([e.text for e in elements], element, inner.margin)
        if self.rng:
            key = Call(Atom("jax.random.fold_in"), [Atom(outer.rng), Atom(self.index)])
            heads += inner.written(f"{self.rng} = ", key)
        heads += self._kept()
        lines = inner.run()
        following = [inner.reference(s.following) for s in scan.carried]
        made = [self.kept.get(s.value) or inner.reference(s.value) for s in scan.collected]
        made += [inner.reference(s.following) for s in scan.carried if s.states is not None]
        returned = ("return ", _tuple(following), ", ", _tuple(made))
        tails = _laid_out(returned, inner.margin)
        outer.used_dims |= inner.used_dims
        argument = element if elements else "_" if carried else "__"
        before = [f"    def {self.step}({carry}: Any, {argument}: Any) -> Any:"]
        return Line(self.planned, before, inner=lines, heads=heads, tails=tails, ends=ends)

    def _kept(self) -> list[str]:
        """What a step was handed and hands on has a name of its own, which nothing replaces."""
        names = Counter(self.outer.names.values())
        lines = []
        for slot in self.scan.collected:
            name = self.outer.names.get(slot.value, "")
            if slot.value in self.scan.parameters and names[name] > 1:
                first = Atom(self.outer.space.claim(f"{name}_before"))
                lines += self.inner.written(f"{first.text} = ", Atom(name))
                self.kept[slot.value] = first
        return lines

    def _start(self, value: Value) -> Expr:
        """What a value is at first, of the type that it keeps."""
        expr = self.outer.reference(value)
        if value.type.shape and not value.type.weak:
            return expr
        kind = attributes.dtype(value.type.dtype)
        return Call(Atom("jnp.asarray"), [expr, Atom(f"j{text(kind)}".replace("jbool", "bool"))])

    def _is_read(self, parameter: Value) -> bool:
        body = self.inner.block
        return parameter in body.results or any(parameter in n.operands for n in body.nodes)

    def _sequence(self, slot: Walked) -> Expr:
        whole = self.outer.reference(slot.whole)
        if slot.axis:
            whole = Call(Atom("jnp.moveaxis"), [whole, Atom(str(slot.axis)), Atom("0")])
        if slot.start or slot.whole.type.shape[slot.axis] != self.scan.count:
            start = attributes.size(slot.start, self.outer.dimension) if slot.start else None
            stop = attributes.size(self.scan.count + slot.start, self.outer.dimension)
            whole = Subscript(whole, [Slice(start, stop, None)])
        return whole

    def _ends(self, starts: Sequence[Expr], sequences: Sequence[Expr]) -> list[str]:
        """The call, and what its results are."""
        scan, outer = self.scan, self.outer
        keywords: list[tuple[str, Expr]] = []
        if not sequences:
            keywords.append(("length", attributes.size(scan.count, outer.dimension)))
        if scan.reverse:
            keywords.append(("reverse", Atom("True")))
        last = [Atom(outer.name(s.result)) for s in scan.carried]
        stacks = [Atom(outer.name(v)) for v in scan.results[len(scan.carried) :]]
        walked = _tuple(sequences) if len(sequences) != 1 else text(sequences[0])
        given = [self.step, _tuple(starts), walked]
        given += [f"{name}={text(value)}" for name, value in keywords]
        one = Flat(tuple(part for argument in given for part in (", ", argument))[1:])
        many = Choice((one, rows(given)))
        call = Choice((("jax.lax.scan(", one, ")"), enclosed("jax.lax.scan(", many, ")")))
        targets = (_tuple(last, "_"), ", ", _tuple(stacks, "_"))
        lines = ["", *_laid_out((*targets, " = ", call), outer.margin)]
        for slot in scan.collected:
            if slot.axis:
                name = outer.name(slot.stack)
                moved = [Atom(name), Atom("0"), Atom(str(slot.axis))]
                lines += outer.written(f"{name} = ", Call(Atom("jnp.moveaxis"), moved))
        for state in scan.carried:
            if state.states is not None:
                name = outer.name(state.states)
                zeroth = Subscript(self._start(state.initial), [Atom("None")])
                both = Items([zeroth, Atom(name)], "[]")
                lines += outer.written(f"{name} = ", Call(Atom("jnp.concatenate"), [both]))
        return lines


def _tuple(parts: Sequence[Expr], none: str = "None") -> Doc:
    """`(h, c)`, or as many on a line as fit."""
    if not parts:
        return none
    words = [text(part) for part in parts]
    return Choice((text(Items(parts)), enclosed("(", Filled(words), ")")))


def _laid_out(doc: Doc, margin: int) -> list[str]:
    """The lines of a statement, which fit once they are moved to the right."""
    return [line[margin:] for line in render(doc, 4 + margin)]
