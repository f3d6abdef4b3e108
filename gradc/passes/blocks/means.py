"""Means: a mean is a sum by a count. The sum can be taken block by block."""

from __future__ import annotations

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Apply, Value, applies, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Routine
from gradc.ir.sizes import product
from gradc.passes.contract.contraction import axes_of
from gradc.records import replace


def with_sums(routine: Routine, library: Library) -> Routine:
    """The routine with sums in place of means."""
    builder = Builder(library, Origin(None, ""))
    moved: dict[Value, Value] = {}
    for node in routine.nodes:
        there = renamed_operands(node, moved) if moved else node
        if applies(there, "mean"):
            moved[node.results[0]] = _mean(there, builder)
        else:
            builder.nodes.append(there)
    results = tuple([moved.get(v, v) for v in routine.results])
    return replace(routine, nodes=tuple(builder.nodes), results=results)


def _mean(node: Apply, builder: Builder) -> Value:
    (x,) = node.operands
    builder.origin, builder.adjoint_of, builder.span = node.origin, node.adjoint_of, node.span
    total = builder.emit(
        builder.library.operation("sum"), [x], node.attrs, f"{node.result.name}.total"
    )
    count = builder.constant(product([x.type.shape[a] for a in axes_of(node, x.type.rank)]))
    mean = builder.emit(builder.library.operation("divide"), [total, count], (), node.result.name)
    mean.named, mean.nameless = node.result.named, node.result.nameless
    assert mean.type == node.result.type, f"{mean} is no {node.result}"
    return mean
