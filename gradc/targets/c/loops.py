"""The text of a nest of loops: what stands before, in and after them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size, product
from gradc.ir.types import FLOATS
from gradc.targets.c.expression import POSTFIX, UNARY, Expr, binary, cast, ternary
from gradc.targets.c.groups import (
    Group,
    Member,
    identity,
    is_trailing,
    loops_of,
    walked,
    written_at,
)
from gradc.targets.c.identifiers import TYPES, Names, words_of
from gradc.targets.c.nesting import Text, nested
from gradc.targets.c.nests.nest import Pointwise, Running, Scatter, Total
from gradc.targets.c.reading import Array, Reader, cleared, pointer
from gradc.targets.c.sizes import Index, flat, variable
from gradc.targets.c.split import PARTS, Split
from gradc.targets.c.totals import STRIP, addition_of, count_of, joined, start_of


class Loops:
    """Writes the nests of a function."""

    def __init__(
        self,
        reader: Reader,
        names: Names,
        called: dict[Value, str],
        unread: Collection[Value] = (),
        of_rows: Collection[Value] = (),
        *,
        shared: int = 0,
    ):
        """What is `unread` is made for what making it does: numbers that are drawn. Of the
        nests of a run, so many of whose loops are shared, `of_rows` are numbers of a row."""
        self.unread, self.of_rows, self.shared = unread, of_rows, shared
        self.reader, self.names, self.called = reader, names, called
        self.sums: dict[Value, str] = {}  # memory of each part but the first for what it adds up
        self.lines: list[str] = []  # of the statement at hand
        self.bound: list[str] = []  # what these give names to
        self.is_gathered = False  # whether it adds to a sum of the last loops alone

    def text(self, group: Group, split: Split | None) -> Text:
        """The nest of a group; what it makes for itself alone is known to the reader until then."""
        nest = group.members[0].nest
        assert nest is not None
        index, loops = identity(nest.domain), loops_of(group)
        text, outer = Text(loops, split=split), dict(self.reader.here)
        self.reader.bind = self._bind
        made = [m.statement.result for m in group.members]
        for member in group.members:
            self.lines, self.bound, self.is_gathered = [], [], False
            with self.reader.within(walked(nest.domain)):
                self._write(member, index, text)
            text.within.append(_without_idle(self.lines, self.bound))
            text.apart &= self.is_gathered or _is_apart(member, loops)
            text.stored += member.statement.result in self.reader.arrays
        self.reader.bind = None
        self.reader.here.clear()
        self.reader.here |= outer
        self.reader.here |= {v: self.called[v] for v in made if v in self.of_rows}
        return text

    def _bind(self, expr: Expr, dtype: str, name: str) -> Expr:
        claimed = self.names.claim(name)
        self.bound.append(claimed)
        self.lines.append(f"const {TYPES[dtype]} {claimed} = {expr.text};")
        return Expr(claimed)

    def _write(self, member: Member, index: Index, text: Text) -> None:
        node, nest = member.statement.node, member.nest
        assert isinstance(node, Apply)
        if isinstance(nest, Pointwise):
            at = nest.place(index)
            self._leave(node.result, at, written_at(self.reader, node, at))
        elif isinstance(nest, Total):
            self._total(node, nest, index, text)
        elif isinstance(nest, Running):
            self._running(node, nest, index)
        elif isinstance(nest, Scatter):
            self._scatter(node, nest, index, text)

    def _leave(self, value: Value, index: Index, expr: Expr) -> None:
        """An element of what is stored, or a number of its own."""
        dtype = TYPES[value.type.dtype]
        if value in self.reader.arrays:
            self.lines.append(f"{self._stored(value, index)} = {expr.text};")
        elif value in self.unread:
            self.lines.append(f"(void){expr.within(POSTFIX)};")
        else:
            name = self.called[value]
            self.lines.append(f"const {dtype} {name} = {expr.text};")
            (self.reader.here if value.type.shape else self.reader.scalars)[value] = name

    def _stored(self, value: Value, index: Index) -> str:
        array = self.reader.arrays[value]
        at = flat(index, value.type.shape) + array.offset
        return f"{array.name}[{self.reader.size(at).text}]"

    # --- totals ---

    def _total(self, node: Apply, nest: Total, index: Index, text: Text) -> None:
        value = node.result
        element = nest.element(self.reader, index)
        kept = [a for a in text.order if a not in nest.axes]
        if nest.kind in ("sum", "mean") and not is_trailing(nest):
            self._added(value, nest, index, element, text)
            return
        depth, dtype = len(kept), value.type.dtype
        is_wide, in_strips, is_short = addition_of(nest, dtype, text.order, depth, self.shared)
        wide = "f64" if is_wide else dtype
        is_number = not value.type.shape or value in self.of_rows
        is_own = is_number and wide == dtype and nest.kind != "mean"
        total = self.called[value] if is_own else self._total_name(value, depth, text)
        operand = node.operands[0].type.dtype
        start = f"{TYPES[wide]} {total} = {start_of(nest.kind, wide)};"
        self._begin(text, depth, TYPES[wide], total, start, joined(nest.kind, total))
        if nest.kind.startswith("arg"):
            start = start_of(nest.kind.removeprefix("arg"), operand)
            text.lead(depth, f"{TYPES[operand]} {total}_best = {start};")
        adds_to = self._strip(total, dtype, text, is_short) if in_strips else total
        self.lines += self._update(nest, adds_to, element, index, wide, operand, text)
        result = Expr(total)
        if nest.kind == "mean":
            count = self.reader.size(count_of(nest))
            result = binary("/", result, cast(TYPES[wide], count))
        if wide != dtype:
            result = cast(TYPES[dtype], result)
        if value in self.reader.arrays:
            text.follow(depth, f"{self._stored(value, nest.place(index))} = {result.text};")
        elif not is_own:
            text.follow(depth, f"const {TYPES[dtype]} {self.called[value]} = {result.text};")
        if not value.type.shape and value not in self.reader.arrays:
            self.reader.scalars[value] = self.called[value]

    def _total_name(self, value: Value, depth: int, text: Text) -> str:
        """What a total is called while it is added up; within loops that is nobody else's."""
        if not depth or self.shared:
            return self.names.claim(f"{self.called[value]}_total")
        text.totals += 1
        while text.totals > 1 and self.names.is_taken(f"total_{text.totals}"):
            text.totals += 1
        return "total" if text.totals == 1 else f"total_{text.totals}"

    def _strip(self, total: str, dtype: str, text: Text, is_short: bool) -> str:
        """What is added up along the innermost loop, or a strip of it, before it is added up."""
        part = self.names.claim(f"{total.removesuffix('_total')}_strip")
        begins, ends = f"{TYPES[dtype]} {part} = 0;", f"{total} += {part};"
        if is_short:
            text.lead(len(text.order) - 1, begins)
            text.follow(len(text.order) - 1, ends)
        else:
            text.strips.append((begins, ends))
        return part

    def _update(
        self, nest: Total, total: str, element: Expr, index: Index, dtype: str, operand: str,
        text: Text,
    ) -> list[str]:  # fmt: skip
        """What an element does to a total."""
        kind = nest.kind
        if kind in ("sum", "mean"):
            self._sum("+", total, nest, text)
            return [f"{total} += {element.text};"]
        if kind == "prod":
            self._sum("*", total, nest, text)
            return [f"{total} *= {element.within(8)};"]
        if kind in ("all", "any"):
            op = "&&" if kind == "all" else "||"
            return [f"{total} = {binary(op, Expr(total), element).text};"]
        relation = "<" if kind in ("min", "argmin") else ">"
        x = element
        if not x.text.isidentifier():
            x = self._bind(x, operand if kind.startswith("arg") else dtype, "x")
        if not kind.startswith("arg"):
            self._sum(kind, total, nest, text)
            lines = [f"{total} = {x.text} {relation} {total} ? {x.text} : {total};"]
            if dtype in FLOATS:
                lost = self.names.claim(f"{total}_nan")
                self._sum("|", lost, nest, text)
                depth = len(text.order) - len([a for a in text.order if a in nest.axes])
                self._begin(text, depth, "int", lost, f"int {lost} = 0;", f"{lost} |= OTHER;")
                text.follow(depth, f"if ({lost}) {total} = NAN;")
                lines.append(f"{lost} |= {x.text} != {x.text};")
            return lines
        best = f"{total}_best"
        test = f"{x.text} {relation} {best}"
        if operand in FLOATS:  # the first NaN wins
            test += f" || ({x.text} != {x.text} && {best} == {best})"
        axes = sorted(nest.axes)
        at: Size = 0
        for axis in axes:
            at = at * nest.domain[axis] + index[axis]
        place = self.reader.size(at).text
        return [f"if ({test}) {{", f"    {best} = {x.text};", f"    {total} = {place};", "}"]

    def _sum(self, op: str, total: str, nest: Total, text: Text) -> None:
        """What may be made of parts."""
        text.reduce(op, total, len([a for a in text.order if a not in nest.axes]))

    def _begin(
        self, text: Text, depth: int, kind: str, total: str, start: str, joined: str
    ) -> None:
        """A total begins. Where parts of all loops make it, each leaves its own."""
        if depth or not text.in_parts:
            text.lead(depth, start)
            return
        parts = self.names.claim(f"{total}_parts")
        text.parted.begins.append(f"{kind} {parts}[{PARTS}];")
        text.parted.inside.append(start)
        text.parted.leaves.append(f"{parts}[part] = {total};")
        text.parted.joined.append(f"{kind} {total} = {parts}[0];")
        text.parted.joins.append(joined.replace("OTHER", f"{parts}[part]"))

    def _added(self, value: Value, nest: Total, index: Index, element: Expr, text: Text) -> None:
        """A sum along axes that other loops stand within: it is added to where it is stored."""
        if value in self.sums:
            stored = self._part(value, text, nest.place(index))
        else:
            self._zeros(value, text)
            stored = self._stored(value, nest.place(index))
        self.lines.append(f"{self._gathered(value, nest, stored, text)} += {element.text};")
        if nest.kind == "mean":
            array = self.reader.arrays[value]
            count = self.reader.size(product(value.type.shape)).text
            by = cast(TYPES[value.type.dtype], self.reader.size(count_of(nest))).text
            at = self.reader.size(variable("i") + array.offset).text
            text.follow(0, f"for (int64_t i = 0; i < {count}; i++) {array.name}[{at}] /= {by};")

    def _gathered(self, value: Value, nest: Total, stored: str, text: Text) -> str:
        """What an element is added to: a sum of its own of the last loops, where they are all along
        axes that are summed."""
        order = text.order
        last = max([n for n, a in enumerate(order) if a not in nest.axes], default=-1) + 1
        walked = 0 if text.split is None else len(text.split.axes)
        if last == len(order) or last < max(self.shared, walked):
            return stored
        dtype, name = value.type.dtype, self.names.claim(f"{self.called[value]}_total")
        few = product([nest.domain[a] for a in order[last:]])
        is_wide = dtype == "f32" and not (isinstance(few, int) and few <= 2 * STRIP)
        text.lead(last, f"{TYPES['f64' if is_wide else dtype]} {name} = 0;")
        text.follow(
            last, f"{stored} += {cast(TYPES[dtype], Expr(name)).text if is_wide else name};"
        )
        text.reduce("+", name, last)
        self.is_gathered = True
        return name

    def _part(self, value: Value, text: Text, place: Index) -> str:
        """An element of what a part adds up: the first one where the sum is stored."""
        array, kind, sums = self.reader.arrays[value], value.type, self.sums[value]
        own, count = self.names.claim(f"{self.called[value]}_part"), product(kind.shape)
        others = f"(part - 1)*{self.reader.size(count).within(UNARY)}"
        i, name, whole = variable("i"), TYPES[kind.dtype], pointer(array, self.reader)
        text.parted.inside += [
            f"{name} *const {own} = part == 0 ? {whole} : {sums} + {others};",
            cleared(Array(own), count, self.reader),
        ]
        text.parted.joins.append(
            f"for (int64_t i = 0; i < {self.reader.size(count).text}; i++) "
            f"{array.name}[{self.reader.size(i + array.offset).text}] += {sums}[{others} + i];"
        )
        return f"{own}[{self.reader.size(flat(place, kind.shape)).text}]"

    def _zeros(self, value: Value, text: Text) -> None:
        array = self.reader.arrays[value]
        text.lead(0, cleared(array, product(value.type.shape), self.reader))

    # --- what goes on, and what is added at places ---

    def _running(self, node: Apply, nest: Running, index: Index) -> None:
        value, position = node.result, index[nest.axis]
        first = nest.first(self.reader, index)
        if position == 0:
            self._leave(value, index, first)
            return
        with self.reader.under_condition():
            earlier = (*index[: nest.axis], position - 1, *index[nest.axis + 1 :])
            before = Expr(self._stored(value, earlier))
            following = nest.following(self.reader, index, before)
        condition = binary(">", self.reader.size(position), Expr("0"))
        self._leave(value, index, ternary(condition, following, first))

    def _scatter(self, node: Apply, nest: Scatter, index: Index, text: Text) -> None:
        value = node.result
        if nest.copied is None:
            self._zeros(value, text)
        else:
            for line in assigned(self.reader, value, node.operands[nest.copied]):
                text.lead(0, line)
        condition = None if nest.condition is None else nest.condition(self.reader, index)
        place = nest.place(self.reader, index)
        element = nest.element(self.reader, index)
        line = f"{self._stored(value, place)} {'+=' if nest.adds else '='} {element.text};"
        if nest.once is None:
            self.lines.append(line if condition is None else f"if ({condition.text}) {line}")
            return
        assert condition is not None
        text.lead(len([a for a in text.order if a < nest.once]), "int found = 0;")
        condition = binary("&&", Expr("!found", 8), condition)
        self.lines += [f"if ({condition.text}) {{", "    found = 1;", f"    {line}", "}"]


def _is_apart(member: Member, loops: Sequence[int]) -> bool:
    """Whether what is done at a position of the innermost loop waits for no other one."""
    nest = member.nest
    if isinstance(nest, Pointwise):
        return not any(n.traits.impure for n in member.statement.nodes)
    if not isinstance(nest, Total) or not loops:
        return False
    if nest.kind in ("sum", "mean") and not is_trailing(nest):
        return loops[-1] not in nest.axes
    return nest.kind in ("sum", "mean", "prod", "max", "min")


def _without_idle(lines: list[str], bound: Sequence[str]) -> list[str]:
    """The lines without names for what nobody reads: a place along an axis that is stretched."""
    for name in reversed(bound):
        naming = [line for line in lines if name in words_of([line])]
        if len(naming) == 1:
            lines = [line for line in lines if line is not naming[0]]
    return lines


def assigned(reader: Reader, to: Value, value: Value) -> list[str]:
    """Lines that fill what is stored, or a view of it, with the elements of a value."""
    shape = to.type.shape
    index = identity(shape)
    place = reader.place(to, index)
    assert place is not None
    array, at = place
    bind, reader.bind = reader.bind, None  # these are loops of their own: no name is known in them
    with reader.within(walked(shape)):
        element = reader.read(value, index, to.type.dtype).text
    reader.bind = bind
    line = f"{array.name}[{reader.size(at).text}] = {element};"
    order = [a for a, s in enumerate(shape) if s != 1]
    return nested(shape, order, [line], reader, is_copy=True)
