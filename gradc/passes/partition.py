"""Partition: joint graph to Program. What runs forward, what backward, and what is saved between.

Numbers, constants and views of what is saved anyway are made again in `backward` rather than saved;
at -O2 also what takes a pass over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from gradc.ir.aliases import views_behind
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.loop import all_nodes, fresh, sizes_named
from gradc.ir.node import Apply, Fragment, Node, Value, renamed_operands
from gradc.ir.program import Offered, Part, Program, Routine
from gradc.ir.sizes import alone, dimensions_of
from gradc.passes.checkpoints import just_in_time, kept_and_behind
from gradc.passes.separate import each
from gradc.passes.trim import drawn, live_nodes


def partition(
    graph: Graph,
    level: int,
    library: Library,
    wholes: Sequence[Graph] = (),
    dropped: frozenset[Value] = frozenset(),
    offered: Sequence[Offered] = (),
) -> Program:
    """The program of a joint graph; `wholes` are those of a `value_and_grad` for each loss.

    What is dropped is made again, as what is behind a checkpoint is. What is `offered` besides
    has a routine of its own.
    """
    arguments = tuple(graph.arguments.values())
    parts = _parts(graph, wholes)
    joint = needed(graph)
    if dropped:
        from gradc.passes.memory.stacks import without_stacks

        joint = needed(without_stacks(joint, dropped))
    if level > 0:
        from gradc.passes.states import keep_states

        joint = keep_states(joint, library)
    producers = {r: n for n in joint.nodes for r in n.results}
    if level > 1:
        from gradc.passes.cheap import cheap

        dropped |= cheap(joint, remade(joint.adjoints, producers, joint, dropped)[1])
    again, saved = remade(joint.adjoints, producers, joint, dropped)
    outputs = tuple(o.value for o in graph.outputs)
    updates = tuple(u.value for u in graph.updates)
    forward = live_nodes(joint.nodes, [*outputs, *updates, *saved], trim=True)
    predicted, inputs = _predicted(graph)
    behind = kept_and_behind(producers)[1] | dropped
    routines = [Routine("forward", arguments, forward, (*outputs, *updates, *saved), len(outputs))]
    for part, one in zip(parts, each(joint), strict=True):
        routines.append(_backward(part.backward, one, again, saved, behind))
    routines += [
        _at_once(part.at_once, part.whole, arguments, library, dropped)
        for part in parts
        if part.whole is not None
    ]
    if predicted:
        results = tuple(o.value for o in graph.outputs if o.name in predicted)
        given = tuple(i.value for i in graph.inputs if i.name in inputs)
        params = tuple(p.value for p in graph.params)
        others = tuple(s.value for s in graph.states)
        others += (graph.training,) if graph.training is not None else ()
        nodes = live_nodes(graph.nodes, results, trim=True)
        arguments = (*params, *given, *others)
        routines.append(Routine("predict", arguments, nodes, results, len(results)))
    routines += [_offered(derivative, level, library) for derivative in offered]
    return Program(graph, parts, tuple(routines), saved, level, predicted, inputs, tuple(offered))


def _offered(derivative: Offered, level: int, library: Library) -> Routine:
    """The routine of a derivative; a generator is asked for what `forward` asks it for."""
    graph = needed(derivative.graph)
    results = tuple([r.value for r in derivative.results])
    roots = [*results, *drawn(graph.nodes)]
    graph = graph.with_(nodes=live_nodes(graph.nodes, roots, trim=True), outputs=derivative.results)
    if level > 0:
        from gradc.passes.states import keep_states

        graph = keep_states(graph, library)
    arguments = (*graph.arguments.values(), *[a.value for a in derivative.along])
    nodes = live_nodes(graph.nodes, roots, trim=True)
    return Routine(derivative.name, arguments, nodes, results, len(results))


def _parts(graph: Graph, wholes: Sequence[Graph]) -> tuple[Part, ...]:
    return tuple(
        [
            Part(one, f"_{one.loss}" if graph.further else "", whole)
            for one, whole in zip_longest(each(graph), wholes)
        ]
    )


def _backward(
    name: str, joint: Graph, again: Sequence[Node], saved: Sequence[Value], behind: set[Value]
) -> Routine:
    """What goes backward from one loss, of all that is run again and saved what it reads."""
    results = tuple([g.value for g in joint.gradients])
    adjoints = live_nodes(joint.adjoints, results, trim=True)
    read = {*results, *[v for n in adjoints for v in n.operands]}
    again = live_nodes(again, read)
    read.update([v for n in again for v in n.operands])
    given = tuple([v for v in saved if v in read])
    seeds = tuple([s.value for s in joint.seeds])
    # A matrix is turned where it is multiplied with.
    turned = {r for n in again if n.name == "transpose" for r in n.results if not r.named}
    nodes = just_in_time(again, adjoints, behind | turned)
    return Routine(name, (*given, *seeds), nodes, results, len(results))


def _at_once(
    name: str,
    whole: Graph,
    arguments: tuple[Value, ...],
    library: Library,
    dropped: frozenset[Value],
) -> Routine:
    """Forward and backward in one: what is behind a checkpoint is run again here too."""
    from gradc.passes.memory.stacks import without_stacks
    from gradc.passes.states import keep_states

    joint = without_stacks(needed(whole, only_loss=True), dropped)
    joint = keep_states(needed(joint, only_loss=True), library)
    producers = {r: n for n in joint.nodes for r in n.results}
    behind = kept_and_behind(producers)[1] | dropped
    adjoints = joint.adjoints
    if behind:
        made = remade(adjoints, producers, joint, dropped)[0]
        again = [n for n in made if n.results[0] in behind]
        copy, there = fresh(Fragment((), tuple(again), ()))
        renamed = [renamed_operands(n, there) for n in adjoints]
        late = {there[v] for v in behind if v in there}
        adjoints = just_in_time(copy.nodes, renamed, late)
    (loss,) = joint.loss_values
    results = (loss, *[g.value for g in joint.gradients], *[u.value for u in joint.updates])
    roots = [*results, *drawn(joint.nodes)]
    nodes = live_nodes((*joint.nodes, *adjoints), roots, trim=True)
    return Routine(name, arguments, nodes, results, len(results))


def needed(graph: Graph, *, only_loss: bool = False) -> Graph:
    """The graph without what neither its results nor its gradients need."""
    gradients = [g.value for g in graph.gradients]
    adjoints = live_nodes(graph.adjoints, gradients, trim=True)
    results = [o.value for o in (*graph.outputs, *graph.updates)]
    if only_loss:
        others = [*[u.value for u in graph.updates], *drawn(graph.nodes)]
        results = [*graph.loss_values, *others]
    read = [v for n in adjoints for v in n.operands]
    nodes = live_nodes(graph.nodes, [*results, *gradients, *read], trim=True)
    return graph.with_(nodes=nodes, adjoints=adjoints)


def remade(
    adjoints: Iterable[Node],
    producers: dict[Value, Node],
    graph: Graph,
    dropped: frozenset[Value] = frozenset(),
) -> tuple[tuple[Node, ...], tuple[Value, ...]]:
    """The primal nodes that `backward` runs again, and the values that it is handed."""
    made = {r for n in adjoints for r in n.results} | {s.value for s in graph.seeds}
    free = dict.fromkeys([v for n in adjoints for v in n.operands if v not in made])
    for gradient in graph.gradients:
        if gradient.value not in made:
            free.setdefault(gradient.value)
    again: set[Node] = set()
    saved: dict[Value, None] = {}
    arguments = set(graph.arguments.values())

    roots = Counter(views_behind(value, producers)[1] for value in free)

    kept, behind = kept_and_behind(producers)
    behind |= dropped

    def settle(value: Value) -> None:
        chain, root = views_behind(value, producers)
        node = producers.get(root)
        if node is not None and (_is_free(node) or root in behind):
            if node not in again:
                again.add(node)
                pending.extend(node.operands)
            again.update(chain)
        elif chain and (root in arguments or root in kept or roots[root] > 1):
            again.update(chain)
            saved.setdefault(root)
        else:
            saved.setdefault(value)

    pending = list(free)
    while pending:
        settle(pending.pop())
    order = {v: i for i, v in enumerate([*arguments_in_order(graph), *producers])}
    listed = tuple(sorted(saved, key=order.__getitem__))
    return tuple(n for n in graph.nodes if n in again), listed


def _is_free(node: Node) -> bool:
    """Whether it is a number, or an array of one: made again as cheaply as it is kept."""
    return not node.operands and not node.traits.impure


def arguments_in_order(graph: Graph) -> list[Value]:
    """Inputs, then parameters: the order in which saved values are listed."""
    found = [i.value for i in graph.inputs] + [p.value for p in graph.params]
    found += [s.value for s in graph.states]
    return found + ([graph.training] if graph.training is not None else [])


def _predicted(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The outputs that do not need all inputs, and the inputs that those need.

    Losses are among them where they need no input that the other outputs do without.
    """
    bits = {i.value: 1 << n for n, i in enumerate(graph.inputs)}
    everything = (1 << len(graph.inputs)) - 1
    givers = _givers(graph)
    for node in graph.nodes:
        needs = 0
        for operand in node.operands:
            needs |= bits.get(operand, 0)
        for name in _dimensions(node):
            # The dimension comes from a parameter, from an input needed anyway, or from the first.
            given = givers.get(name, 0)
            if not needs & given:
                needs |= given & -given
        for result in node.results:
            bits[result] = needs
    chosen = [(o.name, bits.get(o.value, 0)) for o in graph.outputs]
    chosen = [(name, needs) for name, needs in chosen if needs != everything]
    losses = {loss.name for loss in graph.losses}
    for_others = _union([needs for name, needs in chosen if name not in losses])
    if any([name not in losses for name, _ in chosen]):
        chosen = [(n, needs) for n, needs in chosen if n not in losses or not needs & ~for_others]
    union = _union([needs for _, needs in chosen])
    inputs = tuple(i.name for n, i in enumerate(graph.inputs) if union >> n & 1)
    return tuple(name for name, _ in chosen), inputs


def _dimensions(node: Node) -> Sequence[str]:
    """The dimensions that a node, and what is inside a loop, asks for beside its operands."""
    if type(node) is Apply and not node.attrs:
        return ()
    sizes = [size for inner in all_nodes([node]) for size in sizes_named(inner)]
    return sorted({n for size in sizes for n in dimensions_of(size)})


def _union(sets: Iterable[int]) -> int:
    union = 0
    for bits in sets:
        union |= bits
    return union


def _givers(graph: Graph) -> dict[str, int]:
    """For each dimension that no parameter gives, the inputs that do."""
    givers: dict[str, int] = {}
    for position, given in enumerate(graph.inputs):
        for size in given.value.type.shape:
            name = alone(size)
            if name is not None:
                givers[name] = givers.get(name, 0) | 1 << position
    for param in graph.params:
        for size in param.value.type.shape:
            givers.pop(alone(size) or "", None)
    return givers
