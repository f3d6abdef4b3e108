"""Twins: which values of a loop's body are the same for all steps, and which are known before.

A value that no step has to wait for has a twin outside: the value itself, where it is the same for
all twins, or all of them behind each other along a first axis.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of
from gradc.ir.loop import stacked_type
from gradc.ir.node import Apply, Node, Scan, Value, Walked, applies
from gradc.records import dataclass, field

WIDE = 8_000
"""Elements of a step, beside which a call costs nothing, and which stay in cache for its next."""


@dataclass(slots=True)
class Twins:
    """The twins of a body's values, made by a builder around the loop as they are asked for."""

    scan: Scan
    builder: Builder
    same: dict[Value, Value] = field(default_factory=dict)
    each: dict[Value, Value] = field(default_factory=dict)
    flat: dict[Value, Value] = field(default_factory=dict)  # the rows that twins consist of
    _walked: dict[Value, Walked] = field(default_factory=dict)
    _literals: dict[Value, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.same.update((slot.parameter, slot.value) for slot in self.scan.captured)
        self._walked.update((slot.parameter, slot) for slot in self.scan.walked)
        self._literals.update((n.results[0], n) for n in self.scan.nodes if is_literal(n))

    def is_same(self, value: Value) -> bool:
        """Whether it is the same for all steps."""
        return value in self.same or value in self._literals

    def is_each(self, value: Value) -> bool:
        """Whether each step has one of its own that does not wait for another step."""
        return value in self.each or value in self._walked

    def is_literal(self, value: Value) -> bool:
        """Whether it is a number, or an array of compile time."""
        return value in self._literals

    def outside(self, value: Value) -> Value:
        """The twin of a value that is the same for all steps."""
        if value not in self.same:
            literal = self._literals[value]
            twin = value.again()
            self.builder.nodes.append(
                literal.copied((), (twin,), literal.origin, literal.adjoint_of, None)
            )
            self.same[value] = twin
        return self.same[value]

    def stacked(self, value: Value) -> Value:
        """The twin of a value that each step has: all of them, along the first axis."""
        if value not in self.each:
            self.each[value] = self._along(self._walked[value])
        return self.each[value]

    def _along(self, slot: Walked) -> Value:
        """What a loop walks along, as far as it does, with the axis in front."""
        whole, count = slot.whole, self.scan.count
        if slot.axis:
            axes = [slot.axis, *[a for a in range(whole.type.rank) if a != slot.axis]]
            whole = self._viewed("transpose", whole, (tuple(axes),))
        left = whole.type.shape[0] - (count + slot.start)
        if slot.start == 0 and left == 0:
            return self._own_view(whole)
        assert isinstance(left, int), "a loop walks to the end, or to the element before"
        entry = (slot.start or None, -left or None, None)
        kind = stacked_type(slot.parameter.type, count, 0)
        operation = self.builder.library.operation("index")
        twin = Value(f"{slot.parameter.name}_steps", kind, nameless=slot.parameter.nameless)
        at = self.scan
        self.builder.nodes.append(
            Apply(operation, (whole,), ((entry,),), (twin,), at.origin, at.adjoint_of)
        )
        return twin

    def _own_view(self, whole: Value) -> Value:
        """A slice once more for those who read it outside: it may be cut into blocks with them."""
        builder = self.builder
        for node in reversed(builder.nodes):
            if whole in node.results and applies(node, "index"):
                twin = whole.again()
                builder.nodes.append(
                    node.copied(
                        node.operands, (twin,), builder.origin, builder.adjoint_of, builder.span
                    )
                )
                return twin
        return whole

    def _viewed(self, name: str, whole: Value, attrs: tuple[object, ...]) -> Value:
        return self.builder.emit(self.builder.library.operation(name), (whole,), attrs)


def is_literal(node: Node) -> bool:
    """Whether a node makes a number, or an array of compile time."""
    return node.traits.literal or node.traits.static


def is_wide(value: Value) -> bool:
    """Whether it is known to have so many elements that a step of its own is as fast."""
    count = count_of(value)
    return isinstance(count, int) and count > WIDE


def waiting_values(scan: Scan) -> set[Value]:
    """The values of a body that wait for the step before, and draws, of which each is another."""
    return _made_of([s.parameter for s in scan.carried], scan)


def changing_values(scan: Scan) -> set[Value]:
    """The values of a body that are not the same for all steps."""
    return _made_of(scan.parameters[: len(scan.carried) + len(scan.walked)], scan)


def _made_of(given: Iterable[Value], scan: Scan) -> set[Value]:
    found = set(given)
    for node in scan.nodes:
        apart = type(node) is not Apply or node.traits.impure
        if apart or not found.isdisjoint(node.operands):
            found.update(node.results)
    return found
