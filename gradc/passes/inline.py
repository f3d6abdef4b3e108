"""Inline: calls of functions with rules of their own give way to their bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradc.ir.builder import join_names
from gradc.ir.graph import Derivation, Graph, Output
from gradc.ir.loop import with_own_body
from gradc.ir.node import Apply, Call, Fragment, Node, Scan, Value, renamed_operands
from gradc.records import replace


def inline(graph: Graph) -> Graph:
    """The graph without calls; a call's results keep their identity and names."""
    moved: dict[Value, Value] = {}
    nodes = _inline_all(graph.nodes, moved)
    adjoints = _inline_all(graph.adjoints, moved)
    return graph.with_(
        nodes=nodes,
        adjoints=adjoints,
        outputs=moved_outputs(graph.outputs, moved),
        updates=moved_outputs(graph.updates, moved),
        gradients=moved_outputs(graph.gradients, moved),
        derivations=moved_derivations(graph.derivations, moved),
    )


def moved_outputs(outputs: Iterable[Output], moved: dict[Value, Value]) -> tuple[Output, ...]:
    """The outputs with values replaced."""
    return tuple(Output(o.name, moved.get(o.value, o.value), o.span, o.doc) for o in outputs)


def moved_derivations(
    derivations: Iterable[Derivation], moved: dict[Value, Value]
) -> tuple[Derivation, ...]:
    """The derivations with values replaced."""
    return tuple(
        [
            replace(d, contribution=moved[d.contribution]) if d.contribution in moved else d
            for d in derivations
        ]
    )


def _inline_all(nodes: Iterable[Node], moved: dict[Value, Value]) -> tuple[Node, ...]:
    done: list[Node] = []
    nodes = tuple(nodes)
    if not moved and all([type(n) is Apply for n in nodes]):
        return nodes
    for node in nodes:
        if moved and any(v in moved for v in node.operands):
            node = renamed_operands(node, moved)
        if type(node) is Apply:
            done.append(node)
        elif isinstance(node, Call):
            _expand(node, done, moved)
        else:
            done.append(in_loop(node, inline_fragment))
    return tuple(done)


def in_loop(node: Node, change: Callable[[Fragment], Fragment]) -> Node:
    """The node with its body changed, where it is a scan."""
    return node.with_body(change(node.body)) if isinstance(node, Scan) else node


def inline_fragment(fragment: Fragment) -> Fragment:
    """A loop's body without calls."""
    moved: dict[Value, Value] = {}
    nodes = _inline_all(fragment.nodes, moved)
    results = tuple(None if r is None else moved.get(r, r) for r in fragment.results)
    return Fragment(fragment.parameters, nodes, results, fragment.checks)


def _expand(call: Call, done: list[Node], moved: dict[Value, Value]) -> None:
    body = call.function.body
    there: dict[Value, Value] = dict(zip(body.parameters, call.operands, strict=True))
    made = {r for node in body.nodes for r in node.results}
    names = dict(zip(body.results, call.results, strict=True))
    prefix = call.results[0].name
    for node in body.nodes:
        results = []
        for r in node.results:
            kept = names.get(r)
            results.append(kept if kept is not None else r.again(join_names(prefix, r.name)))
        there.update(zip(node.results, results, strict=True))
        operands = tuple([there[v] for v in node.operands])
        copy = node.copied(operands, tuple(results), call.origin, call.adjoint_of, call.span)
        if isinstance(copy, Call):
            _expand(copy, done, moved)
        else:
            done.append(in_loop(with_own_body(copy), inline_fragment))
    for inner, outer in zip(body.results, call.results, strict=True):
        assert inner is not None
        if inner not in made or there[inner] is not outer:
            moved[outer] = there[inner]
