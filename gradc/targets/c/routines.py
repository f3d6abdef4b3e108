"""The functions of a source: what comes in, the statements, what goes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence

from gradc.diagnostics import error
from gradc.ir.graph import Param
from gradc.ir.node import Apply, Value
from gradc.ir.plan import Plan, all_statements, depth
from gradc.ir.sizes import dimensions_of, product
from gradc.ir.types import Type
from gradc.passes.plan.variables import Variable
from gradc.records import dataclass, field
from gradc.targets.c.doors import door_lines
from gradc.targets.c.elements import element_rule
from gradc.targets.c.expression import Expr, cast
from gradc.targets.c.function import Body, Function, Stored
from gradc.targets.c.groups import LOOPS
from gradc.targets.c.headed import indented
from gradc.targets.c.helpers import HELPERS
from gradc.targets.c.identifiers import TYPES, Names, identifier, number, words_of
from gradc.targets.c.interface import Interface, Struct
from gradc.targets.c.places import Place, Workspace, room_of
from gradc.targets.c.reading import Array, Reader
from gradc.targets.c.scans import scan_line
from gradc.targets.told.lines import Line
from gradc.targets.told.naming import Naming, naming_of

_WIDTH = 98  # columns
_FILLED = ("zeros", "ones", "constant")


@dataclass(frozen=True, slots=True)
class Given:
    """What a function is called with: a name of its own for each value, and where it comes from."""

    value: Value
    source: str  # `params->W1`
    is_wide: bool = False  # of another element type than the value
    is_optional: bool = False  # an array may be NULL, which stands for zeros


@dataclass(frozen=True, slots=True)
class Handed:
    """What a function leaves for its caller."""

    value: Value
    target: str  # `outputs->y`
    checked: str = ""  # what may be NULL


@dataclass(slots=True, eq=False)
class Written:
    """A function whose places in the workspace are not settled yet."""

    name: str
    arguments: list[str]
    arguments_named: list[str]
    given: list[tuple[str, str]]  # declarations of what comes in, and the names that they declare
    stored: list[Stored]
    body: list[str]


@dataclass(slots=True, eq=False)
class Routines:
    """What the functions of a source share."""

    plan: Plan
    interface: Interface
    has_blas: bool = False  # large products are the system's
    workspace: Workspace = field(default_factory=Workspace)
    codes: dict[str, int] = field(default_factory=dict)  # of what may go wrong
    helpers: dict[tuple[str, str], None] = field(default_factory=dict)
    constants: dict[str, list[str]] = field(default_factory=dict)  # arrays of compile time
    kept: dict[Value, Place] = field(default_factory=dict)
    naming: Naming = field(init=False)
    lasting: set[Value] = field(init=False)  # what every function is called with

    def __post_init__(self) -> None:
        graph = self.plan.program.graph
        self.lasting = {v for _, v in graph.given}
        users = [n for n, _ in graph.arguments_in_order] + [o.name for o in graph.outputs]
        self.naming = naming_of(graph, users)

    def fails(self, message: str) -> int:
        """The code of something that may go wrong."""
        return self.codes.setdefault(message, len(self.codes) + 1)

    def write(
        self,
        name: str,
        arguments: Sequence[Struct | str],
        given: Sequence[Given],
        handed: Sequence[Handed],
        layout: Callable[[Sequence[Line], Mapping[Value, str], Sequence[str]], list[str]],
        *,
        keeps: Sequence[Value] = (),
        read: Sequence[Value] = (),
        named: Mapping[Value, str] | None = None,
        sized_by: Collection[str] | None = None,
    ) -> Written:
        """A function for a block. What it `keeps` goes to a later one, what it has `read` comes
        from an earlier one. It is `sized_by` all dimensions, or by some."""
        block = self.plan.blocks[name]
        texts = [a if isinstance(a, str) else a.argument for a in arguments if not _is_empty(a)]
        args = [t.rpartition(" ")[2].lstrip("*") for t in texts]
        taken = [
            *args,
            *LOOPS,
            *(f"{h}_{d}" for h in HELPERS for d in TYPES),
            "total",
            *("part", "step", "end"),  # of loops that several cores share
            *("strip", "last"),  # of loops that add up strips
            "windows",
            *self.constants,
        ]
        names = Names([*taken, *(f"i{axis}" for axis in range(64))])
        dims = {d: names.claim(d) for d in self.interface.dims}
        known = {g.value: names.claim(g.value.name) for g in given}
        statements = list(all_statements(block))
        values = [v for s in statements for n in s.nodes for v in _own(n)]
        values = [v for v in dict.fromkeys([*read, *values]) if v not in known]
        counters: list[str]
        own = {v: names.claim(n) for v, n in (named or {}).items()}
        called, counters = self.naming.named(
            [Variable((v,)) for v in values], known | own, names, depth(block)
        )
        called |= known
        reader = Reader(dims.__getitem__, element_rule, self._constant, helpers=self.helpers)
        self.workspace.begin(keeps=bool(keeps or read))
        function = Function(reader, names, called, self.workspace, self.fails, counters, scan_line)
        function.lasting, function.has_blas = self.lasting, self.has_blas
        declared = [(f"const int64_t {n} = dims->{self.interface.dim_fields[d]};", n)
                    for d, n in dims.items()]  # fmt: skip
        declared += [self._let_in(g, known[g.value], reader) for g in given]
        zeros = [line for g in given for line in self._zeros(g, known[g.value], function)]
        for value in read:
            if value not in self.lasting:
                self._fetch(value, function)
        straight = {h.value: h.target for h in handed if h.checked == h.target}
        outputs = [h.value for h in handed]
        straight = {v: t for v, t in straight.items() if outputs.count(v) == 1 and v not in keeps}
        places = self._kept_by(keeps)
        body = Body(function, block, places, straight)
        lines = layout(body.lines(), called, counters)
        ends = self._hand_out(body, handed, places)
        for value in keeps:
            if value not in self.lasting:
                ends += self._keep(value, body, places[value])
        body.release()
        if function.prologue:
            told = ["    // what each step multiplies with, its columns one behind the other"]
            lines = [*told, *indented(function.prologue), "", *lines]
        lines += [""] * bool(ends and lines) + ends
        if not read:  # `backward` comes after `forward`
            looked_at = {d: n for d, n in dims.items() if sized_by is None or d in sized_by}
            door = door_lines(self.plan.program.graph, looked_at, self.fails)
            first = [*(f"    {line}" for line in door), *zeros]
            lines = first + [""] * bool(first) + lines
        return Written(identifier(name), texts, args, declared, function.stored, lines)

    def _let_in(self, given: Given, name: str, reader: Reader) -> tuple[str, str]:
        value, kind = given.value, TYPES[given.value.type.dtype]
        if value.type.shape:
            reader.arrays[value] = Array(name)
            constant = "" if given.is_optional else "const "
            return f"const {kind} *{constant}{name} = {given.source};", name
        reader.scalars[value] = name
        source = cast(kind, Expr(given.source)).text if given.is_wide else given.source
        return f"const {kind} {name} = {source};", name

    def _zeros(self, given: Given, name: str, function: Function) -> list[str]:
        """Zeros for an array that may be left out."""
        if not given.is_optional or not given.value.type.shape:
            return []
        kind = given.value.type
        zeros = Stored(function.names.claim(f"{name}_zeros"), kind, function.workspace.take(kind))
        function.stored.append(zeros)
        count = cast("size_t", function.reader.size(product(kind.shape))).text
        filled = f"memset({zeros.name}, 0, {count} * sizeof(*{name}))"
        return [f"    if ({name} == NULL) {name} = {filled};"]

    def _fetch(self, value: Value, function: Function) -> None:
        """What an earlier function left in the workspace."""
        function.settle(value, self.kept[value])
        if not value.type.shape:
            function.reader.scalars[value] = f"{function.called[value]}[0]"

    def _kept_by(self, keeps: Sequence[Value]) -> dict[Value, Place]:
        for value in keeps:
            if value not in self.lasting:
                self.kept[value] = self.workspace.keep(value.type)
        return {v: self.kept[v] for v in keeps if v not in self.lasting}

    def _keep(self, value: Value, body: Body, place: Place) -> list[str]:
        """Lines that leave a value for a later function, where it is not there already."""
        function = body.function
        if any(s.place is place for s in function.stored):
            return []
        name = function.names.claim(f"{function.called.get(value, value.shown)}_kept")
        function.stored.append(Stored(name, value.type, place))
        if not value.type.shape:
            return [f"    {name}[0] = {body.reader.read(value, ()).text};"]
        return [f"    {line}" for line in body.copy(value, name, value.type)]

    def _hand_out(
        self, body: Body, handed: Sequence[Handed], places: Mapping[Value, Place]
    ) -> list[str]:
        """Lines that leave results where the caller wants them."""
        lines: list[str] = []
        for result in handed:
            value = result.value
            if value in body.straight:
                continue
            guard = f"if ({result.checked} != NULL) " if result.checked else ""
            if not value.type.shape:
                lines.append(f"    {guard}{result.target} = {body.reader.read(value, ()).text};")
                continue
            copy = body.copy(value, result.target, value.type)
            lines += [f"    {guard}{{", *(f"        {line}" for line in copy), "    }"]
        return lines

    def _constant(self, node: Apply) -> str:
        """The name of an array of compile time."""
        return self.constant(node.result.type, _flattened(node.attr("value")))

    def start(self, state: Param) -> str:
        """What a state is before the first call. Raises DiagnosticError where C cannot write it."""
        init, kind = state.initialiser, state.value.type
        numbers: list[float] = []
        if init.kind == "value":
            numbers = _flattened(init.data)
        elif init.kind in _FILLED:
            numbers = [{"zeros": 0.0, "ones": 1.0}.get(init.kind, *init.args[:1] or (0.0,))]
        if not numbers or any(map(dimensions_of, kind.shape)):
            message = f"how the state `{state.name}` starts cannot be written in C yet"
            raise error("E0502", message, state.place)
        numbers *= math.prod(s for s in kind.shape if isinstance(s, int)) // len(numbers)
        if not kind.shape:
            return number(numbers[0], kind.dtype)
        return self.constant(kind, numbers)

    def constant(self, kind: Type, flat: Sequence[float]) -> str:
        """The name of an array of numbers."""
        numbers = ", ".join([number(v, kind.dtype) for v in flat] or ["0"])
        text = f"static const {TYPES[kind.dtype]} NAME[] = {{{numbers}}};"
        for name, lines in self.constants.items():
            if lines == [text.replace("NAME", name)]:
                return name
        name = f"constant_{len(self.constants) + 1}"
        self.constants[name] = [text.replace("NAME", name)]
        return name

    # --- text ---

    def lines(self, written: Written, *, prefix: str) -> list[str]:
        """A function, when all places are settled."""
        used = words_of(written.body)
        stored = [line for s in written.stored if s.name in used for line in self._pointer(s)]
        used |= words_of(stored)
        given = [line for line, name in written.given if name in used]
        used |= words_of(given)
        unused = [f"(void){a};" for a in written.arguments_named if a not in used]
        head = [f"    {line}" for line in (*given, *stored, *unused)]
        gap = [""] if head and written.body else []
        end = [""] if written.body else []
        signature = self.signature(written, prefix)
        return [*signature[:-1], f"{signature[-1]} {{", *head, *gap, *written.body, *end,
                "    return 0;", "}"]  # fmt: skip

    def signature(self, written: Written, prefix: str) -> list[str]:
        """The function's head, broken where it is long."""
        begin = f"int {prefix}{written.name}("
        whole = f"{begin}{', '.join(written.arguments) or 'void'})"
        if len(whole) <= _WIDTH:
            return [whole]
        pad = " " * len(begin)
        first, *rest = written.arguments
        lines = [f"{begin}{first}", *(f"{pad}{a}" for a in rest)]
        return [*(f"{line}," for line in lines[:-1]), f"{lines[-1]})"]

    def _pointer(self, stored: Stored) -> list[str]:
        kind = TYPES[stored.kind.dtype]
        pointer = f"{kind} *const {stored.name} ="
        place = self._place(kind, self.workspace.places.index(stored.place))
        if not (target := stored.target):
            return [f"{pointer} {place};"]
        line = f"{pointer} {target} != NULL ? {target} : {place};"
        if len(line) <= _WIDTH:
            return [line]
        return [pointer, f"    {target} != NULL ? {target} : {place};"]

    def _place(self, kind: str, number: int) -> str:
        """Where a part of the workspace begins."""
        if self.interface.dims:
            return f"{self.interface.stem}_part(workspace, dims, {number})"
        return f"({kind} *)((char *)workspace + {self.offsets()[number]})"

    def offsets(self) -> list[int]:
        """Where places begin, where all sizes are numbers, and where the last ends."""
        found = [0]
        for place in self.workspace.places:
            found.append(found[-1] + room_of(place.bytes))
        return found


def _own(node: object) -> list[Value]:
    """What a statement's node makes, and what a loop has of its own."""
    return [*getattr(node, "results", ()), *getattr(node, "parameters", ())]


def _is_empty(argument: Struct | str) -> bool:
    return not argument or (isinstance(argument, Struct) and not argument.fields)


def _flattened(data: object) -> list[float]:
    if isinstance(data, tuple | list):
        return [v for part in data for v in _flattened(part)]
    assert isinstance(data, int | float)
    return [data]
