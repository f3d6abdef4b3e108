"""Laid out: a transposed matrix that every step multiplies by is copied once, before the loop.

BLAS takes a matrix of few rows times a view across another one up to twice as long as times its
copy. That costs about as much as fifty rows take, so it pays where all steps together have more.
"""

from __future__ import annotations

from gradc.ir.builder import Builder
from gradc.ir.node import Apply, Captured, Scan, Value, applies, renamed_operands
from gradc.passes.loops.twins import waiting_values
from gradc.records import replace

_FEW = 8  # steps, which are not worth a copy


def laid_out(scan: Scan, builder: Builder) -> Scan:
    """The scan with copies of what its products read transposed, made by the builder."""
    if isinstance(scan.count, int) and scan.count < _FEW:
        return scan
    outer = {slot.parameter: slot.value for slot in scan.captured}
    across = {
        n.result: n
        for n in scan.nodes
        if applies(n, "transpose") and n.operands[0] in outer and n.result.type.rank == 2
    }
    waiting = waiting_values(scan)
    copies: dict[Value, Captured] = {}
    for node in scan.nodes:
        if not applies(node, "matmul") or node.operands[0] not in waiting:
            continue
        right = node.operands[1]
        if right in across and right not in copies:
            copies[right] = _copied(across[right], outer, builder)
    if not copies:
        return scan
    there = {value: slot.parameter for value, slot in copies.items()}
    nodes = tuple([renamed_operands(node, there) for node in scan.nodes])
    return replace(scan, captured=(*scan.captured, *copies.values()), nodes=nodes)


def _copied(node: Apply, outer: dict[Value, Value], builder: Builder) -> Captured:
    """The transpose of what stands outside, in rows, and what a step calls it."""
    library = builder.library
    turned = builder.emit(node.op, (outer[node.operands[0]],), node.attrs, node.result.name)
    copy = builder.emit(library.operation("in_rows"), (turned,), (), f"{node.operands[0].name}.T")
    return Captured(copy.again(), copy)
