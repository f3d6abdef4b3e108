"""Which values are positions along an axis, and of how many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gradc.ir.node import Apply, Call, Node, Scan, Value
from gradc.ir.sizes import Size, product
from gradc.records import dataclass

_RESHAPED = frozenset(("astype", "reshape", "transpose", "broadcast_to"))


@dataclass(frozen=True, slots=True)
class Position:
    """A position among so many; a label does not count from the end."""

    size: Size
    is_label: bool

    @property
    def least(self) -> Size:
        return 0 if self.is_label else -self.size


Positions = dict[Value, dict[Position, None]]


def positions_of(nodes: Iterable[Node], *, parts: bool = False) -> Positions:
    """What each integer value is a position among, in order.

    What makes an array of the same elements is looked through; with `parts` a slice is too, whose
    bounds hold for what was cut away as well.
    """
    through = _RESHAPED | {"index"} if parts else _RESHAPED
    found: Positions = {}
    for node in reversed(tuple(nodes)):
        if type(node) is Apply:
            if node.op.positions:
                for i, position in positions_at(node):
                    found.setdefault(node.operands[i], {})[position] = None
            if node.name in through and not node.operands[0].type.is_float:
                _pass_on(node.operands[0], node.result, found, found)
        elif isinstance(node, Scan):
            _through_loop(node, positions_of(node.nodes, parts=parts), found, parts)
        elif isinstance(node, Call):
            body = node.function.body
            inside = positions_of(body.nodes, parts=parts)
            for parameter, operand in zip(body.parameters, node.operands, strict=True):
                _pass_on(operand, parameter, inside, found)
    return found


def positions_at(node: Apply) -> Iterator[tuple[int, Position]]:
    """Which operands of an operation are positions, and among what."""
    for i, formal in enumerate(node.op.operands):
        if formal.kind == "positions":
            first = len(node.attr("before")) - i
            shape = _shape(node)
            for place in range(i, len(node.operands)):
                yield place, Position(shape[first + place], is_label=False)
        elif formal.is_position:
            yield i, Position(_size(node), formal.kind == "labels")


def _pass_on(source: Value, value: Value, known: Positions, found: Positions) -> None:
    """What is known of a value holds for the one that it comes from."""
    if value in known:
        found.setdefault(source, {}).update(known[value])


def _through_loop(scan: Scan, inside: Positions, found: Positions, parts: bool) -> None:
    """What the steps of a loop use as positions, for what they were handed."""
    for walked in scan.walked:
        whole = walked.whole.type.shape[walked.axis] == scan.count and not walked.start
        if whole or parts:
            _pass_on(walked.whole, walked.parameter, inside, found)
    for captured in scan.captured:
        _pass_on(captured.value, captured.parameter, inside, found)


def _size(node: Apply) -> Size:
    """The size of the axis that an operation with positions reads or fills."""
    attrs = _attributes(node)
    for name in ("num_classes", "size"):
        if name in attrs:
            size: Size = attrs[name]
            return size
    shape = _shape(node)
    axis = attrs.get("axis", -1)
    return product(shape) if axis is None else shape[axis]


def _shape(node: Apply) -> tuple[Size, ...]:
    """The shape of the array that an operation with positions reads or fills."""
    arrays = [v for f, v in zip(node.op.operands, node.operands, strict=False) if not f.is_position]
    shape: tuple[Size, ...] = _attributes(node).get("shape") or arrays[0].type.shape
    return shape


def _attributes(node: Apply) -> dict[str, Any]:
    return {f.name: a for f, a in zip(node.op.attributes, node.attrs, strict=True)}
