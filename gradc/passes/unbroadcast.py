"""Un-broadcast: where a contribution's shape differs from its operand's, it is summed.

This happens at compile time, here and nowhere else.
"""

from __future__ import annotations

from gradc.ir.builder import Builder
from gradc.ir.node import Value
from gradc.ir.types import Type


def unbroadcast(builder: Builder, contribution: Value, kind: Type) -> Value:
    """A contribution in the element type and shape of the operand it belongs to."""
    library = builder.library
    found = contribution.type
    if found.dtype != kind.dtype or found.weak:
        contribution = builder.emit(library.operation("astype"), [contribution], (kind.dtype,))
    if found.shape == kind.shape:
        return contribution
    extra = found.rank - kind.rank
    if extra < 0:
        return builder.emit(library.operation("broadcast_to"), [contribution], (kind.shape,))
    stretched = tuple(
        axis + extra
        for axis, size in enumerate(kind.shape)
        if size == 1 and found.shape[axis + extra] != 1
    )
    total = library.operation("sum")
    if stretched:
        contribution = builder.emit(total, [contribution], (stretched, True))
    if extra:
        contribution = builder.emit(total, [contribution], (tuple(range(extra)), False))
    if contribution.type.shape != kind.shape:
        return builder.emit(library.operation("broadcast_to"), [contribution], (kind.shape,))
    return contribution
