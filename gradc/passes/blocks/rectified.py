"""Rectified: `relu` as the larger of an array and a row of zeros.

NumPy compares an array with a number one by one, and two arrays many numbers at a time: that takes
half to two thirds of the time.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Fragment, Node, Scan, Value, applies
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.ir.sizes import Size
from gradc.records import replace

_ENOUGH = 256  # zeros, behind which longer rows gain nothing
_LEAST = 64  # zeros: shorter rows take longer than numbers do
_MOST = 65_536  # zeros: a constant of the module that is not worth its memory


def with_rows_of_zeros(routine: Routine, library: Library) -> Routine:
    """The routine whose rectifiers know the length of a row compare with one of zeros."""
    return replace(routine, nodes=_changed(routine.nodes, library))


def _changed(nodes: Iterable[Node], library: Library) -> tuple[Node, ...]:
    builder = Builder(library, Origin(None, ""))
    zeros: dict[tuple[tuple[Size, ...], str], Value] = {}
    for node in nodes:
        if isinstance(node, Scan):
            body = node.body
            made = tuple([r for r in body.results if r is not None])
            inner = _changed(body.nodes, library)
            node = node.with_body(Fragment(body.parameters, inner, made, body.checks))
        row = _row(node) if applies(node, "relu") else ()
        if not row:
            builder.nodes.append(node)
            continue
        assert isinstance(node, Apply), "it is an operation"
        key = (row, node.result.type.dtype)
        if key not in zeros:
            builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, None
            zeros[key] = builder.emit(library.operation("array"), (), (0.0, key[1], row), "zeros")
        operands = (node.operands[0], zeros[key])
        larger = library.operation("maximum")
        builder.nodes.append(
            Apply(larger, operands, (), node.results, node.origin, node.adjoint_of, node.span)
        )
    return tuple(builder.nodes)


def _row(node: Node) -> tuple[Size, ...]:
    """The last axes of a result, as many as have enough numbers; none where these are too few."""
    kind = node.results[0].type
    row: tuple[Size, ...] = ()
    count = 1
    for size in reversed(kind.shape):
        if count >= _ENOUGH or not isinstance(size, int):
            break
        row, count = (size, *row), count * size
    return row if _LEAST <= count <= _MOST and kind.is_float else ()
