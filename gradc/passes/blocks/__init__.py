"""Blocks: nodes that go over the same elements go over them together, so many at a time.

What such a group makes of one block is still in cache when the next of its nodes reads it, forwards
and backwards; only what others read of it is an array of the full length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from gradc.ir.graph import Derivation, Graph
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Scan, Value
from gradc.ir.program import Program, Routine
from gradc.passes.blocks.blocked import blocked
from gradc.passes.blocks.columns import with_columns
from gradc.passes.blocks.means import with_sums
from gradc.passes.blocks.polynomials import with_polynomials
from gradc.passes.blocks.products import with_products
from gradc.passes.blocks.rectified import with_rows_of_zeros
from gradc.passes.blocks.regions import BLOCK, regions_of
from gradc.passes.blocks.scales import Scaled, with_scales
from gradc.passes.blocks.side_by_side import with_joined
from gradc.passes.contract.matrices import with_matrices
from gradc.passes.inline import moved_derivations
from gradc.passes.target import Target
from gradc.passes.trim import drawn, live_nodes
from gradc.records import dataclass, replace


def blocks(program: Program, library: Library, target: Target, block: int = BLOCK) -> Program:
    """The program that runs in blocks what can be run so: in `value_and_grad`, `jvp` and `hvp`,
    and in `backward` where it has loops, some of whose work is done for all steps before them.

    The largest array of a block has so many bytes.
    """
    dims = [dim.name for dim in program.graph.dims]
    routines = list(program.routines)
    parts = list(program.parts)
    wholes = {p.at_once: (k, p.whole) for k, p in enumerate(parts) if p.whole is not None}
    ways = {
        p.backward: (k, p.told_backward) for k, p in enumerate(parts) if p.told_backward is not None
    }
    offered = {o.name for o in program.offered if o.kind in ("jvp", "hvp")}
    for i, routine in enumerate(routines):
        if routine.name in wholes:
            k, whole = wholes[routine.name]
            routines[i], made = _in_blocks(routine, dims, library, block)
            parts[k] = replace(parts[k], told=_told_of(routines[i], whole, made))
        elif routine.name in ways and _writes(routine, target):
            k, graph = ways[routine.name]
            short, made = _in_blocks(routine, dims, library, block)
            routines[i], there = short.handing_out(routine.results)
            told = _told_of(short, graph, made)
            parts[k] = replace(
                parts[k],
                told_backward=told.with_(
                    nodes=(*parts[k].graph.nodes, *told.nodes),
                    derivations=moved_derivations(told.derivations, there),
                ),
            )
        elif routine.name in offered:
            routines[i], _ = _in_blocks(routine, dims, library, block)
    return replace(program, routines=tuple(routines), parts=tuple(parts))


def _writes(routine: Routine, target: Target) -> bool:
    """Whether a target writes into arrays that are there: what cannot gains nothing of blocks."""
    return any([target.writes(n.op) for n in routine.nodes if isinstance(n, Apply)])


def _told_of(routine: Routine, graph: Graph, made: _Made) -> Graph:
    """The graph that tells of a routine, with what blocks make of values in place of its nodes."""
    flat = [n for node in routine.nodes for n in (node.nodes if _is_blocked(node) else (node,))]
    told = [
        d
        for d in moved_derivations(graph.derivations, made.formed)
        if d.contribution not in made.scaled.unscaled
    ]
    derivations = [_told(d, made.parts) for d in moved_derivations(told, made.scaled.moved)]
    for there in ({**made.moved, **made.parts}, made.turned, made.matrices, made.products):
        derivations = list(moved_derivations(derivations, there))
    return graph.with_(
        nodes=tuple([n for n in flat if n.adjoint_of is None]),
        # What no block makes any more is told by what it was made of.
        adjoints=(*graph.adjoints, *[n for n in flat if n.adjoint_of is not None]),
        derivations=tuple(derivations),
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """What stands for values, step by step."""

    formed: dict[Value, Value]
    scaled: Scaled
    moved: dict[Value, Value]
    parts: dict[Value, Value]
    turned: dict[Value, Value]
    matrices: dict[Value, Value]
    products: dict[Value, Value]


def _in_blocks(
    routine: Routine, dims: Sequence[str], library: Library, block: int
) -> tuple[Routine, _Made]:
    routine = with_sums(routine, library)
    routine, formed = with_polynomials(routine, library)
    routine, scaled = with_scales(routine, library)
    regions = regions_of(routine.nodes, routine.results, block)
    nodes, moved, parts = blocked(routine.nodes, regions, routine.results, dims, library)
    results = tuple([moved.get(v, v) for v in routine.results])
    live = live_nodes(nodes, [*results, *drawn(nodes)])
    routine = replace(routine, nodes=live, results=results)
    routine, turned = with_columns(routine, library)
    routine, matrices = with_matrices(routine, library)
    routine, products = with_products(routine, library)
    routine = with_joined(routine, library)
    routine = with_rows_of_zeros(routine, library)
    return routine, _Made(formed, scaled, moved, parts, turned, matrices, products)


def _told(derivation: Derivation, parts: Mapping[Value, Value]) -> Derivation:
    """What each block adds to a sum is a part of it."""
    value = derivation.contribution
    if value not in parts or value.type.shape != parts[value].type.shape:
        return derivation
    return replace(derivation, partial=True)


def _is_blocked(node: Node) -> TypeGuard[Scan]:
    return isinstance(node, Scan) and node.rows is not None
