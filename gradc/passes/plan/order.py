"""Order: what is carried on is made after the last statement that reads what it replaces."""

from __future__ import annotations

from collections.abc import Sequence, Set

from gradc.ir.node import Node, Value

Group = tuple[Node, ...]


def sunk(groups: Sequence[Group], results: Sequence[Value]) -> list[Group]:
    """The groups, where those that only make a result stand behind the last reader, in the same
    paragraph, of what they read themselves. So it can go by one name with the one before it.
    """
    wanted = set(results)
    replaced = {i: found for i, g in enumerate(groups) if (found := _replaced(g, wanted))}
    if not replaced:
        return list(groups)
    readers: dict[Value, list[int]] = {v: [] for found in replaced.values() for v in found}
    read: set[Value] = set()
    for position, group in enumerate(groups):
        for node in group:
            read.update(node.operands)
            for value in node.operands:
                if value in readers:
                    readers[value].append(position)
    lasts: dict[int, int] = {}
    for position, values in replaced.items():
        group = groups[position]
        if group[-1].result in read or any([n.traits.impure for n in group]):
            continue
        span, last = group[-1].origin.span, position
        for later in [later for value in values for later in readers[value]]:
            if later > last and _is_paragraph(groups[position : later + 1], span):
                last = later
        if last != position:
            lasts[position] = last
    if not lasts:
        return list(groups)
    place = [(lasts.get(i, i), i in lasts, i) for i in range(len(groups))]
    return [groups[position] for _, _, position in sorted(place)]


def _replaced(group: Group, wanted: Set[Value]) -> Sequence[Value]:
    """What a group reads that its result, which is wanted, is the next one of, by its name."""
    node = group[-1]
    if len(node.results) != 1 or not node.result.named or node.result not in wanted:
        return ()
    name = node.result.name.replace("next_", "")
    return [v for n in group for v in n.operands if v.name.replace("next_", "") == name]


def _is_paragraph(groups: Sequence[Group], span: object) -> bool:
    return all(group[-1].origin.span is span for group in groups)
