"""Separate: the losses of a joint graph share what runs forward, and nothing that runs backward.

Each `backward` is run by itself, so what two of them make of primal values alone is made by both.
"""

from __future__ import annotations

from gradc.ir.graph import Graph
from gradc.ir.loop import fresh
from gradc.ir.node import Fragment, Node, renamed_operands
from gradc.passes.inline import moved_derivations, moved_outputs
from gradc.passes.trim import live_nodes
from gradc.records import replace


def each(graph: Graph) -> list[Graph]:
    """The graph of each loss, in the order of the file; itself where there are not several."""
    if not graph.further:
        return [graph]
    found = []
    start = 0
    for loss in graph.losses:
        gradients = graph.gradients[start : start + len(loss.wrt)]
        start += len(loss.wrt)
        derivations = tuple([d for d in graph.derivations if d.of == loss.name])
        # What a derivation tells is kept, as `simplify` does.
        told = [d.contribution for d in derivations]
        found.append(
            graph.with_(
                loss=loss.name,
                wrt=loss.wrt,
                further=(),
                adjoints=live_nodes(graph.adjoints, [*(g.value for g in gradients), *told]),
                seeds=tuple([s for s in graph.seeds if s.name == loss.name]),
                gradients=gradients,
                derivations=derivations,
            )
        )
    return found


def separate(joint: Graph) -> Graph:
    """The joint graph in which no two losses share what runs backward."""
    parts = each(joint)
    taken: set[Node] = set()
    for i, part in enumerate(parts):
        shared = [n for n in part.adjoints if n in taken]
        taken.update(part.adjoints)
        if shared:
            parts[i] = _with_own(part, shared, [p.loss for p in parts[:i]])
    return together(joint, parts)


def together(graph: Graph, parts: list[Graph]) -> Graph:
    """The joint graph of several losses from those of each; the last has what all need."""
    return graph.with_(
        nodes=parts[-1].nodes,
        checks=parts[-1].checks,
        adjoints=tuple(dict.fromkeys([n for part in parts for n in part.adjoints])),
        seeds=tuple([s for part in parts for s in part.seeds]),
        gradients=tuple([g for part in parts for g in part.gradients]),
        derivations=tuple([replace(d, of=p.loss) for p in parts for d in p.derivations]),
    )


def _with_own(part: Graph, shared: list[Node], others: list[str | None]) -> Graph:
    """The graph of a loss with copies of some nodes, whose names say that they are its own."""
    copy, there = fresh(Fragment((), tuple(shared), ()))
    for value in there.values():
        value.name = _called(value.name, part.loss, others)
    copies = iter(copy.nodes)
    again = set(shared)
    return part.with_(
        adjoints=tuple(
            [next(copies) if n in again else renamed_operands(n, there) for n in part.adjoints]
        ),
        gradients=moved_outputs(part.gradients, there),
        derivations=moved_derivations(part.derivations, there),
    )


def _called(name: str, loss: str | None, others: list[str | None]) -> str:
    """`dJ_dz` of what was the cotangent `dK_dz` of another loss."""
    for other in others:
        if name.startswith(f"d{other}_d"):
            return f"d{loss}_d{name.removeprefix(f'd{other}_d')}"
    return name
