"""Ahead: what a later group makes of what an earlier one has made anyway, the earlier one makes.

Of a function that goes into a product, backward needs the slope. Where that is made of several
numbers, each would be stored until then; made in the loops of the function, it is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from gradc.ir.node import Value
from gradc.ir.types import BYTES
from gradc.targets.c.groups import Group, Member, joins
from gradc.targets.c.nests.nest import Pointwise


def ahead(groups: Sequence[Group], results: Collection[Value]) -> list[Group]:
    """The groups, of which some make more and store less; `results` are stored in any case."""
    at = {v: n for n, group in enumerate(groups) for v in group.made}
    readers: dict[Value, list[Member]] = defaultdict(list)
    for group in groups:
        for member in group.members:
            for value in member.reads:
                readers[value].append(member)
    for late, group in enumerate(groups):
        if not group.domain:
            continue
        found = {at[v] for m in group.members for v in m.reads if v in at}
        for early in sorted(n for n in found if n < late and groups[n].domain == group.domain):
            moved = _movable(group, groups[early], early, at)
            before = _stored(groups[early].members, readers, results)
            if moved and _stored([*groups[early].members, *moved], readers, results) < before:
                group.members = [m for m in group.members if m not in moved]
                groups[early].members += moved
                at.update((r, early) for m in moved for r in m.statement.node.results)
    return [group for group in groups if group.members]


def _movable(late: Group, early: Group, place: int, at: dict[Value, int]) -> list[Member]:
    """The elements of a group that can be made in the loops of an earlier one."""
    whole = Group([*early.members], early.domain)
    moved: list[Member] = []
    made = early.made
    for member in late.members:
        if not isinstance(member.nest, Pointwise) or not joins(member, whole):
            continue
        if all(v in made or at.get(v, -1) < place for v in member.reads):
            moved.append(member)
            whole.members.append(member)
            made.add(member.statement.result)
    return moved


def _stored(
    members: Sequence[Member], readers: dict[Value, list[Member]], results: Collection[Value]
) -> int:
    """The bytes for each position of what members make and others read."""
    inside = {*map(id, members)}
    return sum(
        BYTES[value.type.dtype]
        for value in dict.fromkeys(r for m in members for r in m.statement.node.results)
        if value in results or any(id(m) not in inside for m in readers[value])
    )
