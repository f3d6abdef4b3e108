"""Warn: what is legal in a graph and yet probably not meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradc.diagnostics import Diagnostic
from gradc.ir.graph import Graph, Input
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.sizes import Poly, alone, dimensions_of
from gradc.ir.types import Type
from gradc.passes.stabilise import better_form
from gradc.passes.trim import live_nodes
from gradc.source import Span


def warn(graph: Graph) -> tuple[Diagnostic, ...]:
    """The warnings of an elaborated graph, in the order of the file."""
    found = [*_unused(graph), *_broadcasts(graph), *_mixed(graph), *_unstable(graph)]
    found.sort(key=lambda d: d.span.start if d.span else 0)
    return tuple(found)


def _unused(graph: Graph) -> Iterator[Diagnostic]:
    outputs = [o.value for o in (*graph.outputs, *graph.updates)]
    live = set(live_nodes(graph.nodes, outputs))
    told: set[int] = set()
    for node in graph.nodes:
        span = node.origin.span
        dead = [r for r in node.results if r.named and node not in live]
        if dead and span is not None and id(span) not in told and not applies(node, "array"):
            told.add(id(span))
            yield Diagnostic(
                "W901",
                f"nothing needs `{dead[0].name}`; it is left out of the module",
                Span(span.source, span.start, span.start + len(dead[0].name)),
                helps=("`output` returns a value",),
            )
    needed = _ancestors(live, outputs)
    for given in graph.inputs:
        if given.value not in needed and not _gives_dimension(given, graph):
            yield Diagnostic("W903", f"nothing needs the input `{given.name}`", given.span)
    goal = [o.value for o in graph.outputs if graph.loss in (None, o.name)]
    reached = _ancestors(live_nodes(graph.nodes, goal), goal)
    for param in graph.params:
        if param.value not in reached:
            what = "the loss" if graph.loss else "any output"
            yield Diagnostic(
                "W902",
                f"the parameter `{param.name}` does not reach {what}; its gradient is zero",
                param.span,
            )


def _gives_dimension(given: Input, graph: Graph) -> bool:
    """Whether the graph needs an input for a dimension that no other argument gives."""
    others = {alone(s) for _, v in graph.given if v is not given.value for s in v.type.shape}
    own = {alone(s) for s in given.value.type.shape} - others - {None}
    if not own:
        return False
    sizes = [s for n in graph.nodes for r in n.results for s in r.type.shape]
    sizes += [
        a for n in graph.nodes if isinstance(n, Apply) for a in n.attrs if isinstance(a, Poly)
    ]
    return any(own & dimensions_of(s) for s in sizes if not isinstance(s, int))


def _ancestors(nodes: Iterable[Node], roots: Iterable[Value]) -> set[Value]:
    return {v for n in nodes for v in n.operands} | set(roots)


def _broadcasts(graph: Graph) -> Iterator[Diagnostic]:
    """`[n]` with `[n, 1]` gives `[n, n]`, which is seldom wanted."""
    for node in graph.nodes:
        if len(node.operands) != 2 or not node.traits.elementwise:
            continue
        a, b = (v.type for v in node.operands)
        for flat, column in ((a, b), (b, a)):
            if flat.rank == 1 and flat.shape[0] != 1 and column.shape == (flat.shape[0], 1):
                yield Diagnostic(
                    "W905",
                    f"{a} and {b} broadcast to {node.result.type}",
                    node.span,
                    helps=(f"`[:, 0]` or `reshape` makes {column} one axis",),
                )
                break


def _mixed(graph: Graph) -> Iterator[Diagnostic]:
    for node in graph.nodes:
        kinds = {v.type.dtype for v in node.operands if not v.type.weak and v.type.is_float}
        if len(kinds) > 1:
            yield Diagnostic(
                "W906",
                "f32 meets f64 here; the result is f64",
                node.span,
                " and ".join(_strong(node.operands)),
                helps=("`astype(x, …)` says what is meant",),
            )


def _strong(values: Iterable[Value]) -> list[str]:
    types: list[Type] = [v.type for v in values if not v.type.weak]
    return [str(t) for t in types]


def _unstable(graph: Graph) -> Iterator[Diagnostic]:
    """Formulas that overflow or cancel where an operation of the library does not."""
    made = {r: n for n in graph.nodes for r in n.results}
    for node in graph.nodes:
        if better := better_form(node, made):
            yield Diagnostic(
                "W904",
                "this formula loses accuracy or overflows where its result does not",
                node.span,
                helps=(f"`{better.advice}` is stable",),
            )
