"""Runs: which groups share their outer loops, so that what they make of a row stays in cache.

A group goes on with a row that those before it have made something of; what is known only when all
rows are done comes in a later run. To what is summed over rows the first group adds that can: what
is written is shared out among loops then, and waits less for memory.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradc.ir.node import Value
from gradc.records import dataclass
from gradc.targets.c.calls import CALLS
from gradc.targets.c.groups import Group, Member, identity, is_trailing, joins
from gradc.targets.c.nests.nest import Pointwise, Scatter, Total


@dataclass(slots=True, eq=False)
class Run:
    """Groups that are written in the same outer loops, where there are several."""

    groups: list[Group]
    depth: int = 0  # how many loops these are

    @property
    def members(self) -> list[Member]:
        return [m for group in self.groups for m in group.members]

    @property
    def reads(self) -> set[Value]:
        return {v for m in self.members for v in m.reads}

    def makes(self, value: Value) -> bool:
        return any(value in m.statement.node.results for m in self.members)

    def crosses(self, group: Group, value: Value) -> bool:
        """Whether another group reads what this one makes, and does not make it again."""
        others = [g for g in self.groups if g is not group and value not in g.made]
        return any(value in m.reads for g in others for m in g.members)

    def of_rows(self, outside: Collection[Value]) -> list[Value]:
        """What is made for a row and goes to other groups, but not to what stands outside."""
        found = []
        for group in self.groups if self.depth else ():
            for member in group.members:
                value = member.statement.result
                goes = isinstance(member.nest, Total) or self.crosses(group, value)
                if goes and value not in outside and _is_of_rows(member, self.depth):
                    found.append(value)
        return [*dict.fromkeys(found)]


def runs(groups: Sequence[Group]) -> list[Run]:
    """The groups in their order, those together that share loops."""
    found: list[Run] = []
    for group in groups:
        run = _before(found, group)
        depth = _shared(run, group) if run is not None else 0
        if run is not None and depth:
            run.groups.append(group)
            run.depth = depth
        else:
            found.append(Run([group]))
    return [_ordered(run) for run in found]


def _before(found: Sequence[Run], group: Group) -> Run | None:
    """The last run that has loops, behind which the group waits for nothing.

    A loss is made of sums when all rows are done; its gradient often is not made of it. And what
    goes to places that others of the graph choose is done row by row in no other loops.
    """
    reads = {v for m in group.members for v in m.reads}
    for run in reversed(found):
        if not all(_is_apart(g) for g in run.groups):
            return run
        if not reads.isdisjoint(v for g in run.groups for v in g.made):
            return None
    return None


def _is_apart(group: Group) -> bool:
    """Whether no other group shares loops with it: it is numbers alone, or elements that go where
    other numbers say."""
    return group.domain == () or all(isinstance(m.nest, Scatter) for m in group.members)


def _ordered(run: Run) -> Run:
    """The run, with sums of rows where what they are made of is known first."""
    if not run.depth:
        return run
    for number, group in enumerate(run.groups):
        for member in [m for m in group.members if is_added_to(m)]:
            for place in range(number):
                made = {v for g in run.groups[place + 1 : number + 1] for v in g.made}
                if not member.reads & made and joins(member, run.groups[place]):
                    group.members.remove(member)
                    run.groups[place].members.append(member)
                    break
    groups = [g for g in run.groups if g.members]
    return Run(groups, run.depth if len(groups) > 1 else 0)


def is_added_to(member: Member) -> bool:
    """Whether it is a sum that is added to where it is stored."""
    nest = member.nest
    return isinstance(nest, Total) and nest.kind in ("sum", "mean") and not is_trailing(nest)


def _shared(run: Run, group: Group) -> int:
    """How many loops a group shares with a run; 0 where it is no part of it."""
    first = run.groups[0]
    if any(g.domain is None or _is_called(g) for g in (first, group)):
        return 0
    assert first.domain is not None
    assert group.domain is not None
    most = 0
    for one, other in zip(first.domain, group.domain, strict=False):
        if one != other or one == 1:
            break
        most += 1
    made = {r: m for m in run.members for r in m.statement.node.results}
    if not any(v in made or v in run.reads for m in group.members for v in m.reads):
        return 0
    here = identity(group.domain)
    touched = [t for m in group.members for t in m.touched if t[0] in made]
    for depth in [run.depth] if run.depth else range(most, 0, -1):
        if depth > most:
            continue
        if all(_is_known(made[v], depth) and i[:depth] == here[:depth] for v, i in touched):
            return depth
    return 0


def _is_called(group: Group) -> bool:
    """Whether a function of the source does it."""
    return len(group.members) == 1 and group.members[0].statement.node.name in CALLS


def _is_known(member: Member, depth: int) -> bool:
    """Whether what a statement makes of a row is known at the end of the row."""
    nest = member.nest
    if isinstance(nest, Total):
        is_late = nest.kind == "mean" and not is_trailing(nest)
        return not is_late and min(nest.axes, default=depth) >= depth
    return isinstance(nest, Pointwise) and (nest.axis is None or nest.axis >= depth)


def _is_of_rows(member: Member, depth: int) -> bool:
    nest, value = member.nest, member.statement.result
    if not _is_known(member, depth) or value.type.rank < depth:
        return False
    return not isinstance(nest, Total) or is_trailing(nest)


def written_over(run: Run, values: Sequence[Value], olds: Sequence[Value]) -> dict[Value, Value]:
    """What is made where another array is, which nobody reads behind the run: that, for each."""
    found: dict[Value, Value] = {}
    elements = {m.statement.result for m in run.members if _is_element(m)}
    for value in (v for v in values if v in elements):
        for old in olds:
            is_free = old.type == value.type and old not in found.values()
            if is_free and is_written_over(run, value, old):
                found[value] = old
                break
    return found


def is_written_over(run: Run, value: Value, old: Value) -> bool:
    """Whether each element of an array is read of for the last time, in a run, by what makes that
    of another one, or before: so that one may stand where the other stood."""
    members = run.members
    made = [n for n, m in enumerate(members) if value in m.statement.node.results]
    if not any(old in m.reads for m in members):
        return True
    maker = members[made[0]]
    is_total = isinstance(maker.nest, Total) and is_trailing(maker.nest)
    if len(made) > 1 or not (is_total or _is_element(maker)):
        return False
    here = identity(old.type.shape)
    for n, member in enumerate(members):
        if old not in member.reads:
            continue
        touched = [i for v, i in member.touched if v is old]
        if n > made[0] or not touched or any(i != here for i in touched):
            return False
        if not _is_element(member) and (n == made[0] or not isinstance(member.nest, Total)):
            return False
    return True


def _is_element(member: Member) -> bool:
    return isinstance(member.nest, Pointwise) and member.nest.axis is None


def spans(members: Sequence[Member]) -> set[int]:
    """The statements of the graph that are written."""
    return {id(m.statement.node.origin.span) for m in members}
