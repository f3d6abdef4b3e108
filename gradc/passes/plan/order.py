"""Order: what is carried on is made after the last statement that reads what it replaces."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.node import Node, Value

Group = tuple[Node, ...]


def sunk(groups: Sequence[Group], results: Sequence[Value]) -> list[Group]:
    """The groups, where those that only make a result stand behind the last reader, in the same
    paragraph, of what they read themselves. So it can go by one name with the one before it.
    """
    readers: dict[Value, list[int]] = {}
    for position, group in enumerate(groups):
        for node in group:
            for value in node.operands:
                readers.setdefault(value, []).append(position)
    wanted = set(results)
    place: list[tuple[int, bool, int]] = []
    for position, group in enumerate(groups):
        node = group[-1]
        last = position
        if (
            len(node.results) == 1
            and node.result in wanted
            and node.result not in readers
            and not any(n.traits.impure for n in group)
        ):
            span = node.origin.span
            for value in (v for n in group for v in n.operands):
                if not _is_replaced(node.result, value):
                    continue
                for later in readers[value]:
                    if later > last and _is_paragraph(groups[position : later + 1], span):
                        last = later
        place.append((last, last != position, position))
    return [groups[position] for _, _, position in sorted(place)]


def _is_replaced(result: Value, operand: Value) -> bool:
    """Whether the result is the next one of what it reads, by its name."""
    return result.named and operand.name.replace("next_", "") == result.name.replace("next_", "")


def _is_paragraph(groups: Sequence[Group], span: object) -> bool:
    return all(group[-1].origin.span is span for group in groups)
