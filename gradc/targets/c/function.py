"""The statements of a function, or of a loop's body, as C."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from gradc.ir.node import Apply, Scan, Value
from gradc.ir.plan import Block, Statement
from gradc.ir.positions import positions_at
from gradc.ir.sizes import Size
from gradc.ir.types import Type
from gradc.records import dataclass, field
from gradc.targets.c.calls import CALLS
from gradc.targets.c.expression import binary
from gradc.targets.c.groups import Group, Member, grouped, identity, roots
from gradc.targets.c.identifiers import Names
from gradc.targets.c.loops import Loops, assigned, closed, nested
from gradc.targets.c.nests.nest import Pointwise
from gradc.targets.c.places import Place, Workspace
from gradc.targets.c.reading import Array, Reader
from gradc.targets.told.lines import Line


@dataclass(frozen=True, slots=True)
class Stored:
    """A variable that points into the workspace."""

    name: str
    kind: Type
    place: Place


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

    def loops(self, unread: Collection[Value]) -> Loops:
        """What writes a nest."""
        return Loops(self.reader, self.names, dict(self.called), unread)

    def place(self, value: Value) -> Place:
        """A place in the workspace for a value."""
        place = self.workspace.take(value.type)
        self.settle(value, place)
        return place

    def settle(self, value: Value, place: Place) -> None:
        """The value is stored there."""
        self.reader.arrays[value] = Array(self.called[value])
        self.stored.append(Stored(self.called[value], value.type, place))


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
        self.groups = grouped(block, self.reader)
        self.last = self._last_reads()
        self.held: dict[Value, Place] = {}
        self.straight: set[Value] = set()  # results that are written where the caller wants them

    def _last_reads(self) -> dict[Value, int]:
        last: dict[Value, int] = {}
        for number, group in enumerate(self.groups):
            for member in group.members:
                for value in member.reads:
                    last[value] = number
        for result in self.block.results:
            for root in roots(result, self.reader):
                last[root] = len(self.groups)
        return last

    def lines(self) -> list[Line]:
        """The text of each statement, or of those that share a loop."""
        lines: list[Line] = []
        for number, group in enumerate(self.groups):
            lines += self._group(number, group)
            for value in [v for v in self.held if self.last.get(v, number) <= number]:
                self.function.workspace.give(self.held.pop(value))
        return lines

    def release(self) -> None:
        """Gives back what is still held."""
        for place in self.held.values():
            self.function.workspace.give(place)
        self.held.clear()

    def _group(self, number: int, group: Group) -> list[Line]:
        (member, *others) = group.members
        statement = member.statement
        if isinstance(statement.node, Scan):
            return [self.function.scan(self, statement)]
        checks = [line for m in group.members for line in self._checks(m)]
        leaves = [m.statement.result for m in group.members if self._is_left(m, number)]
        numbers = [m.statement.result for m in group.members if not m.statement.result.type.shape]
        guard = self._store(leaves, others=bool(numbers))
        node = statement.node
        called = CALLS.get(node.name) if not others else None
        whole = called(self.reader, node) if called and isinstance(node, Apply) else None
        if whole is not None:
            if guard:
                whole = [f"if ({guard} != NULL) {{", *indented(whole), "}"]
            return [Line(statement, indented(whole))]
        made = [m.statement.result for m in group.members]
        unread = [v for v in made if v not in self.last]
        text = self.function.loops(unread).text(group)
        nest = member.nest
        assert nest is not None
        first, last = closed(text, nest.domain, self.reader)
        deep = len(text.order)
        within = [["    " * deep + line for line in lines] for lines in text.within]
        if guard:
            first = [f"if ({guard} != NULL) {{", *indented(first)]
            last = [*indented(last), "}"]
            within = [indented(lines) for lines in within]
        if not deep and not guard and not any((checks, first, last)):
            pairs = zip(group.members, within, strict=True)
            return [Line(m.statement, indented(lines)) for m, lines in pairs]
        spans = {id(m.statement.node.origin.span) for m in group.members}
        if len(spans) == 1:
            whole = [*checks, *first, *(line for lines in within for line in lines), *last]
            return [Line(statement, indented(whole))]
        cut = 4 * (deep + bool(guard))
        inner = [
            Line(m.statement, [f"    {line[cut:]}" for line in lines])
            for m, lines in zip(group.members, within, strict=True)
        ]
        return [
            Line(
                statement, indented([*checks, *first]), inner=inner, is_shared=True,
                depth=deep + bool(guard), ends=indented(last),
            )
        ]  # fmt: skip

    def _is_left(self, member: Member, number: int) -> bool:
        """Whether a value is stored: others read it, or it is a total."""
        value = member.statement.result
        if not value.type.shape:
            return False
        return self.last.get(value, -1) > number or not isinstance(member.nest, Pointwise)

    def _store(self, leaves: list[Value], *, others: bool) -> str:
        """Gives values places. The text of what must not be NULL, where one goes straight out."""
        for value in leaves:
            target = self.handed.get(value)
            alone = len(leaves) == 1 and target is not None and not others
            if alone and self.last[value] == len(self.groups) and self._is_read_no_more(value):
                assert target is not None
                self.reader.arrays[value] = Array(target)
                self.straight.add(value)
                return target
            if (place := self.kept.get(value)) is not None:
                self.function.settle(value, place)
            else:
                self.held[value] = self.function.place(value)
        return ""

    def _is_read_no_more(self, value: Value) -> bool:
        """Whether it goes out and is not looked at again."""
        reads = any(value in m.reads for group in self.groups for m in group.members)
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
        span = node.origin.span
        place = f" (line {span.line})" if span is not None else ""
        code = self.function.fails(f"an index is out of range{place}")
        body = [f"if ({binary('||', low, high).text}) return {code};"]
        return nested(shape, [a for a, s in enumerate(shape) if s != 1], body, self.reader)

    def copy(self, value: Value, target: str, kind: Type) -> list[str]:
        """Lines that leave a value where someone wants it, in its own order."""
        to = Value("", kind)
        self.reader.arrays[to] = Array(target)
        return assigned(self.reader, to, value)


def indented(lines: list[str]) -> list[str]:
    """The lines one level deeper."""
    return [f"    {line}" if line else "" for line in lines]
