"""Batched: an operation on all steps at once, whose elements are behind each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size, product
from gradc.ir.types import TypeMismatch
from gradc.passes.contract.contraction import axes_of
from gradc.passes.loops.twins import Twins


def batched(node: Apply, twins: Twins) -> Value | None:
    """What the node makes of all steps, along the first axis; None where it has no such form."""
    form = _elementwise if node.traits.elementwise else _FORMS.get(node.name)
    if form is None and node.traits.along and len(node.operands) == 1:
        form = _along
    if form is None:
        return None
    builder = twins.builder
    builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
    try:
        made = form(node, twins)
    except TypeMismatch:
        made = None
    kind, whole = node.result.type, (twins.scan.count, *node.result.type.shape)
    if made is None or made.type.dtype != kind.dtype or made.type.shape != whole:
        return None
    made.name, made.nameless = f"{node.result.name}_steps", node.result.nameless
    return made


def _emit(twins: Twins, name: str, operands: tuple[Value, ...], *attrs: Any) -> Value:
    return twins.builder.emit(twins.builder.library.operation(name), operands, attrs)


def _reshaped(twins: Twins, value: Value, shape: tuple[Size, ...]) -> Value:
    return value if value.type.shape == shape else _emit(twins, "reshape", (value,), shape)


def _apart(twins: Twins, flat: Value, shape: tuple[Size, ...]) -> Value:
    """The steps of what has rows of all of them."""
    made = _reshaped(twins, flat, (twins.scan.count, *shape))
    if made is not flat:
        twins.flat[made] = flat
    return made


def _aligned(twins: Twins, value: Value, rank: int) -> Value:
    """An operand, to be stretched to elements of so many axes."""
    if twins.is_same(value):
        return twins.outside(value)
    stack = twins.stacked(value)
    first, *own = stack.type.shape
    return _reshaped(twins, stack, (first, *[1] * (rank - len(own)), *own))


def _elementwise(node: Apply, twins: Twins) -> Value:
    rank = node.result.type.rank
    stacks = {v: twins.stacked(v) for v in node.operands if not twins.is_same(v)}
    flat = [twins.flat[s] for s in stacks.values() if s in twins.flat]
    if len(stacks) == len(flat) == 1 and all(v in stacks or v.type.rank < 2 for v in node.operands):
        # What rows were made of by a product stays as flat, so that it is written over.
        operands = [flat[0] if v in stacks else twins.outside(v) for v in node.operands]
        made = twins.builder.emit(node.op, operands, node.attrs)
        return _apart(twins, made, node.result.type.shape)
    operands = [_aligned(twins, v, rank) for v in node.operands]
    return twins.builder.emit(node.op, operands, node.attrs)


def _matmul(node: Apply, twins: Twins) -> Value | None:
    """Rows of all steps with a matrix, as one product."""
    a, b = node.operands
    if twins.is_same(b) and b.type.rank == 2:
        rows = twins.stacked(a)
        *lead, width = rows.type.shape
        flat = _reshaped(twins, rows, (product(lead), width))
        made = _emit(twins, "matmul", (flat, twins.outside(b)))
        return _apart(twins, made, node.result.type.shape)
    if twins.is_same(a) and a.type.rank == 2 and b.type.rank == 1:
        turned = _emit(twins, "transpose", (twins.outside(a),), (1, 0))
        return _emit(twins, "matmul", (twins.stacked(b), turned))
    return None


def _along(node: Apply, twins: Twins) -> Value:
    (x,) = node.operands
    axes = tuple([a + 1 for a in axes_of(node, x.type.rank)])
    single = isinstance(node.attr("axis"), int)
    pairs = zip(node.op.attributes, node.attrs, strict=True)
    attrs = [(axes[0] if single else axes) if f.name == "axis" else value for f, value in pairs]
    return _emit(twins, node.name, (twins.stacked(x),), *attrs)


def _transpose(node: Apply, twins: Twins) -> Value:
    axes = (0, *[a + 1 for a in node.attr("axes")])
    return _emit(twins, "transpose", (twins.stacked(node.operands[0]),), axes)


def _reshape(node: Apply, twins: Twins) -> Value:
    shape = (twins.scan.count, *node.result.type.shape)
    return _reshaped(twins, twins.stacked(node.operands[0]), shape)


def _broadcast_to(node: Apply, twins: Twins) -> Value:
    wide = node.result.type
    shape = (twins.scan.count, *wide.shape)
    return _emit(twins, "broadcast_to", (_aligned(twins, node.operands[0], wide.rank),), shape)


def _index(node: Apply, twins: Twins) -> Value:
    entries = ((None, None, None), *node.attr("entries"))
    return _emit(twins, "index", (twins.stacked(node.operands[0]),), entries)


def _joined(node: Apply, twins: Twins) -> Value | None:
    if any(twins.is_same(v) for v in node.operands):
        return None
    axis = node.attr("axis") % node.result.type.rank + 1
    return _emit(twins, node.name, tuple([twins.stacked(v) for v in node.operands]), axis)


_FORMS: dict[str, Callable[[Apply, Twins], Value | None]] = {
    "matmul": _matmul,
    "transpose": _transpose,
    "reshape": _reshape,
    "broadcast_to": _broadcast_to,
    "index": _index,
    "concatenate": _joined,
    "stack": _joined,
}
