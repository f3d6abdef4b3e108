"""Loops: what a step need not do by itself is done for all steps at once, before the loop or after.

Before it goes what depends on nothing that is carried, behind it what is only added to a total. At
once a product of few rows is one of many, and what takes a call for each step takes one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradc.ir.builder import Builder
from gradc.ir.library import Library
from gradc.ir.node import Fragment, Node, Scan, Value, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Program, Routine
from gradc.passes.inline import moved_derivations
from gradc.passes.loops.gates import gated
from gradc.passes.loops.gather import gathered
from gradc.passes.loops.hoist import hoisted
from gradc.passes.loops.sink import sunk
from gradc.passes.trim import drawn, live_nodes
from gradc.records import replace


def loops(program: Program, library: Library) -> Program:
    """The program whose `value_and_grad` and `predict` have loops of short steps."""
    routines = list(program.routines)
    parts = list(program.parts)
    wholes = {p.at_once: (k, p.whole) for k, p in enumerate(parts) if p.whole is not None}
    for i, routine in enumerate(routines):
        moved: dict[Value, Value] = {}
        if routine.name == "predict":
            routines[i] = _routine(routine, moved, library)
        elif routine.name in wholes:
            k, whole = wholes[routine.name]
            routines[i] = _routine(routine, moved, library)
            given = set(routines[i].results)
            told = [
                replace(d, partial=False) if moved.get(d.contribution) in given else d
                for d in whole.derivations
            ]
            whole = whole.with_(derivations=moved_derivations(told, moved))
            parts[k] = replace(parts[k], whole=whole)
    return replace(program, routines=tuple(routines), parts=tuple(parts))


def _routine(routine: Routine, moved: dict[Value, Value], library: Library) -> Routine:
    nodes = _shortened(routine.nodes, routine.results, moved, library)
    results = tuple([moved.get(v, v) for v in routine.results])
    live = live_nodes(nodes, [*results, *drawn(nodes)], trim=True)
    return replace(routine, nodes=live, results=results)


def _shortened(
    nodes: Sequence[Node], results: Collection[Value], moved: dict[Value, Value], library: Library
) -> list[Node]:
    """The nodes of a routine or of a body, the loops in loops first."""
    builder = Builder(library, Origin(None, ""))
    for node in nodes:
        there = renamed_operands(node, moved) if moved else node
        if not isinstance(there, Scan):
            builder.nodes.append(there)
            continue
        made = [r for r in there.body.results if r is not None]
        inner = _shortened(there.nodes, made, moved, library)
        results_there = tuple([moved.get(r, r) for r in made])
        scan = there.with_body(Fragment(there.parameters, tuple(inner), results_there))
        scan, views = gated(scan, nodes, library)
        builder.origin, builder.adjoint_of = scan.origin, scan.adjoint_of
        sunk(hoisted(gathered(scan, library), builder, results, moved), builder, moved)
        builder.nodes += views
    return builder.nodes
