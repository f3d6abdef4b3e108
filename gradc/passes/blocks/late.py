"""Late: what a loop over blocks leaves is made behind the last reader of what it may lie in.

An array that nothing reads after the loop gives its memory to one that the loop leaves: of each
block, one is read before the other is written. So slices of a stack that later loops need are
copied, where all the rest of it is read by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from gradc.ir.aliases import Aliases
from gradc.ir.cost import count_of, nominal
from gradc.ir.loop import walks
from gradc.ir.node import Node, Scan, Value, Walked


def is_worth_a_copy(
    node: Node, users: Mapping[Value, Sequence[Node]], home: Mapping[Node, Any]
) -> bool:
    """Whether loops walk along a slice of a stack that is otherwise read in the slice's region.

    The region has to make, of the rest, what they walk along too and what is as large as the stack.
    `users` read values, `home` has the region of each node.
    """
    (stack,), (value,), region = node.operands, node.results, home[node]
    slices = [n for n in users[stack] if _is_walked(n, users)]
    if node not in slices or any(home.get(n) is not region for n in users[stack]):
        return False
    if sum([_size(n.results[0]) for n in slices]) >= _size(stack):
        return False
    made = {n.results[0] for n, r in home.items() if r is region}
    walked = [s.whole for n in users[value] if isinstance(n, Scan) for s in n.walked]
    return any(v in made and v.type == stack.type for v in walked)


def _is_walked(node: Node, users: Mapping[Value, Sequence[Node]]) -> bool:
    """Whether a node is a slice that loops walk along, and nothing else reads."""
    value = node.results[0]
    return node.name == "index" and all(walks(n, value) for n in users[value])


def _size(value: Value) -> int:
    return nominal(count_of(value))


class Endings:
    """Which arrays nothing reads after a region over blocks."""

    def __init__(self, nodes: Sequence[Node], home: Mapping[Node, Any], results: Collection[Value]):
        self.home, self.order = home, {n: i for i, n in enumerate(nodes)}
        self.aliases = Aliases([n for n in nodes if n not in home])  # a region's slices are copies
        self.results = {self.aliases.root(v) for v in results}
        self.readers: dict[Value, list[Node]] = {}
        for node in nodes:
            for value in node.operands:
                self.readers.setdefault(self.aliases.root(value), []).append(node)

    def ends(self, value: Value, region: Any) -> bool:
        """Whether the memory of a value is free once the region has run."""
        root = self.aliases.root(value)
        if not self.aliases.owns(root) or root in self.results:
            return False
        first = min(self.order[n] for n, r in self.home.items() if r is region)
        return all(self.home.get(n) is region or self.order[n] < first for n in self.readers[root])


def made_late(nodes: Iterable[Node], kept: Iterable[Value], ending: Iterable[Walked]) -> list[Node]:
    """The nodes of a loop over blocks, those of what it leaves behind their last neighbours.

    `kept` is left, and `ending` are the elements of arrays that nothing reads after the loop. What
    is narrow comes first: it may be a slice of what the wide one is written over.
    """
    found, free = list(nodes), list(ending)
    aliases = Aliases(found)
    read = {v for n in found for v in n.operands}
    alone = [v for v in kept if v not in read]
    for value in sorted(alone, key=_size):
        lasts = {
            s: _last(found, s.parameter, aliases) for s in free if s.parameter.type == value.type
        }
        if not lasts:
            continue
        slot = min(lasts, key=lambda s: lasts[s])
        free.remove(slot)
        place = next(i for i, n in enumerate(found) if value in n.results)
        if place < lasts[slot]:
            found.insert(lasts[slot], found.pop(place))
    return found


def _last(nodes: Sequence[Node], element: Value, aliases: Aliases) -> int:
    """The position of the node that reads an element last."""
    return max(
        (i for i, n in enumerate(nodes) if any(aliases.root(v) is element for v in n.operands)),
        default=0,
    )
