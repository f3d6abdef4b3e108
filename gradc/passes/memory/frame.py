"""A function that is run: what its variables refer to, statement by statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from gradc.ir.layout import Layout, packed, without_axis
from gradc.ir.loop import longest
from gradc.ir.node import Apply, Node, Scan, Value, Walked
from gradc.ir.plan import Block, Repetition, Statement
from gradc.ir.sizes import Size, dimensions_of, known
from gradc.ir.types import BYTES
from gradc.passes.memory.machine import NOWHERE, Array, Machine
from gradc.passes.memory.views import viewed
from gradc.passes.plan.variables import Variable, variables
from gradc.passes.plan.workspace import workspace_of
from gradc.passes.target import Target

_STEPS = 3  # of a loop: the first, one that replaces it, and one like all others


class Frame:
    """Runs a block of a plan on arrays that have sizes and no numbers."""

    def __init__(
        self,
        block: Block,
        given: int,
        dims: Mapping[str, int],
        target: Target,
        machine: Machine,
        *,
        has_workspace: bool,
    ):
        self.block, self.given, self.target, self.machine = block, given, target, machine
        self.dims = dict(dims)
        found = variables(block, target)
        self.variable: dict[Value, Variable] = {v: one for one in found for v in one.values}
        self.bound: dict[Variable, Array] = {}
        self.holds: dict[Variable, Value] = {}
        self.passing: dict[Value, Array] = {}  # what is written within a statement
        self.elements: dict[Value, Array] = {}  # what loops read where it is used
        self.placed: set[Value] = set()  # what loops over blocks write straight into stacks
        self.kept: dict[Value, Array] = {}  # where steps write what they read in its stack
        self.workspace: dict[Value, Array] = {}
        if has_workspace:
            self._take_workspace(found)

    def run(self, arguments: Mapping[Value, Array]) -> list[Array]:
        """The results, each referred to; what the variables refer to is let go."""
        for value, array in arguments.items():
            if value in self.variable:
                self._bind(value, array)
        self._statements(self.block.statements)
        results = []
        for position, value in enumerate(self.block.results):
            array = self._read(value)
            if position in self.block.copied:
                array = self.machine.made(packed(array.layout.shape, array.layout.itemsize))
            results.append(self.machine.refer(array))
        for array in (*self.bound.values(), *self.workspace.values()):
            self.machine.drop(array)
        return results

    # --- sizes and names ---

    def known(self, size: Size) -> int:
        return known(size, self.dims)

    def layout(self, value: Value) -> Layout:
        """An array of its own for a value."""
        return packed([self.known(s) for s in value.type.shape], BYTES[value.type.dtype])

    def _take_workspace(self, found: Sequence[Variable]) -> None:
        workspace = workspace_of(self.block, self.given, found, self.target)
        for place in (*workspace.places, *[(v,) for v in workspace.returned]):
            layouts = [self.layout_in(v, workspace.blocks.get(v)) for v in place]
            whole = self.machine.made(max(layouts, key=lambda layout: layout.extent))
            for value, layout in zip(place, layouts, strict=True):
                array = Array(layout, whole.memory, is_view=len(place) > 1)
                self.workspace[value] = self.machine.refer(array)

    def layout_in(self, value: Value, scan: Scan | None) -> Layout:
        """The array of a value, of the longest block where a loop over blocks makes it."""
        return packed([self.known(s) for s in longest(value.type, scan)], BYTES[value.type.dtype])

    def _read(self, value: Value) -> Array:
        for there in (self.passing, self.elements):
            if value in there:
                return there[value]
        variable = self.variable.get(value)
        if variable is not None and variable in self.bound:
            return self.bound[variable]
        return Array(self.layout(value), NOWHERE)

    def _bind(self, value: Value, array: Array) -> None:
        """The variable of a value refers to an array from now on."""
        variable = self.variable[value]
        before = self.bound.get(variable)
        self.bound[variable] = self.machine.refer(array)
        self.holds[variable] = value
        if before is not None:
            self.machine.drop(before)

    # --- statements ---

    def _statements(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            if statement.repetition is None:
                self._statement(statement)
            else:
                self._loop(statement, statement.repetition)
            for value in statement.frees:
                variable = self.variable.get(value)
                if variable in self.bound and self.holds[variable] in statement.frees:
                    self.machine.drop(self.bound.pop(variable))

    def _statement(self, statement: Statement) -> None:
        uses = self._nest(statement)
        node = statement.node
        assert isinstance(node, Apply), "loops are run elsewhere"
        operands = [self._read(v) for v in node.operands]
        place = self._place(statement)
        if place is not None or statement.result in self.placed:
            layouts = [a.layout for a in operands]
            self.machine.pass_by(self.target.memory.scratch(node, layouts, self.known))
            made = [] if place is None else [place]
        else:
            made = [self._applied(node, operands)]
            made += [self.machine.made(self.layout(r)) for r in node.results[1:]]
        for result, array in zip(node.results, made, strict=False):
            if result in self.variable:
                self._bind(result, array)
            else:  # it is copied into its stack
                self.machine.drop(self.machine.refer(array))
        self._let_go(node, uses)

    def _place(self, statement: Statement) -> Array | None:
        """The array that a statement writes into, where there is one already."""
        if statement.result in self.kept:
            return self.kept[statement.result]
        into = statement.into if statement.into is not None else statement.over
        return self.workspace.get(statement.result) if into is None else self._read(into)

    def _nest(self, statement: Statement) -> Counter[Value]:
        """Makes what is written within a statement; says how often each value is still read."""
        uses = Counter(v for n in statement.nodes for v in n.operands)
        for node in statement.inner:
            assert isinstance(node, Apply), "nothing else is nested"
            array = self._applied(node, [self._read(v) for v in node.operands])
            self.passing[node.result] = self.machine.refer(array)
            self._let_go(node, uses)
        return uses

    def _let_go(self, node: Node, uses: Counter[Value]) -> None:
        """What is written within a statement goes when its last user has read it."""
        for value in node.operands:
            uses[value] -= 1
            if not uses[value] and value in self.passing:
                self.machine.drop(self.passing.pop(value))

    def _applied(self, node: Apply, operands: Sequence[Array]) -> Array:
        """What a node makes, its first result."""
        traits = node.traits
        if traits.literal or traits.static:
            return Array(self.layout(node.result), NOWHERE)
        layouts = [a.layout for a in operands]
        if traits.view is not None:
            whole = operands[traits.view]
            layout = viewed(node, whole.layout, self.known)
            if layout is not None:
                return Array(layout, whole.memory, is_view=True)
        layout = self.target.memory.made(node, layouts, self.layout(node.result))
        for position in self.target.memory.recycles(node, layouts):
            operand = operands[position]
            if node.operands[position] in self.passing and self._is_passing(operand):
                return Array(layout, operand.memory)
        self.machine.pass_by(layout.extent + self.target.memory.scratch(node, layouts, self.known))
        return self.machine.made(layout)

    def _is_passing(self, array: Array) -> bool:
        """Whether nothing but the statement refers to an array, which is no view."""
        return not array.is_view and array.memory.references == 1

    # --- loops ---

    def _loop(self, statement: Statement, repetition: Repetition) -> None:
        scan = repetition.scan
        uses = self._nest(statement)
        for slot in scan.carried:
            self._bind(slot.parameter, self._read(slot.initial))
        for captured in scan.captured:
            if captured.value not in self.variable:
                self.elements[captured.parameter] = self._read(captured.value)
        for stack in scan.results[len(scan.carried) :]:
            held = self.workspace.get(stack)
            self._bind(stack, self.machine.made(self.layout(stack)) if held is None else held)
        for kept in repetition.kept:
            whole = self._read(kept.stack)
            within = without_axis(whole.layout, kept.axis)
            self.kept[kept.value] = Array(within, whole.memory, is_view=True)
        self._let_go(scan, uses)
        if scan.rows is not None:
            self.placed |= {s.value for s in repetition.placed if self._is_written(s.value, scan)}
        for rows in self._lengths(scan):
            if scan.rows is not None:
                (name,) = dimensions_of(scan.rows)
                self.dims[name] = rows
            self._step(repetition)
        for slot in scan.carried:
            if slot.result in self.variable:
                self.holds[self.variable[slot.result]] = slot.result

    def _is_written(self, value: Value, scan: Scan) -> bool:
        return any(
            isinstance(n, Apply) and n.result is value and self.target.writes(n.op)
            for n in scan.nodes
        )

    def _lengths(self, scan: Scan) -> list[int]:
        """How many elements the first steps see, and the last one, which may see fewer."""
        count = self.known(scan.count)
        if scan.block is None:
            return [1] * min(count, _STEPS)
        block = self.known(scan.block)
        lengths = [min(block, count - start) for start in range(0, count, block)]
        return lengths[:_STEPS] + lengths[_STEPS:][-1:]

    def _step(self, repetition: Repetition) -> None:
        scan = repetition.scan
        for slot in scan.walked:
            element = self._element(slot, scan)
            if slot in repetition.inlined:
                self.elements[slot.parameter] = element
            elif slot.parameter in self.variable:
                self._bind(slot.parameter, element)
        self._statements(repetition.body.statements)
        following = []
        for carried in scan.carried:
            array = self._read(carried.following)
            if carried in repetition.copied:
                array = self.machine.made(packed(array.layout.shape, array.layout.itemsize))
            following.append((carried.parameter, self.machine.refer(array)))
        for parameter, array in following:
            self._bind(parameter, array)
            self.machine.drop(array)

    def _element(self, slot: Walked, scan: Scan) -> Array:
        whole = self._read(slot.whole)
        layout = whole.layout
        if scan.rows is None:
            layout = without_axis(layout, slot.axis)
        else:
            shape = [self.known(s) for s in slot.parameter.type.shape]
            layout = Layout(tuple(shape), layout.strides, layout.itemsize)
        return Array(layout, whole.memory, is_view=True)
