"""Parts of sums and of products, in any order, and which of them belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gradc.comparison.identity import Numbers
from gradc.ir.node import Node, Value

Likeness: TypeAlias = Callable[[Value, Value], bool]

_MANY = 250_000  # pairs of parts that are looked at; of more, those that come together


def flat(value: Value, made: Mapping[Value, Node], kind: str) -> list[Value]:
    """The parts of a sum of sums, or of a product of products, as far as none has a name.

    Of another value, that value alone.
    """
    found = []
    pending = [value]
    while pending:
        part = pending.pop()
        node = made.get(part)
        if node is not None and node.name == kind and (part is value or not part.named):
            pending += reversed(node.operands)
        else:
            found.append(part)
    return found


def without_same(
    before: Sequence[Value], old: Numbers, after: Sequence[Value], new: Numbers
) -> tuple[list[Value], list[Value]]:
    """The parts of two sums that only one of them has."""
    both = Counter([old[v] for v in before]) & Counter([new[v] for v in after])
    return _left(before, old, both.copy()), _left(after, new, both)


def _left(values: Sequence[Value], numbers: Numbers, both: Counter[int]) -> list[Value]:
    left = []
    for value in values:
        if both[numbers[value]] > 0:
            both[numbers[value]] -= 1
        else:
            left.append(value)
    return left


def paired(
    before: list[Value], after: list[Value], likenesses: Sequence[Likeness]
) -> list[tuple[Value, Value]]:
    """The parts that belong together, by the first likeness that says so; they leave the lists."""
    if len(before) * len(after) > _MANY:
        pairs = list(zip(before, after, strict=False))
        del before[: len(pairs)], after[: len(pairs)]
        return pairs
    pairs = []
    for are_alike in likenesses:
        for part in list(before):
            mate = next((other for other in after if are_alike(part, other)), None)
            if mate is not None:
                before.remove(part)
                after.remove(mate)
                pairs.append((part, mate))
    return pairs
