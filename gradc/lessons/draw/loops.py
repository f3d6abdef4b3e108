"""A loop that is opened: one step of its body, what it is handed, and what it hands on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gradc.ir.node import Node, Scan, Value, renamed_operands
from gradc.lessons.draw import labels
from gradc.lessons.draw.picture import Box, Flow, Group


def body_of(scan: Scan) -> tuple[Node, ...]:
    """The nodes of a step. What they capture they take from outside, as if they stood there."""
    outside = {c.parameter: c.value for c in scan.captured}
    return tuple(renamed_operands(node, outside) for node in scan.nodes)


def handed_on(scan: Scan) -> set[Value]:
    """What a step makes for the next one, and for what comes after the loop."""
    return {*(c.following for c in scan.carried), *(c.value for c in scan.collected)}


def loop_group(
    scan: Scan,
    title: str,
    body: Sequence[Box | Group],
    shown: Collection[Value],
    constants: Mapping[Value, str],
) -> Group:
    """The frame of a loop; `shown` are the values around it that have a box."""
    members = [*_handed(scan, shown, constants), *body, *_ends(scan)]
    times = f"{scan.count} time{'s' * (scan.count != 1)}"
    return Group(f"{title}: one step of {times}", members, title, scan.results[0].name)


def _handed(
    scan: Scan, shown: Collection[Value], constants: Mapping[Value, str]
) -> list[Box | Group]:
    """What each step starts from: what the one before made, and an element of each sequence."""
    found: list[Box | Group] = []
    for carried in scan.carried:
        name, first = carried.parameter.name, carried.initial
        start = labels.shortened(constants.get(first, first.name), 20)
        takes = [first] if first in shown else []
        note = f"first {start}, then next {name}"
        found.append(_box("state", carried.parameter, note, takes))
    for walked in scan.walked:
        takes = [walked.whole] if walked.whole in shown else []
        found.append(_box("op", walked.parameter, f"of {walked.whole.name}", takes))
    return found


def _box(kind: str, value: Value, note: str, takes: list[Value]) -> Box:
    return Box(kind, value.name, note=note, takes=takes, flows=[_flow(value)])


def _ends(scan: Scan) -> list[Box | Group]:
    """What the loop leaves behind: the last of what it carries, and all of what it collects."""
    last = [("the last one", c.following, c.result) for c in scan.carried]
    every = [("all of them", c.value, c.stack) for c in scan.collected]
    return [Box("op", title, takes=[v], flows=[_flow(w)]) for title, v, w in (*last, *every)]


def _flow(value: Value) -> Flow:
    return Flow(value, value.name, hint=f"{value.name}: {value.type}")
