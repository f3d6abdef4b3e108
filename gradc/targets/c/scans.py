"""Scans as loops."""

from __future__ import annotations

from gradc.ir.node import Carried, Value
from gradc.ir.plan import Statement
from gradc.ir.sizes import Size, product
from gradc.ir.types import Type
from gradc.targets.c.function import Body
from gradc.targets.c.groups import identity, roots
from gradc.targets.c.headed import indented
from gradc.targets.c.identifiers import TYPES
from gradc.targets.c.loops import assigned
from gradc.targets.c.places import Place, bytes_of
from gradc.targets.c.reading import Array, Move, Seen
from gradc.targets.c.sizes import Index, variable
from gradc.targets.told.lines import Line


def scan_line(outer: Body, statement: Statement) -> Line:
    """The loop of a scan."""
    return _Scan(outer, statement).line()


class _Scan:
    """Carried arrays have a place of their own, which each step ends by filling again."""

    def __init__(self, outer: Body, statement: Statement):
        assert statement.repetition is not None
        self.outer, self.statement, self.scan = outer, statement, statement.repetition.scan
        self.block = statement.repetition.body
        self.function, self.reader = outer.function, outer.reader
        self.counter = self.function.counters[outer.depth]
        self.step = variable(self.counter)
        self.taken: list[Place] = []
        self.straight: set[Value] = set()  # results that are written where they go
        self.states = self._stacks_of_states()

    def _stacks_of_states(self) -> dict[Carried, Value]:
        """The stacks in which each step finds what the one before has left, by what is carried:
        those of all states, or of all but the last, which then have room for that one."""
        scan = self.scan
        if scan.reverse:
            return {}
        before = {s.value: s.stack for s in scan.collected if s.axis == 0}
        stacks = [(s, s.states or before.get(s.parameter)) for s in scan.carried]
        return {s: stack for s, stack in stacks if stack is not None and s.parameter.type.shape}

    def line(self) -> Line:
        scan = self.scan
        before: list[str] = []
        for value in scan.results[len(scan.carried) :]:
            self._hold(value)
        for slot in scan.carried:
            before += self._start(slot)
        for walked in scan.walked:
            move = _element(walked.axis, self.step + walked.start)
            self.reader.views[walked.parameter] = Seen(walked.whole, move)
        for captured in scan.captured:
            self.reader.views[captured.parameter] = Seen(captured.value, lambda index: index)
        for slot in scan.carried:
            if self._is_kept(slot):
                self.reader.views[slot.parameter] = Seen(self.states[slot], _element(0, self.step))
            elif slot.states is not None:
                before += self._keep_state(slot, 0, slot.parameter)
        body = Body(self.function, self.block, {}, {}, self.outer.depth + 1)
        self._settle(body)
        inner = body.lines()
        self.straight = body.straight
        ends = self._end_of_step()
        body.release()
        for place in self.taken:
            self.function.workspace.give(place)
        for slot in scan.carried:
            self._finish(slot)
        name, count = self.counter, self.reader.size(scan.count).text
        head = f"for (int64_t {name} = 0; {name} < {count}; {name}++) {{"
        if scan.reverse:
            head = f"for (int64_t {name} = {count} - 1; {name} >= 0; {name}--) {{"
        lines = indented([*before, head])
        return Line(self.statement, lines, inner=inner, tails=indented(ends), ends=["    }"])

    def _hold(self, value: Value) -> None:
        """A place that lives as long as the outer block reads the value."""
        kind = value.type
        if value in self.states.values():
            kind = Type(kind.dtype, (self.scan.count + 1, *kind.shape[1:]))
        place = self.outer.kept.get(value)
        if place is None:
            place = self.outer.held[value] = self.function.workspace.take(kind)
        else:
            place.bytes = bytes_of(kind)
        self.function.settle(value, place)

    def _start(self, slot: Carried) -> list[str]:
        value, kind = slot.parameter, slot.parameter.type
        name = self.function.called[value]
        if self._is_kept(slot):
            return self._put(slot.initial, self.states[slot], 0, 0)
        if kind.shape:
            place = self.function.place(value)
            self.outer.held[slot.result] = place
            return self.outer.copy(slot.initial, name, kind)
        line = (
            f"{TYPES[kind.dtype]} {name} = {self.reader.read(slot.initial, (), kind.dtype).text};"
        )
        self.reader.scalars[value] = name
        return [line]

    def _finish(self, slot: Carried) -> None:
        """What the last step leaves is the result."""
        if self._is_kept(slot):
            stack, last = self.states[slot], self.outer.last
            self.reader.views[slot.result] = Seen(stack, _element(0, self.scan.count))
            last[stack] = max(last.get(stack, -1), last.get(slot.result, -1))
        elif slot.parameter.type.shape:
            self.reader.arrays[slot.result] = self.reader.arrays[slot.parameter]
        else:
            self.reader.scalars[slot.result] = self.reader.scalars[slot.parameter]

    def _is_kept(self, slot: Carried) -> bool:
        """Whether each step reads what the one before left in the stack of all states."""
        return slot in self.states

    def _settle(self, body: Body) -> None:
        """Results of a step that are written at once where they go."""
        for stacked in self.scan.collected:
            if stacked.axis == 0 and stacked.value.type.shape:
                self._settle_in(body, stacked.value, stacked.stack, self.step)
        for slot in self.scan.carried:
            value = slot.following
            if self._is_kept(slot):
                self._settle_in(body, value, self.states[slot], self.step + 1)
            elif slot.parameter.type.shape and body.overwrites(value, slot.parameter):
                body.settled.setdefault(value, self.reader.arrays[slot.parameter])

    def _settle_in(self, body: Body, value: Value, stack: Value, at: Size) -> None:
        array = self.reader.arrays[stack]
        start = at * product(value.type.shape) + array.offset
        body.settled.setdefault(value, Array(array.name, start))

    def _is_there(self, value: Value, stack: Value, at: Size) -> bool:
        """Whether a value has been written into a stack already."""
        array, found = self.reader.arrays[stack], self.reader.arrays.get(value)
        start = at * product(value.type.shape) + array.offset
        return value in self.straight and found == Array(array.name, start)

    def _keep_state(self, slot: Carried, at: Size, value: Value) -> list[str]:
        states = self.states.get(slot, slot.states)
        assert states is not None
        return self._put(value, states, 0, at)

    def _put(self, value: Value, stack: Value, axis: int, at: Size) -> list[str]:
        """Lines that put a value into a stack, where it is not there."""
        if axis == 0 and self._is_there(value, stack, at):
            return []
        whole = self.reader.arrays[stack]
        part = Value("", value.type)
        to = Value("", Type(stack.type.dtype, stack.type.shape))
        self.reader.arrays[to] = Array(whole.name)
        self.reader.views[part] = Seen(to, _element(axis, at))
        return assigned(self.reader, part, value)

    def _end_of_step(self) -> list[str]:
        scan = self.scan
        lines: list[str] = []
        for stacked in scan.collected:
            if stacked.stack not in self.states.values():
                lines += self._put(stacked.value, stacked.stack, stacked.axis, self.step)
        for slot in scan.carried:
            if slot in self.states or slot.states is not None:
                lines += self._keep_state(slot, self.step + 1, slot.following)
        carried = [slot for slot in scan.carried if not self._is_kept(slot)]
        parameters = {slot.parameter for slot in carried}
        moving = [slot for slot in carried if slot.following is not slot.parameter]
        moving = [slot for slot in moving if not self._has_followed(slot)]
        sources: dict[Carried, Value] = {}
        for slot in moving:
            sources[slot] = slot.following
            read = roots(slot.following, self.reader) & parameters
            if read and (len(moving) > 1 or self._is_moved(slot)):
                sources[slot] = self._aside(slot.following, lines)
        for slot, source in sources.items():
            lines += self._carry(slot, source)
        return lines

    def _is_moved(self, slot: Carried) -> bool:
        """Whether elements of what follows are made of other ones of the value, as in a mirror."""
        here = identity(slot.parameter.type.shape)
        self.reader.touched = touched = list[tuple[Value, Index]]()
        try:
            self.reader.read(slot.following, here)
        finally:
            self.reader.touched = None
        return any(value is slot.parameter and index != here for value, index in touched)

    def _has_followed(self, slot: Carried) -> bool:
        """Whether what follows stands already where the value was."""
        array = self.reader.arrays.get(slot.parameter)
        return slot.following in self.straight and self.reader.arrays[slot.following] == array

    def _aside(self, value: Value, lines: list[str]) -> Value:
        """A copy of what is about to be overwritten."""
        copy = Value(value.name, value.type)
        name = self.function.names.claim(f"next_{value.shown}")
        if not value.type.shape:
            lines.append(
                f"const {TYPES[value.type.dtype]} {name} = {self.reader.read(value, ()).text};"
            )
            self.reader.scalars[copy] = name
            return copy
        self.function.called = {**self.function.called, copy: name}
        self.taken.append(self.function.place(copy))
        lines += self.outer.copy(value, name, value.type)
        return copy

    def _carry(self, slot: Carried, source: Value) -> list[str]:
        kind = slot.parameter.type
        name = self.function.called[slot.parameter]
        if not kind.shape:
            return [f"{name} = {self.reader.read(source, (), kind.dtype).text};"]
        return self.outer.copy(source, name, kind)


def _element(axis: int, at: Size) -> Move:
    """Where an element of a sequence finds what it has."""

    def moved(index: Index) -> Index:
        return (*index[:axis], at, *index[axis:])

    return moved
