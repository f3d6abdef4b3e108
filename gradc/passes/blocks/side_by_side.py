"""Side by side: arrays along a new axis are joined along one that is there, and that is parted.

`np.stack` gives each array the new axis first, which takes longer than to join small ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from gradc.ir.builder import Builder
from gradc.ir.cost import count_of
from gradc.ir.library import Library
from gradc.ir.node import Apply, Fragment, Node, Scan, Value, applies
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.records import replace

_SMALL = 1_000
"""Numbers that are as well read across, where the new axis is the last one."""


def with_joined(routine: Routine, library: Library) -> Routine:
    """The routine with `concatenate` for `stack`, in its loops too."""
    return replace(routine, nodes=_joined(routine.nodes, library))


def _joined(nodes: Iterable[Node], library: Library) -> tuple[Node, ...]:
    builder = Builder(library, Origin(None, ""))
    for node in nodes:
        if isinstance(node, Scan):
            body = node.body
            inner = _joined(body.nodes, library)
            node = node.with_body(Fragment(body.parameters, inner, body.results, body.checks))
        if not applies(node, "stack") or not _join(node, builder):
            builder.nodes.append(node)
    return tuple(builder.nodes)


def _join(node: Apply, builder: Builder) -> bool:
    """Makes a stack of what is joined, where that is as good."""
    rank, first = node.result.type.rank, node.operands[0].type
    axis = node.attr("axis") % rank
    is_last = axis == rank - 1
    if rank < 2 or (is_last and (rank > 2 or not _is_small(node.result))):
        return False
    builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
    along = 0 if is_last else axis
    made = _emit(builder, "concatenate", node.operands, along)
    shape = (*first.shape[:along], len(node.operands), *first.shape[along:])
    made = _emit(builder, "reshape", (made,), shape)
    if is_last:
        _emit(builder, "transpose", (made,), (1, 0))
    last = builder.nodes.pop()
    builder.nodes.append(
        last.copied(last.operands, node.results, node.origin, node.adjoint_of, node.span)
    )
    return True


def _is_small(value: Value) -> bool:
    count = count_of(value)
    return isinstance(count, int) and count <= _SMALL


def _emit(builder: Builder, name: str, operands: tuple[Value, ...], attr: object) -> Value:
    return builder.emit(builder.library.operation(name), operands, (attr,))
