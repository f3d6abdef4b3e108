"""The statements of a function, or of a loop's body, as C."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from gradc.ir.node import Apply, Node, Scan, Value
from gradc.ir.plan import Block, Statement
from gradc.ir.positions import positions_at
from gradc.ir.sizes import Size, dimensions_of, product
from gradc.ir.types import Type
from gradc.records import dataclass, field
from gradc.targets.c.ahead import ahead
from gradc.targets.c.calling import Calling
from gradc.targets.c.calls import CALLS
from gradc.targets.c.expression import binary
from gradc.targets.c.groups import Member, grouped, identity, roots
from gradc.targets.c.headed import guarded, indented, nest_line, shared_line
from gradc.targets.c.identifiers import TYPES, Names
from gradc.targets.c.loops import Loops, assigned
from gradc.targets.c.nesting import nested
from gradc.targets.c.nests.nest import Pointwise
from gradc.targets.c.places import Place, Workspace
from gradc.targets.c.reading import Array, Reader
from gradc.targets.c.repeats import repeated
from gradc.targets.c.runs import Run, is_written_over, runs, written_over
from gradc.targets.c.sizes import flat, variable
from gradc.targets.c.split import PARTS
from gradc.targets.c.splitting import split_of
from gradc.targets.told.lines import Line


@dataclass(frozen=True, slots=True)
class Stored:
    """A variable that points into the workspace."""

    name: str
    kind: Type
    place: Place
    target: str = ""  # where the caller wants it, who may not


@dataclass(slots=True, eq=False)
class Function:
    """What a function of C is written with."""

    reader: Reader
    names: Names
    called: Mapping[Value, str]
    workspace: Workspace
    fails: Callable[[str], int]  # the code of what may go wrong
    counters: list[str]
    scan: Callable[[Body, Statement], Line]  # writes a loop
    stored: list[Stored] = field(default_factory=list)
    scratches: dict[tuple[str, str], Stored] = field(default_factory=dict)
    lasting: Collection[Value] = ()  # what the caller hands in
    has_blas: bool = False  # large products are the system's
    turns: dict[object, str] = field(default_factory=dict)  # matrices that are copied row by row
    prologue: list[str] = field(default_factory=list)  # makes them

    def place(self, value: Value, target: str = "") -> Place:
        """A place in the workspace for a value that is not wanted at a target."""
        place = self.workspace.take(value.type)
        self.settle(value, place, target)
        return place

    def place_of_row(self, value: Value, depth: int, own: list[str] | None) -> Place:
        """A place for what a value has in the innermost of so many loops. Where each part of their
        steps has its own, a line is added that finds it."""
        shape, name, dtype = value.type.shape, self.called[value], value.type.dtype
        row = Type(dtype, shape[depth:])
        start = flat((*identity(shape)[:depth], *[0] * len(row.shape)), shape)
        self.reader.arrays[value] = Array(name, 0 - start)
        if own is None:
            return self._hold(name, row)
        rows = self.names.claim(f"{name}_rows")
        at = self.reader.size(variable("part") * product(row.shape)).text
        own.append(f"{TYPES[dtype]} *const {name} = {rows} + {at};")
        return self._hold(rows, Type(dtype, (PARTS, *row.shape)))

    def _hold(self, name: str, kind: Type) -> Place:
        place = self.workspace.take(kind)
        self.stored.append(Stored(name, kind, place))
        return place

    def place_of_sums(self, value: Value) -> tuple[str, Place]:
        """Memory for what all parts but the first one add up: its name, and where it is."""
        name = self.names.claim(f"{self.called[value]}_parts")
        return name, self._hold(name, Type(value.type.dtype, (PARTS - 1, *value.type.shape)))

    def settle(self, value: Value, place: Place, target: str = "") -> None:
        """The value is stored there."""
        self.reader.arrays[value] = Array(self.called[value])
        self.stored.append(Stored(self.called[value], value.type, place, target))


class Body:
    """Writes the statements of a block."""

    def __init__(
        self,
        function: Function,
        block: Block,
        kept: Mapping[Value, Place],
        handed: Mapping[Value, str],
        depth: int = 0,
    ):
        """`kept` are values with a place of their own, `handed` what goes out, and where to."""
        self.function, self.reader, self.block, self.depth = function, function.reader, block, depth
        self.kept, self.handed = kept, handed
        groups = grouped(block, self.reader, CALLS)
        wanted = {root for result in block.results for root in roots(result, self.reader)}
        self.runs = runs(ahead(groups, wanted))
        self.last = self._last_reads()
        self.held: dict[Value, Place] = {}
        self.straight: set[Value] = set()  # results that are written where the caller wants them
        self.settled: dict[Value, Array] = {}  # where that is, within what the function has

    def _last_reads(self) -> dict[Value, int]:
        """The last run that reads a value."""
        last: dict[Value, int] = {}
        for number, run in enumerate(self.runs):
            for value in run.reads:
                last[value] = number
        for result in self.block.results:
            for root in roots(result, self.reader):
                last[root] = len(self.runs)
        return last

    def lines(self) -> list[Line]:
        """The text of each statement, or of those that share loops."""
        lines: list[Line] = []
        for number, run in enumerate(self.runs):
            first = run.members[0]
            if isinstance(first.statement.node, Scan):
                lines.append(self.function.scan(self, first.statement))
            else:
                lines += self._run(number, run)
            for value in [v for v in self.held if self.last.get(v, number) <= number]:
                self.function.workspace.give(self.held.pop(value))
        return lines

    def overwrites(self, value: Value, old: Value) -> bool:
        """Whether a value may be written where another one is: nobody reads that later on, or
        elsewhere than where the value is written."""
        made = [n for n, run in enumerate(self.runs) if run.makes(value)]
        if not made or value.type != old.type or self.last.get(old, -1) > made[0]:
            return False
        return is_written_over(self.runs[made[0]], value, old)

    def scratch(self, name: str, kind: Type) -> str:
        """Memory that calls use, and leave as it comes: one for all of a name."""
        function, called = self.function, (name, kind.dtype)
        stored = function.scratches.get(called)
        if stored is not None and stored.place.holds(kind):
            return stored.name
        stored = Stored(function.names.claim(name), kind, function.workspace.take(kind))
        function.scratches[called] = stored
        function.stored.append(stored)
        return stored.name

    def turned(self, array: Array, start: Size, shape: tuple[Size, Size], step: Size) -> str | None:
        """A copy of a matrix of the caller's, made once for all steps of a loop."""
        function = self.function
        lasting = [v for v in function.lasting if self.reader.arrays.get(v) == Array(array.name)]
        moves = {n for at in (start, step) for n in dimensions_of(at) if not n.isidentifier()}
        if not self.depth or not lasting or moves:
            return None
        if (array, start, shape) not in function.turns:
            kind = Type(lasting[0].type.dtype, shape)
            name = function.names.claim(f"{array.name}_turned")
            function.stored.append(Stored(name, kind, function.workspace.fresh(kind)))
            i, j = identity(shape)
            places = [
                self.reader.size(at).text for at in (flat((i, j), shape), j * step + i + start)
            ]
            line = f"{name}[{places[0]}] = {array.name}[{places[1]}];"
            function.prologue += nested(shape, [0, 1], [line], self.reader)
            function.turns[array, start, shape] = name
        return function.turns[array, start, shape]

    def release(self) -> None:
        """Gives back what is still held."""
        for value in [*self.held]:
            self.function.workspace.give(self.held.pop(value))

    def _run(self, number: int, run: Run) -> list[Line]:
        stated = {id(m.statement): m for m in run.members}  # each once, whatever parts it has
        checks = [line for m in stated.values() for line in self._checks(m)]
        made = [result for m in run.members for result in m.statement.node.results]
        begun = {v for v in made if v in self.reader.arrays}
        outside = begun | {v for v in made if self.last.get(v, number + 1) > number}
        run = repeated(run, outside, self._is_steady)
        members, depth = run.members, run.depth
        of_rows = run.of_rows(outside)
        numbers = [v for v in of_rows if product(v.type.shape[depth:]) == 1]
        left = [
            result for g in run.groups for m in g.members for result in m.statement.node.results
            if self._is_left(m, result, number) or run.crosses(g, result)
        ]  # fmt: skip
        leaves = [v for v in dict.fromkeys(left) if v not in of_rows]
        scalars = any(not v.type.shape for v in made)
        in_parts = any(isinstance(m.nest, Pointwise) and m.nest.axis is not None for m in members)
        taken_over = [v for v in self.held if self.last.get(v) == number]
        free = [v for v in leaves if not any(v in d for d in (self.kept, self.handed, begun))]
        over = written_over(run, free, taken_over)
        guard = self._store(leaves, over, others=scalars or in_parts or bool(depth))
        rows = [v for v in of_rows if v not in numbers]
        (first, *others) = members
        whole = None if others else self._called(first.statement.node)
        if whole is not None:
            return [Line(first.statement, indented([*checks, *guarded(whole, guard)]))]
        split = split_of(run, self.reader, rows, self.function.names.claim)
        is_parted = split is not None and split.in_parts
        own: list[str] = []
        for value in rows:
            self.held[value] = self.function.place_of_row(value, depth, own if is_parted else None)
        loops = Loops(
            self.reader, self.function.names, dict(self.function.called),
            [v for v in made if v not in self.last], numbers, shared=depth,
        )  # fmt: skip
        taken: list[Place] = []
        for value in split.added if split is not None else ():
            loops.sums[value], place = self.function.place_of_sums(value)
            taken.append(place)
        texts = [loops.text(group, split) for group in run.groups]
        texts[0].parted.inside[:0] = own
        for place in taken:
            self.function.workspace.give(place)
        for value in numbers:
            self.reader.here.pop(value)
        if depth:
            return [shared_line(run, texts, checks, self.reader)]
        (group,), (text,) = run.groups, texts
        if not text.order and not guard and not any((checks, text.before, text.after)):
            pairs = zip(members, text.within, strict=True)
            return [Line(m.statement, indented(lines)) for m, lines in pairs]
        line = nest_line(group, text, 0, guard, self.reader)
        line.lines = [*indented(checks), *line.lines]
        return [line]

    def _is_steady(self, value: Value) -> bool:
        """Whether nothing is written where a value is."""
        array = self.reader.arrays.get(value)
        return array is None or all(array.name != to.name for to in self.settled.values())

    def _called(self, node: Node) -> list[str] | None:
        """The lines of what a function of the source does; None where none does."""
        if not isinstance(node, Apply) or node.name not in CALLS:
            return None
        function, taken = self.function, list[Place]()

        def take(name: str, kind: Type) -> str:
            stored = Stored(function.names.claim(name), kind, function.workspace.take(kind))
            function.stored.append(stored)
            taken.append(stored.place)
            return stored.name

        calling = Calling(
            self.reader, function.called, take, self.scratch, function.fails,
            function.names.claim, self.turned, function.has_blas,
        )  # fmt: skip
        lines = CALLS[node.name](calling, node)
        for place in taken:
            function.workspace.give(place)
        return lines

    def _is_left(self, member: Member, value: Value, number: int) -> bool:
        """Whether a value is stored: others read it, or it is a total."""
        if not value.type.shape:
            return False
        is_whole = isinstance(member.nest, Pointwise) and member.nest.axis is None
        return self.last.get(value, -1) > number or not is_whole

    def _store(self, leaves: list[Value], over: dict[Value, Value], *, others: bool) -> str:
        """Gives values places, of some those that others had. The text of what must not be NULL,
        where one goes straight out."""
        for value in leaves:
            if value in self.reader.arrays:
                continue  # loops before these have made a part of it
            if value in self.settled:
                self.reader.arrays[value] = self.settled[value]
                self.straight.add(value)
                continue
            target = self.handed.get(value)
            alone = len(leaves) == 1 and target is not None and not others
            if alone and self.last[value] == len(self.runs) and self._is_read_no_more(value):
                assert target is not None
                self.reader.arrays[value] = Array(target)
                self.straight.add(value)
                return target
            if value in over:
                self.held[value] = self.held.pop(over[value])
                self.function.settle(value, self.held[value])
            elif (place := self.kept.get(value)) is not None:
                self.function.settle(value, place)
            else:
                self.held[value] = self.function.place(value, target or "")
                if target is not None:
                    self.straight.add(value)
        return ""

    def _is_read_no_more(self, value: Value) -> bool:
        """Whether it goes out and is not looked at again."""
        reads = any(value in run.reads for run in self.runs)
        others = [r for r in self.block.results if r is not value]
        return not reads and not any(value in roots(r, self.reader) for r in others)

    def _checks(self, member: Member) -> list[str]:
        """Whether positions are within the axes that they choose from."""
        lines: list[str] = []
        for node in member.statement.nodes:
            if not isinstance(node, Apply) or node.adjoint_of is not None:
                continue
            for operand, position in positions_at(node):
                lines += self._check(node, node.operands[operand], position.least, position.size)
        return lines

    def _check(self, node: Apply, value: Value, least: Size, size: Size) -> list[str]:
        shape = value.type.shape
        element = self.reader.read(value, identity(shape), "i64")
        low = binary("<", element, self.reader.size(least))
        high = binary(">=", element, self.reader.size(size))
        place = f" (line {span.line})" if (span := node.origin.span) is not None else ""
        code = self.function.fails(f"an index is out of range{place}")
        body = [f"if ({binary('||', low, high).text}) return {code};"]
        return nested(shape, [a for a, s in enumerate(shape) if s != 1], body, self.reader)

    def copy(self, value: Value, target: str, kind: Type) -> list[str]:
        """Lines that leave a value where someone wants it, in its own order."""
        to = Value("", kind)
        self.reader.arrays[to] = Array(target)
        return assigned(self.reader, to, value)
