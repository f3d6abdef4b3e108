"""Repeats: what is as quickly made again as it is read goes into no memory for a row.

Loops over a row leave what others go on with. A sum, a difference or a product of what those read
anyway is made in each of them instead: nothing is stored, and more of the rest stays in cache.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import dimensions_of
from gradc.targets.c.groups import Group, Member, identity, loop_name, loops_of
from gradc.targets.c.nests.nest import Pointwise
from gradc.targets.c.runs import Run

_QUICK = frozenset(("add", "subtract", "multiply", "negative"))
_MOST = 4  # operations that are made again


def repeated(run: Run, kept: Collection[Value], is_steady: Callable[[Value], bool]) -> Run:
    """The run, in which groups make again what they would read of others. What is `kept` is stored
    in any case; what is not steady is another thing once it has been written over."""
    makers: dict[Value, Member] = {}
    while found := _maker(run, kept, is_steady, makers):
        makers[found.statement.result] = found
    makers = {r: m for m in run.members if (r := m.statement.result) in makers}  # in their order
    if not makers:
        return run
    groups = [Group(_members(g, makers), g.domain) for g in run.groups]
    groups = [g for g in groups if g.members]
    return Run(groups, run.depth if len(groups) > 1 else 0)


def _maker(
    run: Run,
    kept: Collection[Value],
    is_steady: Callable[[Value], bool],
    makers: dict[Value, Member],
) -> Member | None:
    """Another member that all groups that read of it can do for themselves."""
    for number, group in enumerate(run.groups):
        if not run.depth or len(loops_of(group)) <= run.depth:
            continue  # what has no loop of its own is a number, which the others know
        for member in group.members:
            result = member.statement.result
            others = [g for g in run.groups[number + 1 :] if _reads(g, result, makers)]
            if result in makers or not others or result in kept:
                continue
            if not all(map(is_steady, member.reads)):
                continue
            more = {**makers, result: member}
            is_quick = all(_is_quick(m, more) for m in more.values())
            if is_quick and all(_goes(member, g, makers) for g in others):
                return member
    return None


def _reads(group: Group, value: Value, makers: dict[Value, Member]) -> bool:
    """Whether a group reads a value, in what it makes again too."""
    pending = [v for m in group.members for v in m.reads]
    seen = set[Value]()
    while pending:
        read = pending.pop()
        if read is value:
            return True
        if read in makers and read not in seen:
            seen.add(read)
            pending += makers[read].reads
    return False


def _is_quick(member: Member, makers: dict[Value, Member]) -> bool:
    """Whether few quick operations make it, those that are made again for it included."""
    if not isinstance(member.nest, Pointwise) or member.nest.axis is not None:
        return False
    operations, pending = 0, [member]
    while pending:
        one = pending.pop()
        nodes = [n for n in one.statement.nodes if isinstance(n, Apply) and not n.traits.literal]
        if any(n.name not in _QUICK for n in nodes):
            return False
        operations += len(nodes)
        pending += [makers[v] for v in one.reads if v in makers]
    return operations <= _MOST


def _goes(member: Member, group: Group, makers: dict[Value, Member]) -> bool:
    """Whether a group can make it for itself, and reads hardly more than it would: one array along
    the loop instead of the one that it would read."""
    nest, result = member.nest, member.statement.result
    if not isinstance(nest, Pointwise) or group.domain != nest.domain:
        return False
    here = identity(nest.domain)
    if any(v is result and index != here for m in group.members for v, index in m.touched):
        return False
    others = [m for m in group.members if m is not member]
    read = _along(others, makers) - {result}
    return len(_along([member], makers) - read) <= 1


def _along(members: Iterable[Member], makers: dict[Value, Member]) -> set[Value]:
    """What members read along the innermost loop, where what is made again is none of it."""
    found: set[Value] = set()
    pending = list(members)
    while pending:
        member = pending.pop()
        assert member.nest is not None
        inner = loop_name(len(member.nest.domain) - 1)
        for value, index in member.touched:
            if value in makers:
                pending.append(makers[value])
            elif any(inner in dimensions_of(at) for at in index):
                found.add(value)
    return found


def _members(group: Group, makers: dict[Value, Member]) -> list[Member]:
    """What a group makes: what others made for it, and of its own what is not for others alone."""
    own, needed = group.made, set[Value]()
    pending = [v for m in group.members if m.statement.result not in makers for v in m.reads]
    while pending:
        value = pending.pop()
        if value in makers and value not in needed:
            needed.add(value)
            pending += makers[value].reads
    again = [makers[v] for v in makers if v in needed and v not in own]
    left = [m for m in group.members if (r := m.statement.result) not in makers or r in needed]
    return [*again, *left]
