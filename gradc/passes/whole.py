"""Whole: the joint graph of `value_and_grad`. The cotangent of the loss is 1, and nothing is saved.

Its values are its own, so that what a seed of 1 simplifies changes no name in `backward`.
"""

from __future__ import annotations

from gradc.ir.builder import Builder
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.loop import fresh
from gradc.ir.node import Fragment, renamed_operands
from gradc.ir.origin import Origin
from gradc.passes.inline import moved_derivations, moved_outputs
from gradc.passes.partition import needed


def whole(joint: Graph, library: Library) -> Graph:
    """The joint graph with a 1 for its only seed, the cotangent of the loss.

    Loops have lost what nothing needs of them, so that what is drawn is what `forward` draws.
    """
    (seed,) = joint.seeds
    joint = joint.with_(nodes=needed(joint).nodes)
    builder = Builder(library, Origin(None, ""))
    one = builder.constant(1.0, "1")
    one = builder.emit(library.operation("astype"), [one], (seed.value.type.dtype,))
    copy, there = fresh(Fragment((), (*joint.nodes, *joint.adjoints), ()))
    there[seed.value] = one
    first = len(joint.nodes)
    adjoints = [renamed_operands(n, there) for n in copy.nodes[first:]]
    return joint.with_(
        nodes=copy.nodes[:first],
        adjoints=(*builder.nodes, *adjoints),
        seeds=(),
        outputs=moved_outputs(joint.outputs, there),
        gradients=moved_outputs(joint.gradients, there),
        updates=moved_outputs(joint.updates, there),
        derivations=moved_derivations(joint.derivations, there),
    )
