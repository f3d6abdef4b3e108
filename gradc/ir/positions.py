"""Which values are positions along an axis, and of how many."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.node import Apply, Call, Node, Scan, Value
from gradc.ir.operation import Formal
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
        if isinstance(node, Scan):
            _through_loop(node, positions_of(node.nodes, parts=parts), found, parts)
        if isinstance(node, Call):
            body = node.function.body
            inside = positions_of(body.nodes, parts=parts)
            for parameter, operand in zip(body.parameters, node.operands, strict=True):
                _pass_on(operand, parameter, inside, found)
        if not isinstance(node, Apply):
            continue
        if node.op.positions:
            for formal, value in zip(node.op.operands, node.operands, strict=False):
                if formal.is_position:
                    found.setdefault(value, {})[position_at(node, formal)] = None
        if node.name in through and not node.operands[0].type.is_float:
            _pass_on(node.operands[0], node.result, found, found)
    return found


def position_at(node: Apply, formal: Formal) -> Position:
    """What an operand of an operation is a position among."""
    return Position(_size(node), formal.kind == "labels")


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
    attrs = {f.name: a for f, a in zip(node.op.attributes, node.attrs, strict=True)}
    for name in ("num_classes", "size"):
        if name in attrs:
            size: Size = attrs[name]
            return size
    arrays = [v for f, v in zip(node.op.operands, node.operands, strict=True) if not f.is_position]
    shape = attrs.get("shape") or arrays[0].type.shape
    axis = attrs.get("axis", -1)
    return product(shape) if axis is None else shape[axis]
