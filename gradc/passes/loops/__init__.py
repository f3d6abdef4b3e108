"""Loops: what a step need not do by itself is done for all steps at once, before the loop or after.

Before it goes what depends on nothing that is carried, behind it what is only added to a total. At
once a product of few rows is one of many, and what takes a call for each step takes one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gradc.ir.builder import Builder
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Fragment, Node, Scan, Value, renamed_operands
from gradc.ir.origin import Origin
from gradc.ir.program import Program, Routine
from gradc.passes.inline import moved_derivations
from gradc.passes.loops.alike import rejoined
from gradc.passes.loops.factored import factored
from gradc.passes.loops.gates import gated
from gradc.passes.loops.gather import gathered
from gradc.passes.loops.hoist import does_more, hoisted
from gradc.passes.loops.laid_out import laid_out
from gradc.passes.loops.merged import merged
from gradc.passes.loops.severed import severed
from gradc.passes.loops.sink import sunk
from gradc.passes.loops.sliced import sliced
from gradc.passes.states import with_states
from gradc.passes.target import Target
from gradc.passes.trim import drawn, live_nodes
from gradc.records import replace


def loops(program: Program, library: Library, target: Target) -> Program:
    """The program whose routines have loops of short steps, but for what is offered besides.

    What `forward` and `backward` hand on is read elsewhere, so it stays what it was. A target that
    writes loops itself calls nothing at each step: those two are left to it, and use less memory.
    """
    routines = list(program.routines)
    parts = list(program.parts)
    ways = {} if target.nests else {p.backward: k for k, p in enumerate(parts)}
    wholes = {p.at_once: k for k, p in enumerate(parts) if p.whole is not None}
    behind = [n for r in routines if r.name in ways for n in r.nodes]
    for i, routine in enumerate(routines):
        moved: dict[Value, Value] = {}
        name = routine.name
        if name not in {"predict", *wholes, *ways} and (name != "forward" or target.nests):
            continue
        short = _routine(routine, moved, library, target, behind if name == "forward" else ())
        if name == "forward" or name in ways:
            short, there = short.handing_out(routine.results)
            moved.update({old: there[new] for old, new in moved.items() if new in there})
        routines[i] = short
        if name in ways and any([isinstance(n, Scan) for n in routine.nodes]):
            k = ways[name]
            told = _told(parts[k].graph, moved, short.results)
            parts[k] = replace(parts[k], told_backward=told)
        elif name in wholes:
            k = wholes[name]
            parts[k] = replace(parts[k], whole=_told(parts[k].whole, moved, short.results))
    return replace(program, routines=tuple(routines), parts=tuple(parts))


def _told(graph: Graph | None, moved: dict[Value, Value], results: Collection[Value]) -> Graph:
    """The graph that tells of a routine: what is a result now is no part of a sum any more."""
    assert graph is not None, "it has a routine"
    given = set(results)
    told = [
        replace(d, partial=False) if moved.get(d.contribution) in given else d
        for d in graph.derivations
    ]
    return graph.with_(derivations=moved_derivations(told, moved))


def _routine(
    routine: Routine,
    moved: dict[Value, Value],
    library: Library,
    target: Target,
    behind: Sequence[Node] = (),
) -> Routine:
    short = _shortened(routine.nodes, routine.results, moved, library, target, behind)
    results = tuple([moved.get(v, v) for v in routine.results])
    nodes = with_states(short, results, library)
    live = live_nodes(nodes, [*results, *drawn(nodes)], trim=True)
    return replace(routine, nodes=live, results=results)


def _shortened(
    nodes: Sequence[Node],
    results: Collection[Value],
    moved: dict[Value, Value],
    library: Library,
    target: Target,
    behind: Sequence[Node] = (),
) -> list[Node]:
    """The nodes of a routine or of a body, the loops in loops first; `behind` read results."""
    builder = Builder(library, Origin(None, ""))
    for node in nodes:
        there = renamed_operands(node, moved) if moved else node
        if not isinstance(there, Scan):
            builder.nodes.append(there)
            continue
        made = [r for r in there.body.results if r is not None]
        inner = _shortened(there.nodes, made, moved, library, target)
        results_there = tuple([moved.get(r, r) for r in made])
        scan = there.with_body(Fragment(there.parameters, tuple(inner), results_there))
        before = len(builder.nodes)
        parts = _parts(scan, results, library, nests=target.nests)
        for part in parts:
            _shorten(part, (*nodes, *behind, *parts), results, moved, builder, target)
        if len(parts) > 1:
            builder.nodes[before:] = merged(builder.nodes[before:], results, moved)
    return builder.nodes


def _shorten(
    scan: Scan,
    around: Sequence[Node],
    results: Collection[Value],
    moved: dict[Value, Value],
    builder: Builder,
    target: Target,
) -> None:
    """Appends a loop of short steps, and what it needs before and behind it."""
    library = builder.library
    operands = tuple([moved.get(v, v) for v in scan.operands])
    scan = scan.copied(operands, scan.results, scan.origin, scan.adjoint_of, scan.span)
    views: list[Node] = []
    if not target.nests:
        scan, views = rejoined(scan, around, library)
    scan, more = gated(scan, around, library)
    builder.origin, builder.adjoint_of = scan.origin, scan.adjoint_of
    gathering = gathered(scan, library)
    short = hoisted(gathering, builder, results, moved, nests=target.nests)
    # Where a product is a call, it matters how its arrays lie in memory.
    has_memory = not target.nests and target.writes(library.operation("matmul"))
    sunk(laid_out(short, builder) if has_memory else short, builder, moved)
    builder.nodes += [*views, *more]


def _parts(scan: Scan, results: Collection[Value], library: Library, *, nests: bool) -> list[Scan]:
    """The loops that a loop is cut into, so that more can be done outside of each: where steps are
    calls. Draws stay in their order."""

    def is_worth(rest: Scan, waited: Collection[Value]) -> bool:
        return does_more(rest, waited, results, library)

    if nests or scan.traits.impure:
        return [scan]
    results_there = [r for r in scan.body.results if r is not None]
    whole = replace(scan, nodes=live_nodes(scan.nodes, results_there))
    parts = severed(factored(sliced(whole, library), library), is_worth)
    return parts if len(parts) > 1 else [factored(whole, library)]
