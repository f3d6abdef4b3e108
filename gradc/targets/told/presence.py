"""Presence: which values their variables hold while a paragraph is read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.node import Value
from gradc.ir.plan import Block, Repetition, Statement, all_statements
from gradc.records import dataclass, field
from gradc.targets.told.lines import Line

_SUMS = frozenset({"add", "subtract"})


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a paragraph stands: from before its first statement until behind its last."""

    start: int
    end: int


class Presence:
    """When each value can be read under its name."""

    def __init__(self, block: Block, names: Mapping[Value, str]):
        self.names = names
        self.now = 0
        self.times: dict[Statement, tuple[int, int]] = {}
        self.spans: dict[Value, list[_Span]] = {}
        self.held: dict[str, list[_Span]] = {}  # by variable, one after the other
        # Most variables hold one value, and some functions write over nothing.
        self.shared = {name for name, count in Counter(names.values()).items() if count > 1}
        self.current: dict[str, list[Value]] = {}  # what each of those holds by now
        statements = list(all_statements(block))
        self.makers = {r: n for s in statements for n in s.nodes for r in n.results}
        self.overwrites = any([_overwrites(s) for s in statements])
        self.aliases = Aliases([n for s in statements for n in s.nodes] if self.overwrites else ())
        self.taken: dict[Value, Value] = {}  # what is written over others: what had that memory
        self.lying: dict[Value, list[Value]] = {}  # by what first had their memory
        self._bind(block.arguments)
        self._run(block.statements)

    def around(self, lines: Sequence[Line], after: Moment | None) -> Moment:
        """Where statements stand; where there are none, it is behind what is `after`."""
        times = [self.times[line.statement] for line in lines if line.statement in self.times]
        if not times:
            now = after.end if after is not None else 1
            return Moment(now, now)
        return Moment(times[0][0], times[-1][1])

    def has(self, value: Value, at: Moment, *, defined: bool = False) -> bool:
        """Whether the variable of a value holds it as a paragraph begins, or is given it there.

        In that case the name may stand for no other number in the paragraph: before it only for a
        part of the sum which the value is, and behind it only where the variable is called after
        the value. What a formula is of, and so `defined` by it, may go on.
        """
        spans = self.spans.get(value, ())
        for span in spans:
            if span.made < at.start <= span.gone:
                return True
        here = [span for span in spans if at.start <= span.made < at.end]
        if not here or defined:
            return bool(here)
        name = self.names[value]
        is_its_own = value.name.replace(".", "_") == name
        held = self.held[name]
        last = bisect_right(held, here[-1].made, key=_made)
        if not is_its_own and last < bisect_left(held, at.end, key=_made):
            return False
        return all([self._adds(value, part) for part in self._before(name, at)])

    def is_held(self, name: str, at: Moment) -> bool:
        """Whether a variable of that name holds something as a paragraph begins."""
        return name in self.held and any(True for _ in self._before(name, at))

    def _before(self, name: str, at: Moment) -> Iterator[Value]:
        """What a variable holds as a paragraph begins. What comes next ends all that was there."""
        held = self.held.get(name, [])
        for i in reversed(range(bisect_left(held, at.start, key=_made))):
            if held[i].gone < at.start:
                return
            yield held[i].value

    def _adds(self, value: Value, part: Value) -> bool:
        """Whether a value is another one, or that with something added in the same variable."""
        while value is not part:
            node = self.makers.get(value)
            if node is None or node.name not in _SUMS:
                return False
            name = self.names[value]
            value = next((v for v in node.operands if self.names.get(v) == name), value)
            if value in node.results:
                return False
        return True

    # --- how it comes about ---

    def _run(self, statements: Iterable[Statement]) -> None:
        for statement in statements:
            self.now += 1
            start = self.now
            if statement.repetition is not None:
                self._loop(statement.repetition)
            memory = statement.into if statement.into is not None else statement.over
            if memory is not None:
                self._write(memory)
                self.taken[statement.result] = self._root(memory)
            self._bind(statement.node.results)
            if statement.frees:
                self._end(statement.frees)
            self.times[statement] = (start, self.now + 1)

    def _loop(self, repetition: Repetition) -> None:
        scan = repetition.scan
        for slot in repetition.handed:
            self._write(slot.initial)
        self._bind([s.parameter for s in scan.carried])
        self._bind([s.parameter for s in scan.walked])
        for captured in scan.captured:  # the same in the same variable
            if captured.parameter in self.names:
                self._begin(captured.parameter)
        self.now += 1
        self._run(repetition.body.statements)
        self.now += 1

    def _bind(self, values: Iterable[Value]) -> None:
        for value in values:
            name = self.names.get(value)
            if name is None:
                continue
            if name in self.shared:
                self._end(self.current.pop(name, ()))
            elif value in self.spans:
                self._end((value,))
            self._begin(value)

    def _begin(self, value: Value) -> None:
        span, name = _Span(value, self.now), self.names[value]
        if value in self.spans:
            self.spans[value].append(span)
        else:
            self.spans[value] = [span]
        if name in self.held:
            self.held[name].append(span)
        else:
            self.held[name] = [span]
        if name in self.shared:
            self.current.setdefault(name, []).append(value)
        if self.overwrites:
            self.lying.setdefault(self._root(value), []).append(value)

    def _write(self, memory: Value) -> None:
        """What lies in this memory is overwritten."""
        self._end(self.lying.pop(self._root(memory), ()))

    def _root(self, value: Value) -> Value:
        """What first had the memory of a value."""
        first = self.aliases.root(value)
        return self.taken.get(first, first)

    def _end(self, values: Iterable[Value]) -> None:
        for value in values:
            for span in self.spans.get(value, [])[-1:]:
                span.gone = min(span.gone, self.now)


@dataclass(slots=True)
class _Span:
    """From when on a value is there, and when something takes its place."""

    value: Value
    made: int
    gone: int = field(default=1 << 62)


def _made(span: _Span) -> int:
    return span.made


def _overwrites(statement: Statement) -> bool:
    """Whether something is written where another value was."""
    repetition = statement.repetition
    if repetition is not None and repetition.handed:
        return True
    return statement.into is not None or statement.over is not None


def stand_ins(block: Block, names: Mapping[Value, str]) -> dict[Value, Value]:
    """What a loop's body reads and calls by no name of its own: what stands for it around the loop,
    of which it may be some elements."""
    found: dict[Value, Value] = {}
    for repetition in _repetitions(block):
        found.update([(s.parameter, s.value) for s in repetition.scan.captured])
        if repetition.scan.rows is not None:
            found.update([(s.parameter, s.whole) for s in repetition.inlined])
    return {inner: outer for inner, outer in found.items() if inner not in names}


def stacks(block: Block, names: Mapping[Value, str]) -> dict[Value, Value]:
    """What a loop's body makes straight in its place in an array: that array."""
    placed = [s for r in _repetitions(block) if r.scan.rows is not None for s in r.placed]
    return {s.value: s.stack for s in placed if s.value not in names}


def _repetitions(block: Block) -> Iterator[Repetition]:
    return (s.repetition for s in all_statements(block) if s.repetition is not None)
