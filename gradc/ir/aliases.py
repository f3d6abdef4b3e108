"""Which values share memory: the one answer, for what saves, overwrites, frees or copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradc.ir.node import Node, Scan, Value


class Aliases:
    """The memory of the values of some nodes.

    A value is *owned* where its memory was made by these nodes, or is among the arguments given as
    `owned`: nothing outside refers to it. A view is never owned, whatever it looks into.
    """

    def __init__(self, nodes: Iterable[Node], owned: Iterable[Value] = ()):
        self._source: dict[Value, Value] = {}  # towards the value that first had this memory
        self._owned = set(owned)
        self._fixed: set[Value] = set()
        for node in nodes:
            if node.traits.view is not None or type(node) is Scan:
                self._add(node)
            elif not node.traits.static:  # those are made once, for all calls
                self._owned.update(node.results)

    def _add(self, node: Node) -> None:
        """Adds a view, or a loop."""
        traits = node.traits
        if traits.view is not None:
            operand = node.operands[traits.view]
            self._source[node.result] = operand
            if traits.readonly or operand in self._fixed:
                self._fixed.add(node.result)
        elif isinstance(node, Scan):
            # The last value is the first one where there are no steps.
            self._source.update((slot.result, slot.initial) for slot in node.carried)
            self._owned.update(node.results[len(node.carried) :])
            inside = Aliases(node.nodes)
            for slot in node.carried:
                if slot.initial in self._fixed or slot.following in inside._fixed:
                    self._fixed.add(slot.result)

    def root(self, value: Value) -> Value:
        """The value that first had the memory of this one."""
        sources = self._source
        while value in sources:
            value = sources[value]
        return value

    def owns(self, value: Value) -> bool:
        return value in self._owned

    def is_fixed(self, value: Value) -> bool:
        """Whether it looks into memory in a way that cannot be written through."""
        return value in self._fixed

    def descends(self, value: Value, ancestor: Value) -> bool:
        """Whether a value has its memory by way of another."""
        while value is not ancestor:
            source = self._source.get(value)
            if source is None:
                return False
            value = source
        return True

    def own(self, values: Iterable[Value]) -> None:
        """These are owned as well: results of loops that were handed their memory."""
        self._owned.update(values)

    def take_over(self, result: Value, operand: Value) -> None:
        """The result is written into the memory of an operand."""
        self._source[result] = operand


def views_behind(value: Value, producers: Mapping[Value, Node]) -> tuple[list[Node], Value]:
    """The views that lead from a value to the memory behind it, and what that belongs to."""
    chain: list[Node] = []
    while (node := producers.get(value)) is not None and node.traits.view is not None:
        chain.append(node)
        value = node.operands[node.traits.view]
    return chain, value
