"""Rows: how a node runs over leading axes, so many elements of them at a time.

The first `depth` axes of what it goes over are cut into blocks; the others stay whole.
"""

from __future__ import annotations

from gradc.ir.node import Apply, Node, Value
from gradc.ir.sizes import Size
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class Rows:
    """What a node makes of a block: the block's part of its result, or a summand of it."""

    lead: tuple[Size, ...]  # the axes that are cut
    walked: tuple[bool, ...]  # which operands are cut; the others are the same for every block
    sums: bool = False


def rows_of(node: Node, depth: int) -> Rows | None:
    """How a node runs over blocks of its first axes, or None where it cannot."""
    if type(node) is not Apply or node.traits.impure or len(node.results) != 1 or not node.operands:
        return None
    if node.traits.along and len(node.operands) == 1:
        return _along(node, depth)
    is_itself = node.traits.view == 0 and not node.attrs and len(node.operands) == 1
    if node.traits.elementwise or is_itself or node.name == "broadcast_to":
        return _elementwise(node, depth)
    if node.name == "reshape":
        return _reshaped(node, depth)
    return None


def _elementwise(node: Apply, depth: int) -> Rows | None:
    shape = node.result.type.shape
    lead = shape[:depth]
    if len(shape) < depth:
        return None
    walked = []
    for operand in node.operands:
        own = operand.type.shape
        if len(own) == len(shape) and own[:depth] == lead:
            walked.append(True)
        elif len(own) <= len(shape) - depth or (depth == 1 and own[:1] == (1,)):
            walked.append(False)
        else:
            return None
    return Rows(lead, tuple(walked))


def _along(node: Apply, depth: int) -> Rows | None:
    """A reduction, or what goes on from element to element, along axes that it is told."""
    shape = node.operands[0].type.shape
    axes = axes_of(node, len(shape))
    if len(shape) < depth:
        return None
    if min(axes) >= depth:
        return Rows(shape[:depth], (True,))
    if node.traits.adds and set(range(depth)) <= set(axes):
        return Rows(shape[:depth], (True,), sums=True)
    return None


def axes_of(node: Apply, rank: int) -> tuple[int, ...]:
    """The axes that its attribute names, none counted from the end."""
    axis = node.attr("axis")
    if axis is None:
        return tuple(range(rank))
    return tuple([a % rank for a in (axis if isinstance(axis, tuple) else (axis,))])


def _reshaped(node: Apply, depth: int) -> Rows | None:
    """One that leaves the axes alone that are cut."""
    before, after = node.operands[0].type.shape, node.result.type.shape
    if len(before) < depth or len(after) < depth or before[:depth] != after[:depth]:
        return None
    return Rows(after[:depth], (True,))


def shifted(node: Apply, lead: tuple[Size, ...], rows: Size) -> tuple[object, ...]:
    """The attributes of a node once its leading axes are one, of which there are `rows`."""
    less = len(lead) - 1
    found = []
    for formal, value in zip(node.op.attributes, node.attrs, strict=True):
        if formal.name == "axis" and node.traits.along:
            found.append(_moved(value, node.operands[0], less, len(lead)))
        elif formal.kind == "sizes" and value == node.result.type.shape:
            found.append((rows, *value[len(lead) :]))
        else:
            found.append(value)
    return tuple(found)


def _moved(axis: object, operand: Value, less: int, depth: int) -> object:
    """An axis, or several, after the first `depth` have become one."""
    rank = operand.type.rank
    if axis is None:
        return None
    if isinstance(axis, tuple):
        return tuple(sorted({max(a % rank - less, 0) for a in axis}))
    assert isinstance(axis, int), "axes are numbers"
    return max(axis % rank - less, 0)
