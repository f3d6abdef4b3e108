"""Stabilise: Graph to Graph. Formulas that overflow or cancel become the operations that do not.

It runs before the graph is differentiated, so that gradients are stable too, and at every level: a
stable form is what a formula means, not how fast it is. The formulas stand in `stable.py`, which
is also what `gradc check` warns of.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, Protocol

from gradc.ir.builder import Builder, type_operation
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Apply, Call, Fragment, Node, RuledFunction, Scan, Value
from gradc.ir.origin import Origin
from gradc.ir.types import Type
from gradc.passes.better import Better
from gradc.passes.blends import weights_in
from gradc.passes.form_table import Form, Formula
from gradc.passes.inline import in_loop
from gradc.passes.stable import better_form, ends_in


class Functions(Library, Protocol):
    """A library that has functions with rules too."""

    def function_call(
        self, name: str, types: Mapping[str, Type], known: Mapping[str, Any]
    ) -> RuledFunction | None:
        """A call of a function that has a rule, for operands of these types; None without one."""


def stabilise(graph: Graph, library: Functions, opaque: Container[Value] = ()) -> Graph:
    """The same graph, with stable operations in place of the formulas that are not.

    One that has none is given back as it is. No formula reaches behind a value that is `opaque`.
    """
    if not ends_in(graph.nodes) and Scan not in map(type, graph.nodes):
        return graph
    nodes = _stable(graph.nodes, library, opaque)
    return graph if nodes == graph.nodes else graph.with_(nodes=nodes)


def _stable(
    nodes: Sequence[Node], library: Functions, opaque: Container[Value] = ()
) -> tuple[Node, ...]:
    builder = Builder(library, Origin(None, ""))
    made: dict[Value, Node] = {}
    ends, weights = ends_in(nodes), weights_in(nodes)

    def inside(body: Fragment) -> Fragment:
        return Fragment(body.parameters, _stable(body.nodes, library), body.results, body.checks)

    def looked_into(node: Node) -> Node:
        if type(node) is not Scan or _stable(node.nodes, library) == node.nodes:
            return node
        return in_loop(node, inside)

    for node in nodes:
        is_end = node.name in ends and node not in weights
        better = better_form(node, made) if is_end else None
        written = _written(node, better, builder, library) if better else None
        builder.nodes.append(written or looked_into(node))
        for result in node.results:
            if result not in opaque:
                made[result] = node
    return tuple(builder.nodes)


def _written(node: Node, better: Better, builder: Builder, library: Functions) -> Node | None:
    """The node by the stable operation; None where it would be of another type."""
    if not better.is_written(node):
        return None
    if better.form is not None:
        return _formula(node, better.form, better.letters, builder, library)
    operands = list(better.operands)
    types = [v.type for v in operands]
    names = ("a", "b") if len(operands) == 2 else ("x",)
    op = library.operation
    function = library.function_call(
        better.name, dict(zip(names, types, strict=True)), better.known
    )
    if function is not None:
        found = tuple([r.type for r in function.body.results if r is not None])
    else:
        found = type_operation(op(better.name), tuple(types), ()).results
    if found != (node.result.type,):
        return None
    if better.negated:
        builder.origin, builder.span = node.origin, node.span
        operands = [builder.emit(op("negative"), operands)]
    place = (node.results, node.origin, node.adjoint_of, node.span)
    if function is not None:
        return Call(function, tuple(operands), *place)
    return Apply(op(better.name), tuple(operands), (), *place)


def _formula(
    node: Node, form: Form, letters: Mapping[str, Value], builder: Builder, library: Functions
) -> Node | None:
    """The node by a stable formula, whose other nodes the builder gets."""
    own = Builder(library, node.origin)
    own.span = node.span

    def made(formula: Formula) -> Value:
        if isinstance(formula, str):
            return letters[formula]
        if not isinstance(formula, tuple):
            return own.constant(formula)
        name, *parts = formula
        operands = [made(part) for part in parts]
        if name == "square":
            return own.emit(library.operation("power"), [operands[0], own.constant(2)])
        types = dict(zip(letters, [v.type for v in operands], strict=False))
        if (function := library.function_call(name, types, {})) is not None:
            return own.call(function, operands)[0]
        return own.emit(library.operation(name), operands)

    if made(form.stable).type != node.result.type:
        return None
    last = own.nodes.pop()
    builder.nodes += own.nodes
    return last.copied(last.operands, node.results, node.origin, node.adjoint_of, node.span)
