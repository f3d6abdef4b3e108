"""Levels: which values of a loop's body wait for which recurrences.

What is carried and made of itself, step after step, is a recurrence. One that reads another has a
level above it; a value's level is that of the highest one that it waits for, or -1. A total, to
which steps only add, is above all: nothing waits for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gradc.ir.cost import count_of, nominal
from gradc.ir.node import Apply, Carried, Node, Scan, Value
from gradc.records import dataclass

_TOTALS = ("add", "index_add")


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of what is carried, of values as early as they can be made, of nodes as late."""

    slots: dict[Carried, int]
    early: dict[Value, int]
    late: dict[Node, int]
    needed: dict[Value, int]  # the first level that reads a value; the top one where none does
    top: int  # of totals, and of what is only collected

    def of(self, value: Value) -> int:
        """The level of a value; what is known before has -1."""
        return self.early.get(value, -1)


def levels_of(scan: Scan) -> Levels:
    """The levels of a loop's body."""
    slots = _of_slots(scan)
    totals = {s for s in scan.carried if s not in slots}
    top = 1 + max(slots.values(), default=-1)
    slots |= dict.fromkeys(totals, top)
    early = {slot.parameter: level for slot, level in slots.items()}
    for node in scan.nodes:
        level = max([early.get(v, -1) for v in node.operands], default=-1)
        early.update(dict.fromkeys(node.results, level))
    needed = {slot.following: level for slot, level in slots.items()}
    late: dict[Node, int] = {}
    for node in reversed(scan.nodes):
        level = min([needed.get(v, top) for v in node.results])
        if not _may_wait(node, early):
            level = early[node.results[0]]
        late[node] = level
        for value in node.operands:
            needed[value] = min(level, needed.get(value, top))
    return Levels(slots, early, late, needed, top)


def _may_wait(node: Node, early: Mapping[Value, int]) -> bool:
    """Whether what it is made of may be kept for later in its place: that is no larger, or worth
    it since one product is made of many."""
    if not isinstance(node, Apply):
        return False
    if node.traits.heavy:
        return True
    return all(_width(v) <= _width(node.result) for v in node.operands if early.get(v, -1) >= 0)


def _width(value: Value) -> int:
    return nominal(count_of(value))


def _of_slots(scan: Scan) -> dict[Carried, int]:
    """The level of each recurrence."""
    reads: Counter[Value | None] = Counter(v for n in scan.nodes for v in n.operands)
    reads.update(scan.body.results)
    makers = {r: n for n in scan.nodes for r in n.results}
    waits: dict[Value, set[Carried]] = {slot.parameter: {slot} for slot in scan.carried}
    for node in scan.nodes:
        found = {slot for v in node.operands for slot in waits.get(v, ())}
        waits.update(dict.fromkeys(node.results, found))
    reached = {slot: set(waits.get(slot.following, ())) for slot in scan.carried}
    for through in scan.carried:
        for found in reached.values():
            if through in found:
                found |= reached[through]
    levels: dict[Carried, int] = {}
    left = [slot for slot in scan.carried if not _is_total(slot, makers, reads)]
    while left:
        ready = [
            slot
            for slot in left
            if all(other in levels or slot in reached[other] for other in reached[slot] - {slot})
        ]
        assert ready, "what waits for each other is one recurrence"
        level = 1 + max(levels.values(), default=-1)
        levels |= dict.fromkeys(ready, level)
        left = [slot for slot in left if slot not in levels]
    return levels


def _is_total(slot: Carried, makers: dict[Value, Node], reads: Counter[Value | None]) -> bool:
    node = makers.get(slot.following)
    if not isinstance(node, Apply) or node.name not in _TOTALS or slot.states is not None:
        return False
    return node.operands.count(slot.parameter) == reads[slot.parameter] == reads[node.result] == 1
