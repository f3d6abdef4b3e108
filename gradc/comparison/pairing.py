"""Pairing: which value of one graph is which of the other.

Values of equal numbers are the same. Of the others, those of one name belong together, and those
that stand in the same place of what belongs together: a statement that was renamed and changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from gradc.comparison.commuted import flat, paired, without_same
from gradc.comparison.identity import EITHER_WAY, Identities, Numbers
from gradc.comparison.side import Side, Statement
from gradc.ir.node import Carried, Node, Scan, Value, Walked
from gradc.source import Span

_Slot = TypeVar("_Slot", bound="Carried | Walked")


class Matching:
    """Two sides, and what belongs together on them."""

    def __init__(self, identities: Identities, old: Side, new: Side):
        self.identities, self.old, self.new = identities, old, new
        self.there: dict[Value, Value] = {}  # from old to new
        self.back: dict[Value, Value] = {}
        self._pending: list[tuple[Value, Value]] = []
        self._inside: dict[tuple[Node, Node], list[Statement]] = {}

    def pair(self, old: Value, new: Value) -> None:
        """Says that two values belong together."""
        if old in self.there or new in self.back:
            return
        self.there[old], self.back[new] = new, old
        self._pending.append((old, new))

    def same(self, old: Value, new: Value) -> bool:
        """Whether two values are computed alike."""
        return self.old.numbers.get(old) == self.new.numbers.get(new, -1)

    def changed(self) -> list[Statement]:
        """What is no longer as it was, in the order of the new file; what is gone at the end."""
        free = {v.name: v for v in self._free(self.new, self.old)}
        for value in self._free(self.old, self.new):
            if value.name in free:
                self.pair(value, free[value.name])
        while self._pending:
            old, new = self._pending.pop()
            if not self.same(old, new):
                self._compare(old, new)
        return self._told()

    def _free(self, side: Side, other: Side) -> list[Value]:
        """The statements whose value is not on the other side."""
        return [v for v in side.named() if side.numbers[v] not in other.found]

    def _told(self) -> list[Statement]:
        told = [
            Statement(None, value, None, self._place(self.new, value))
            for value in self._free(self.new, self.old)
            if value not in self.back
        ]
        for old, new in self.there.items():
            if self.same(old, new) or not (old in self.old.made or new in self.new.made):
                continue
            if old.named or new.named:
                places = (self._place(self.old, old), self._place(self.new, new))
                told.append(Statement(old, new, *places))
        order = {v: i for i, v in enumerate(self.new.made)}
        told.sort(key=lambda s: order.get(s.new, len(order)) if s.new is not None else 0)
        for inner in self._inside.values():
            told += inner
        for value in self._free(self.old, self.new):
            if value not in self.there:
                told.append(Statement(value, None, self._place(self.old, value), None))
        return told

    @staticmethod
    def _place(side: Side, value: Value) -> Span | None:
        node = side.made.get(value)
        return None if node is None else node.origin.span

    # --- down two statements ---

    def _compare(self, old: Value, new: Value) -> None:
        """Goes down two statements from their values to others that belong together."""
        pending = [(old, new)]
        seen = set(pending)
        while pending:
            a, b = pending.pop()
            one, other = self.old.made.get(a), self.new.made.get(b)
            if one is None or other is None:
                continue
            if isinstance(one, Scan) and isinstance(other, Scan):
                self._compare_loops(one, other)
                continue
            kind = next((n.name for n in (one, other) if n.name in EITHER_WAY), None)
            differ: list[tuple[Value, Value]] = []
            if kind is not None:
                differ = self._parts(a, b, kind)
            elif one.name == other.name and len(one.operands) == len(other.operands):
                operands = zip(one.operands, other.operands, strict=True)
                differ = [pair for pair in operands if not self.same(*pair)]
            for pair in reversed(differ):
                if not self._is_statement(*pair) and pair not in seen:
                    seen.add(pair)
                    pending.append(pair)

    def _parts(self, old: Value, new: Value, kind: str) -> list[tuple[Value, Value]]:
        """Of two sums, or products, the parts that are not the same, by pairs."""
        before, after = flat(old, self.old.made, kind), flat(new, self.new.made, kind)
        before, after = without_same(before, self.old.numbers, after, self.new.numbers)
        pairs = paired(before, after, (self.are_mates, self.are_alike, self.are_of_one))
        if len(before) == len(after) == 1:
            pairs.append((before.pop(), after.pop()))
        return pairs

    def are_mates(self, old: Value, new: Value) -> bool:
        """Whether two values are known to belong together."""
        return self.there.get(old) is new

    def are_alike(self, old: Value, new: Value) -> bool:
        """Whether two values are made by the same operation."""
        a, b = self.old.made.get(old), self.new.made.get(new)
        return a is not None and b is not None and a.name == b.name

    def are_of_one(self, old: Value, new: Value) -> bool:
        """Whether two values are made of something that belongs together."""
        a, b = self.old.made.get(old), self.new.made.get(new)
        if a is None or b is None:
            return False
        return any(self.same(x, y) or self.are_mates(x, y) for x in a.operands for y in b.operands)

    def _is_statement(self, old: Value, new: Value) -> bool:
        """Whether what differs is told as a statement of its own, which it may become here."""
        if old in self.there or new in self.back:
            return self.there.get(old) is new or (old.named and new.named)
        if (old.named or new.named) and old in self.old.made and new in self.new.made:
            free = self.old.numbers[old] not in self.new.found
            if free and self.new.numbers[new] not in self.old.found:
                self.pair(old, new)
                return True
        return False

    # --- loops ---

    def _compare_loops(self, old: Scan, new: Scan) -> None:
        """What changed in the body of a loop is told as statements of it."""
        if (old, new) in self._inside:
            return
        self._inside[old, new] = []
        carried = _by_name(old.carried, new.carried)
        walked = _by_name(old.walked, new.walked)
        around = [(a.initial, b.initial) for a, b in carried]
        around += [(a.whole, b.whole) for a, b in walked]
        for pair in around:
            if not self.same(*pair):
                self._is_statement(*pair)
        parameters = [(a.parameter, b.parameter) for a, b in carried]
        parameters += [(a.parameter, b.parameter) for a, b in walked]
        parameters += self._captured(old, new)
        tokens = [self.identities.number("paired", *map(id, pair)) for pair in parameters]
        body = Matching(
            self.identities,
            self._body(old, self.old, dict(zip([a for a, _ in parameters], tokens, strict=True))),
            self._body(new, self.new, dict(zip([b for _, b in parameters], tokens, strict=True))),
        )
        for a, b in parameters:
            body.pair(a, b)
        for one, other in carried:
            body.pair(one.following, other.following)
        stacks = {s.stack.name: s.value for s in new.collected}
        for made in old.collected:
            if made.stack.named and made.stack.name in stacks:
                body.pair(made.value, stacks[made.stack.name])
        self._inside[old, new] = body.changed()

    def _captured(self, old: Scan, new: Scan) -> list[tuple[Value, Value]]:
        """The parameters of two bodies that stand for what belongs together around them."""
        there = {s.value: s.parameter for s in new.captured}
        numbers = {self.new.numbers[v]: p for v, p in there.items()}
        found = []
        for slot in old.captured:
            mate = self.there.get(slot.value)
            parameter = there.get(mate) if mate is not None else None
            if parameter is None:
                parameter = numbers.get(self.old.numbers[slot.value])
            if parameter is not None:
                found.append((slot.parameter, parameter))
        return found

    def _body(self, scan: Scan, around: Side, tokens: Numbers) -> Side:
        numbers = {s.parameter: around.numbers[s.value] for s in scan.captured}
        for own in [s.parameter for s in scan.carried] + [s.parameter for s in scan.walked]:
            numbers[own] = self.identities.number("alone", id(own))
        numbers |= tokens
        self.identities.add(scan.nodes, numbers, around.renaming, _INSIDE)
        return Side(scan.nodes, numbers, around.renaming)


_INSIDE = 1_000  # no loop is so deep: what is in a body that is looked at alone is nothing else


def _by_name(old: Sequence[_Slot], new: Sequence[_Slot]) -> list[tuple[_Slot, _Slot]]:
    """Slots of two loops by pairs: those of one name, and the others as they come."""
    names: dict[str, _Slot] = {s.parameter.name: s for s in new}
    found: list[tuple[_Slot, _Slot]] = []
    left: list[_Slot] = []
    for slot in old:
        if slot.parameter.name in names:
            found.append((slot, names.pop(slot.parameter.name)))
        else:
            left.append(slot)
    return [*found, *zip(left, names.values(), strict=False)]
