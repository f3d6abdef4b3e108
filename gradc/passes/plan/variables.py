"""Variables: which values of a function are one variable, so that one array has one name.

A loop's variable is what it carries, from the first value to the last. A result that takes over the
memory of an operand takes over its variable too, unless both have names that the user knows; so
does a sum that goes on. Values are joined only where at no time two of them are needed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from gradc.ir.node import Apply, Value
from gradc.ir.plan import Block, Repetition, Statement, all_statements, reads_of
from gradc.passes.target import Target
from gradc.records import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """Values that go by one name, in the order in which they are made."""

    values: tuple[Value, ...]


def variables(block: Block, target: Target) -> list[Variable]:
    """The variables of a function, its arguments among them, in the order of their first value."""
    times = _Times(target)
    times.block(block)
    joined = _Joined(times.spans)
    for one, other in times.same:
        joined.join(one, other)
    for one, other in times.alike:
        if joined.can_join(one, other):
            joined.join(one, other)
    for one, other in times.sums:
        if not joined.can_join(one, other):
            continue
        if not times.overwritten or times.overwritten.isdisjoint(joined.together(one)):
            joined.join(one, other)
    return joined.variables()


class _Times:
    """When each value is made and needed for the last time, and which could be one variable.

    A statement reads at an even time and leaves its result at the odd time after it.
    """

    def __init__(self, target: Target):
        self.target = target
        self.now = 0
        self.reads: Mapping[Value, int] = {}
        # (What is run again stands in several loops, so a value can be made more than once.)
        self.spans: dict[Value, list[list[int]]] = {}
        self.same: list[tuple[Value, Value]] = []  # they are one array
        self.alike: list[tuple[Value, Value]] = []  # they may be one variable, the dearest first
        self.sums: list[tuple[Value, Value]] = []  # the second is an array of its own
        self.kept: set[Value] = set()  # written into stacks, and read there
        self.overwritten: set[Value] = set()  # later, when they are dead

    def tick(self) -> None:
        self.now += 4

    def make(self, values: Iterable[Value], early: bool = False) -> None:
        spans, at = self.spans, self.now - 1 if early else self.now + 1
        for value in values:
            if value in spans:
                spans[value].append([at, at])
            else:
                spans[value] = [[at, at]]

    def read(self, values: Iterable[Value]) -> None:
        spans, now = self.spans, self.now
        for value in values:
            if value in spans:
                spans[value][-1][1] = now

    def block(self, block: Block) -> None:
        if any([s.into is not None for s in all_statements(block)]):
            self.reads = reads_of(block)
        self.make(block.arguments)
        self._statements(block, frozenset())
        self.tick()
        self.read(block.results)

    def _statements(self, block: Block, placed: frozenset[Value]) -> None:
        """The statements of a block; what is `placed` is written into its stack."""
        for statement in block.statements:
            self.now += 4
            if statement.repetition is None:
                self._statement(statement, placed)
            else:
                self._loop(statement, statement.repetition)

    def _statement(self, statement: Statement, placed: frozenset[Value]) -> None:
        node, into, result = statement.node, statement.into, statement.result
        operands = node.operands
        for made in statement.nodes:
            self.read(made.operands)  # what is within the statement has no time of its own
        if statement.over is not None:
            self.overwritten.add(statement.over)
        if result in placed:
            return
        is_split = into is None and type(node) is Apply and not self.target.is_expression(node.op)
        self.make(node.results, early=is_split)
        if into is not None and self._is_step(into, statement):
            self.alike.append((into, result))
        elif result in self.kept:
            self.sums += [(v, result) for v in operands if v.type == result.type][:1]
        elif operands and operands[0].name == result.name:
            self.sums.append((operands[0], result))

    def _is_step(self, into: Value, statement: Statement) -> bool:
        """Whether a value is on the way to the one that takes over its memory, and no more.

        A derivative that other statements read too is no part of the cotangent of a name.
        """
        result = statement.result
        if into.named:
            return _is_successor(result, into)
        if not result.named or statement.node.adjoint_of is None:
            return True
        return self.reads[into] == sum([n.operands.count(into) for n in statement.nodes])

    def _loop(self, statement: Statement, repetition: Repetition) -> None:
        scan, body = repetition.scan, repetition.body
        self.read(statement.reads)
        within = {n.results[0]: n for n in statement.inner}
        for slot in scan.carried:
            self.tick()  # one after the other
            inner = within.get(slot.initial)
            self.read(inner.operands if inner is not None else (slot.initial,))
            self.make([slot.parameter])
        self.tick()
        self.make(scan.results[len(scan.carried) :])
        # Captured values are there already; elements of sequences are made by each step.
        for captured in scan.captured:
            if captured.value in self.spans:
                self.make([captured.parameter])
                self.same.append((captured.value, captured.parameter))
        self.tick()
        self.make(s.parameter for s in scan.walked if s not in repetition.inlined)
        self.tick()
        self.read(s.parameter for s in scan.carried if s.states is not None)
        self.read(s.value for s in scan.collected if s.value in scan.parameters)
        self.kept.update(s.value for s in repetition.kept)
        self._statements(body, frozenset(s.value for s in repetition.placed))
        self.tick()
        self.read(s.following for s in scan.carried)
        self.read(s.value for s in scan.collected if s.value not in scan.parameters)
        started = {s.initial for s in scan.carried}
        started -= set(scan.operands[len(scan.carried) :])
        lasting = (*statement.reads, *(s.parameter for s in scan.captured))
        self.read(v for v in lasting if v not in started)
        self.make(s.result for s in scan.carried)
        for slot in scan.carried:
            self.same.append((slot.parameter, slot.result))
            if slot.following in body.stated:
                self.alike.append((slot.parameter, slot.following))
            fits = not slot.initial.named or slot.initial.name == slot.parameter.name
            if fits and slot in repetition.handed:
                self.alike.append((slot.initial, slot.parameter))


def _is_successor(result: Value, operand: Value) -> bool:
    """Whether it is the same thing or the next one: `next_h` of `h`, and their cotangents."""
    return result.name.replace("next_", "") == operand.name


class _Needed:
    """Stretches of time, sorted and apart: long sums have tens of thousands."""

    def __init__(self, spans: Iterable[Sequence[int]]):
        (start, end), *more = spans
        self.starts: list[int] = [start]
        self.ends: list[int] = [end]
        for start, end in more:
            self._add(start, end)

    def _add(self, start: int, end: int) -> None:
        first, last = self._met(start, end)
        if first < last:
            start = min(start, self.starts[first])
            end = max(end, *self.ends[first:last])
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]

    def _met(self, start: int, end: int) -> tuple[int, int]:
        """Which stretches begin with this one or overlap it, from the first to after the last."""
        first = bisect_left(self.starts, start)
        if first and self.ends[first - 1] > start:
            first -= 1
        last = max(bisect_left(self.starts, end), bisect_right(self.starts, start))
        return first, last

    def meets(self, other: _Needed) -> bool:
        few, many = self._by_length(other)
        for start, end in zip(few.starts, few.ends, strict=True):
            first, last = many._met(start, end)
            if first < last:
                return True
        return False

    def joined(self, other: _Needed) -> _Needed:
        few, many = self._by_length(other)
        for start, end in zip(few.starts, few.ends, strict=True):
            many._add(start, end)
        return many

    def _by_length(self, other: _Needed) -> tuple[_Needed, _Needed]:
        """The one of fewer stretches first."""
        return (other, self) if len(other.starts) < len(self.starts) else (self, other)


class _Joined:
    """Sets of values, with the times at which they are needed."""

    def __init__(self, spans: dict[Value, list[list[int]]]):
        self.leader: dict[Value, Value] = {}  # of those that were joined and lead no more
        self.members: dict[Value, list[Value]] = {}  # of those that lead others
        self.spans = spans
        self.needed: dict[Value, _Needed] = {}  # of those that were looked at

    def of(self, value: Value) -> Value:
        """The first of the values that are one with it. The way there is made shorter."""
        leader = self.leader
        while (above := leader.get(value)) is not None:
            leader[value] = leader.get(above, above)
            value = above
        return value

    def together(self, value: Value) -> list[Value]:
        """The values that are one with a value, which is among them."""
        if value not in self.spans:
            return []
        first = self.of(value)
        return self.members.get(first) or [first]

    def can_join(self, one: Value, other: Value) -> bool:
        """Whether at no time values of both are needed."""
        if one not in self.spans or other not in self.spans:
            return False
        a, b = self.of(one), self.of(other)
        return a is not b and not self._needed(a).meets(self._needed(b))

    def _needed(self, leader: Value) -> _Needed:
        found = self.needed.get(leader)
        if found is None:
            found = self.needed[leader] = _Needed(self.spans[leader])
        return found

    def join(self, one: Value, other: Value) -> None:
        a, b = self.of(one), self.of(other)
        if a is not b:
            self.leader[b] = a
            self.members.setdefault(a, [a]).extend(self.members.pop(b, (b,)))
            self.needed[a] = self._needed(a).joined(self._needed(b))

    def variables(self) -> list[Variable]:
        made = {value: times[0][0] for value, times in self.spans.items()}
        leader, members = self.leader, self.members
        found: list[tuple[int, tuple[Value, ...]]] = []
        for value, at in made.items():
            if value not in leader:
                group = members.get(value)
                if group is None:
                    found.append((at, (value,)))
                else:
                    group.sort(key=made.__getitem__)
                    found.append((made[group[0]], tuple(group)))
        found.sort(key=itemgetter(0))
        return [Variable(group) for _, group in found]
