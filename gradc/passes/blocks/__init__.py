"""Blocks: nodes that go over the same elements go over them together, so many at a time.

What such a group makes of one block is still in cache when the next of its nodes reads it, forwards
and backwards; only what others read of it is an array of the full length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeGuard

from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Node, Scan
from gradc.ir.program import Program, Routine
from gradc.passes.blocks.blocked import blocked
from gradc.passes.blocks.means import with_sums
from gradc.passes.blocks.regions import regions_of
from gradc.passes.inline import moved_derivations
from gradc.passes.trim import live_nodes


def blocks(program: Program, library: Library) -> Program:
    """The program whose `value_and_grad` runs in blocks what can be run so."""
    dims = [dim.name for dim in program.graph.dims]
    routines = list(program.routines)
    for i, routine in enumerate(routines):
        if routine.name == "value_and_grad" and program.whole is not None:
            routines[i], whole = _routine(routine, program.whole, dims, library)
            program = replace(program, whole=whole)
    return replace(program, routines=tuple(routines))


def _routine(
    routine: Routine, whole: Graph, dims: Sequence[str], library: Library
) -> tuple[Routine, Graph]:
    """The routine in blocks, and the graph that tells of it, with what blocks make of values."""
    routine = with_sums(routine, library)
    regions = regions_of(routine.nodes, routine.results)
    if not regions:
        return routine, whole
    found, moved, parts = blocked(routine.nodes, regions, routine.results, dims, library)
    results = tuple([moved.get(v, v) for v in routine.results])
    nodes = live_nodes(found, results)
    flat = [n for node in nodes for n in (node.nodes if _is_blocked(node) else (node,))]
    derivations = [
        replace(d, partial=d.partial or d.contribution.type.rank != parts[d.contribution].type.rank)
        if d.contribution in parts
        else d
        for d in whole.derivations
    ]
    told = whole.with_(
        nodes=tuple([n for n in flat if n.adjoint_of is None]),
        adjoints=tuple([n for n in flat if n.adjoint_of is not None]),
        derivations=moved_derivations(derivations, {**moved, **parts}),
    )
    return replace(routine, nodes=nodes, results=results), told


def _is_blocked(node: Node) -> TypeGuard[Scan]:
    return isinstance(node, Scan) and node.rows is not None
