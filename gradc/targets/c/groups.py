"""Groups: which statements are one nest of loops.

Statements that run over the same elements go together as long as each reads of what the others make
the element that is being made. What is known only after a loop comes in a later one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradc.diagnostics import error
from gradc.ir.node import Apply, Scan, Value
from gradc.ir.plan import Block, Statement
from gradc.ir.positions import positions_at
from gradc.ir.sizes import Size
from gradc.records import dataclass, field
from gradc.targets.c.cuts import parts_of
from gradc.targets.c.expression import Expr
from gradc.targets.c.identifiers import number
from gradc.targets.c.nests import nest_of
from gradc.targets.c.nests.nest import Nest, Pointwise, Running, Scatter, Total
from gradc.targets.c.reading import Array, Cut, Reader
from gradc.targets.c.sizes import Index, variable
from gradc.targets.c.views import VIEWS, seen

LOOPS = "ijklmnpq"
"""What the variables of loops are called, from the outermost on."""


@dataclass(slots=True, eq=False)
class Member:
    """A statement, and the nest that makes it; None where it is written in its own way."""

    statement: Statement
    nest: Nest | None
    reads: set[Value] = field(default_factory=set)  # of what is stored or made by others
    touched: Sequence[tuple[Value, Index]] = ()  # and at which positions


@dataclass(slots=True, eq=False)
class Group:
    """Statements that are written as one."""

    members: list[Member]
    domain: tuple[Size, ...] | None = None

    @property
    def made(self) -> set[Value]:
        return {r for m in self.members for r in m.statement.node.results}


def identity(domain: Sequence[Size]) -> Index:
    """The position at which a nest over a domain is."""
    return tuple([0 if s == 1 else variable(loop_name(a)) for a, s in enumerate(domain)])


def walked(domain: Sequence[Size]) -> dict[str, Size]:
    """How far the variables of loops over a domain go."""
    return {loop_name(a): s for a, s in enumerate(domain) if s != 1}


def loops_of(group: Group) -> list[int]:
    """The axes of the loops of a group, from the outermost on."""
    nest = group.members[0].nest
    if nest is None:
        return []
    loops = [a for a, s in enumerate(nest.domain) if s != 1]
    if isinstance(nest, Total) and group.domain is None:
        loops.sort(key=lambda a: a in nest.axes)
    return loops


def loop_name(axis: int) -> str:
    """The variable of the loop along an axis."""
    return LOOPS[axis] if axis < len(LOOPS) else f"i{axis}"


def grouped(block: Block, reader: Reader, called: Collection[str]) -> list[Group]:
    """The groups of a block; its views, and what is written where it is used, are noted. What is
    `called` is done by functions of the source where it is no nest."""
    groups: list[Group] = []
    for place, statement in enumerate(block.statements):
        for node in statement.inner:
            _note(node, reader)
        node = statement.node
        if isinstance(node, Scan):
            groups.append(Group([_apart(statement, reader)]))
            continue
        assert isinstance(node, Apply)
        if node.name in VIEWS and _can_be_seen(node, reader):
            reader.views[node.result] = seen(node)
            continue
        nest = nest_of(node)
        if node.name in VIEWS:
            nest = Pointwise(node.result.type.shape)
        if node.name == "array":
            _hold(node, reader)
            continue
        if nest is None and node.name in called:
            groups.append(Group([_apart(statement, reader)]))
            continue
        if nest is None:
            raise unsupported(node)
        for part in _parts(statement, nest, block.statements[place + 1 :], reader):
            _place(Member(statement, part), groups, reader)
    return groups


def _parts(
    statement: Statement, nest: Nest, later: Sequence[Statement], reader: Reader
) -> Sequence[Nest]:
    """The nests of a statement: one, or one for each part of what it makes."""
    if not isinstance(nest, Pointwise) or statement.node.traits.impure:
        return [nest]
    assert isinstance(statement.node, Apply)
    reader.cuts = cuts = list[Cut]()
    _touched(Member(statement, nest), reader)
    reader.cuts = None
    return parts_of(statement.node, nest, identity(nest.domain), cuts, later)


def _note(node: object, reader: Reader) -> None:
    assert isinstance(node, Apply)
    if node.name in VIEWS:
        reader.views[node.result] = seen(node)
    elif node.name == "array":
        _hold(node, reader)
    elif isinstance(nest_of(node), Pointwise) or node.traits.literal:
        reader.inner[node.result] = node
    else:
        raise unsupported(node)


def _hold(node: Apply, reader: Reader) -> None:
    """An array of compile time is one of the source; a number that fills one is that number."""
    filled = node.attr("value")
    if isinstance(filled, int | float):
        reader.scalars[node.result] = number(filled, node.result.type.dtype)
    else:
        reader.arrays[node.result] = Array(reader.constant(node))


def unsupported(node: Apply) -> Exception:
    """What is said of an operation that C has no text for."""
    message = f"`{node.name}` cannot be written in C yet"
    helps = ["`--target numpy` writes all operations"]
    return error("E0502", message, node.origin.span or node.span, helps=helps)


def _can_be_seen(node: Apply, reader: Reader) -> bool:
    """Whether it is read where it is used: it looks at what is stored."""
    return bool(node.result.type.shape) and not any(v in reader.inner for v in node.operands)


def _apart(statement: Statement, reader: Reader) -> Member:
    return Member(statement, None, {r for v in statement.reads for r in roots(v, reader)})


def roots(value: Value, reader: Reader) -> set[Value]:
    """What is stored of which a value is an element or a view."""
    found: set[Value] = set()
    pending = [value]
    while pending:
        value = pending.pop()
        if value in reader.views:
            pending.append(reader.views[value].of)
        elif value in reader.inner:
            pending += reader.inner[value].operands
        else:
            found.add(value)
    return found


def _place(member: Member, groups: list[Group], reader: Reader) -> None:
    """Puts a statement into the last group where it fits, or behind it."""
    nest = member.nest
    assert nest is not None
    touched = _touched(member, reader)
    member.touched, member.reads = touched, {value for value, _ in touched}
    last = groups[-1] if groups else None
    if last is not None and last.domain is not None and joins(member, last):
        last.members.append(member)
        return
    impure = member.statement.node.traits.impure
    alone = isinstance(nest, Running | Scatter) or _is_permuted(nest) or impure
    group = Group([member], None if alone else nest.domain)
    is_early = nest.domain == () and not impure
    if is_early and last is not None and not member.reads & last.made:
        groups.insert(len(groups) - 1, group)  # a number does not stand between two nests
    else:
        groups.append(group)


def joins(member: Member, group: Group) -> bool:
    """Whether a statement can be the last one of a group: it reads nothing of it but elements that
    are known when it comes."""
    nest = member.nest
    if nest is None or isinstance(nest, Running | Scatter) or _is_permuted(nest):
        return False
    if nest.domain != group.domain:
        return False
    if member.statement.node.traits.impure:
        return False  # draws happen in their order
    here = identity(nest.domain)
    made = group.made
    totals = {m.statement.result for m in group.members if isinstance(m.nest, Total)}
    return all(
        [v not in made or (index == here and v not in totals) for v, index in member.touched]
    )


def _is_permuted(nest: Nest) -> bool:
    """Whether loops go in another order than axes: the last ones over what is reduced."""
    return isinstance(nest, Total) and nest.kind not in ("sum", "mean") and not is_trailing(nest)


def is_trailing(total: Total) -> bool:
    """Whether the last loops are those over what is reduced."""
    loops = [a for a, s in enumerate(total.domain) if s != 1]
    flags = [a in total.axes for a in loops]
    return flags == sorted(flags)


def _touched(member: Member, reader: Reader) -> list[tuple[Value, Index]]:
    """What the elements of a statement are made of, and at which positions."""
    node, nest = member.statement.node, member.nest
    assert isinstance(node, Apply)
    assert nest is not None
    found: list[tuple[Value, Index]] = []
    reader.touched = found
    here = identity(nest.domain)
    loops, reader.loops = reader.loops, walked(nest.domain)
    try:
        if isinstance(nest, Pointwise):
            written_at(reader, node, nest.place(here))
        elif isinstance(nest, Running):
            nest.following(reader, here, Expr("x"))
            nest.first(reader, here)
        else:
            nest.element(reader, here)
        if isinstance(nest, Scatter):
            nest.place(reader, here)
            if nest.condition is not None:
                nest.condition(reader, here)
            if nest.copied is not None:
                found += [(r, ()) for r in roots(node.operands[nest.copied], reader)]
        # Positions are looked at before the loops.
        places = [n.operands[i] for n in _applied(member) for i, _ in positions_at(n)]
        found += [(r, ()) for value in places for r in roots(value, reader)]
    finally:
        reader.touched, reader.loops = None, loops
    return found


def _applied(member: Member) -> list[Apply]:
    return [n for n in member.statement.nodes if isinstance(n, Apply) and n.op.positions]


def written_at(reader: Reader, node: Apply, index: Index) -> Expr:
    """The element of a node's result."""
    if node.name in VIEWS:
        view = seen(node)
        return reader.read(view.of, reader.moved(node.result, view, index))
    return reader.rule(node.op)(reader, node, index)
