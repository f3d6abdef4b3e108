"""Severed: a loop of recurrences of which one reads another is a loop for each.

The first keeps what it makes, and the second walks along that. So what each step of the second made
of the first alone is made for all steps at once, such as the product with a layer's input. And what
no recurrence reads is made behind all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from gradc.ir.cost import count_of, nominal
from gradc.ir.loop import captured_values, needed_for, stacked_type, with_own_body
from gradc.ir.node import Collected, Node, Scan, Value, Walked
from gradc.passes.loops.levels import Levels, levels_of
from gradc.passes.loops.twins import is_wide
from gradc.records import replace

_FEW = 8
"""Steps, for which a second loop is not worth it."""


def severed(scan: Scan, is_worth: Callable[[Scan, Collection[Value]], bool]) -> list[Scan]:
    """The loops that a scan is, one behind the other.

    `is_worth` is asked of a loop that would come later, with the values of its body that waited for
    the step before while all were one loop.
    """
    if scan.block is not None or scan.recomputed:
        return [scan]
    if isinstance(scan.count, int) and scan.count < _FEW:
        return [scan]
    levels = levels_of(scan)
    for cut in range(levels.top):
        pair = _cut(scan, levels, cut)
        if pair is not None and is_worth(pair[1], {v for v, at in levels.early.items() if at >= 0}):
            return [pair[0], *severed(pair[1], is_worth)]
    return [scan]


def _cut(scan: Scan, levels: Levels, cut: int) -> tuple[Scan, Scan] | None:
    """The loop of the recurrences up to a level, and that of what is above; None where there is
    nothing, or where more would have to be kept than the loop walks along, or keeps, as it is."""
    known = {n for n in scan.nodes if levels.of(n.results[0]) < 0}
    below = {n for n in scan.nodes if n not in known and levels.late[n] <= cut}
    inside = {r for n in below for r in n.results}
    inside |= {slot.parameter for slot in scan.carried if levels.slots[slot] <= cut}
    first = replace(
        scan,
        carried=tuple([slot for slot in scan.carried if levels.slots[slot] <= cut]),
        collected=tuple([slot for slot in scan.collected if slot.value in inside]),
    )
    carried = tuple([slot for slot in scan.carried if levels.slots[slot] > cut])
    collected = tuple([slot for slot in scan.collected if slot.value not in inside])
    made = [*[slot.following for slot in carried], *[slot.value for slot in collected]]
    rest = needed_for([n for n in scan.nodes if n not in below], made)
    if not inside.isdisjoint(made):
        return None  # what is only handed on from step to step
    walked = []
    there: dict[Value, Value] = {}
    for value in captured_values(rest, ()):
        if value in inside:
            first, whole, start = _kept(first, value)
            there[value] = value.again()
            walked.append(Walked(there[value], whole, 0, start))
    added = [slot.value for slot in first.collected if slot not in scan.collected]
    before = [slot.parameter for slot in scan.walked] + [slot.value for slot in scan.collected]
    if any(is_wide(v) for v in added) or _width(added) > _width(before):
        return None
    nodes = needed_for(scan.nodes, first.body.results)
    # What is known before and kept is kept by the first that makes it.
    there_too = {r for n in nodes for r in n.results}
    kept = tuple([slot for slot in collected if slot.value in there_too])
    collected = tuple([slot for slot in collected if slot not in kept])
    first = replace(first, nodes=nodes, collected=(*first.collected, *kept))
    made = [*[slot.following for slot in carried], *[slot.value for slot in collected]]
    second = replace(
        scan,
        carried=carried,
        walked=(*scan.walked, *walked),
        collected=collected,
        nodes=needed_for(rest, made),
    )
    return _read(first), _read(_apart(second, there, set(nodes)))


def _kept(scan: Scan, value: Value) -> tuple[Scan, Value, int]:
    """The scan keeping a value of its body, in what, and from which element on."""
    for carried in scan.carried:
        if carried.states is not None and value in (carried.parameter, carried.following):
            return scan, carried.states, int(value is carried.following)
    for slot in scan.collected:
        if slot.value is value and slot.axis == 0:
            return scan, slot.stack, 0
    kind = stacked_type(value.type, scan.count, 0)
    stack = Value(f"{value.name}_steps", kind, nameless=value.nameless)
    return replace(scan, collected=(*scan.collected, Collected(value, stack, 0))), stack, 0


def _read(scan: Scan) -> Scan:
    """The scan with those sequences and captured values alone that its steps read."""
    read: set[Value | None] = {v for n in scan.nodes for v in n.operands}
    read.update(scan.body.results)
    return replace(
        scan,
        walked=tuple([slot for slot in scan.walked if slot.parameter in read]),
        captured=tuple([slot for slot in scan.captured if slot.parameter in read]),
    )


def _apart(scan: Scan, there: dict[Value, Value], shared: Collection[Node]) -> Scan:
    """The scan, none of whose values is one of the loop before it."""
    own = {slot.parameter for slot in scan.carried} | set(there.values())
    there |= {v: v.again() for v in scan.parameters if v not in own}
    nodes = []
    for node in scan.nodes:
        if node in shared:
            node = with_own_body(node)
            there |= {r: r.again() for r in node.results}
        operands, results = [
            tuple([there.get(v, v) for v in values]) for values in (node.operands, node.results)
        ]
        nodes.append(node.copied(operands, results, node.origin, node.adjoint_of, node.span))
    return replace(
        scan,
        carried=tuple(
            [replace(s, following=there.get(s.following, s.following)) for s in scan.carried]
        ),
        walked=tuple(
            [replace(s, parameter=there.get(s.parameter, s.parameter)) for s in scan.walked]
        ),
        captured=tuple([replace(s, parameter=there[s.parameter]) for s in scan.captured]),
        collected=tuple([replace(s, value=there.get(s.value, s.value)) for s in scan.collected]),
        nodes=tuple(nodes),
    )


def _width(values: Iterable[Value]) -> int:
    return sum([nominal(count_of(v)) for v in values])
