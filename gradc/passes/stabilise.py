"""Stabilise: Graph to Graph. Formulas that overflow or cancel become the operations that do not.

It runs before the graph is differentiated, so that gradients are stable too, and at every level: a
stable form is what a formula means, not how fast it is. The formulas stand in `better_form`, which
is also what `gradc check` warns of.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, Protocol

from gradc.ir.builder import Builder, type_operation
from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Apply, Call, Fragment, Node, RuledFunction, Scan, Value, applies
from gradc.ir.origin import Origin
from gradc.ir.types import Type
from gradc.passes.inline import in_loop
from gradc.records import dataclass, field

Makers = Mapping[Value, Node]


class Functions(Library, Protocol):
    """A library that has functions with rules too."""

    def function_call(
        self, name: str, types: Mapping[str, Type], known: Mapping[str, Any]
    ) -> RuledFunction | None:
        """A call of a function that has a rule, for operands of these types; None without one."""


@dataclass(frozen=True, slots=True)
class Better:
    """The operation or function of the library to use, and how one would write it."""

    advice: str
    name: str
    operands: tuple[Value, ...]
    negated: bool = False  # its operand is the one here, negated
    known: Mapping[str, Any] = field(default_factory=dict)


def stabilise(graph: Graph, library: Functions, opaque: Container[Value] = ()) -> Graph:
    """The same graph, with stable operations in place of the formulas that are not.

    One that has none is given back as it is. No formula reaches behind a value that is `opaque`.
    """
    kinds = {n.name for n in graph.nodes}
    if kinds.isdisjoint(_LAST) and Scan not in map(type, graph.nodes):
        return graph
    nodes = _stable(graph.nodes, library, opaque)
    return graph if nodes == graph.nodes else graph.with_(nodes=nodes)


def _stable(
    nodes: Iterable[Node], library: Functions, opaque: Container[Value] = ()
) -> tuple[Node, ...]:
    builder = Builder(library, Origin(None, ""))
    made: dict[Value, Node] = {}

    def inside(body: Fragment) -> Fragment:
        return Fragment(body.parameters, _stable(body.nodes, library), body.results, body.checks)

    def looked_into(node: Node) -> Node:
        if isinstance(node, Scan) and _stable(node.nodes, library) == node.nodes:
            return node
        return in_loop(node, inside)

    for node in nodes:
        better = better_form(node, made)
        written = _written(node, better, builder, library) if better else None
        builder.nodes.append(written or looked_into(node))
        made.update((r, node) for r in node.results if r not in opaque)
    return tuple(builder.nodes)


def _written(node: Node, better: Better, builder: Builder, library: Functions) -> Node | None:
    """The node by the stable operation; None where it would be of another type."""
    operands = list(better.operands)
    types = [v.type for v in operands]
    if any(t.weak or t.dtype != node.result.type.dtype for t in types):
        return None
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


_LAST = frozenset({"log", "divide"})
"""What the formulas end with that are not stable."""


def better_form(node: Node, made: Makers) -> Better | None:
    """What is stable where a node, with those that make its operands, is not."""
    if type(node) is not Apply or node.op.name not in _LAST:
        return None
    if node.op.name == "log":
        return _Formulas(made).logarithm(node.operands[0])
    if node.op.name == "divide" and (formulas := _Formulas(made)).is_one(node.operands[0]):
        return formulas.one_over(node.operands[1])
    return None


class _Formulas:
    """Reads formulas off the nodes that make a value."""

    def __init__(self, made: Makers):
        self.made = made

    def maker(self, value: Value, name: str) -> Apply | None:
        """The node that makes a value, where it is this operation."""
        node = self.made.get(value)
        return node if applies(node, name) else None

    def call(self, value: Value, name: str) -> Call | None:
        """The node that makes a value, where it calls this function of the library."""
        node = self.made.get(value)
        if not isinstance(node, Call) or node.name != name or node.function.known is None:
            return None
        return node

    def is_one(self, value: Value) -> bool:
        node = self.maker(value, "constant")
        return node is not None and node.attrs[0] == 1

    def logarithm(self, value: Value) -> Better | None:
        """Of what `log` is taken."""
        if soft := self.call(value, "softmax"):
            known = soft.function.known or {}
            return Better("log_softmax(x)", "log_softmax", soft.operands, known=known)
        if gate := self.maker(value, "sigmoid"):
            return Better("log_sigmoid(x)", "log_sigmoid", gate.operands)
        rest = self.maker(value, "subtract")
        if (
            rest
            and self.is_one(rest.operands[0])
            and (g := self.maker(rest.operands[1], "sigmoid"))
        ):
            return Better("log_sigmoid(-x)", "log_sigmoid", g.operands, negated=True)
        if (total := self.maker(value, "sum")) and (e := self.maker(total.operands[0], "exp")):
            if self._is_shifted(e.operands[0]):
                return None
            known = {"axis": total.attr("axis"), "keepdims": total.attr("keepdims")}
            return Better("logsumexp(x)", "logsumexp", e.operands, known=known)
        if total := self.maker(value, "add"):
            return self._logarithm_of_sum(total.operands)
        return None

    def _logarithm_of_sum(self, terms: tuple[Value, ...]) -> Better | None:
        powers = [e.operands[0] for v in terms if (e := self.maker(v, "exp"))]
        if len(powers) == 2:
            return Better("logaddexp(a, b)", "logaddexp", (powers[0], powers[1]))
        for one, other in (terms, terms[::-1]):
            if self.is_one(one):
                if powers:
                    return Better("softplus(x)", "softplus", (powers[0],))
                return Better("log1p(x)", "log1p", (other,))
        return None

    def one_over(self, value: Value) -> Better | None:
        """Of what one is divided by."""
        total = self.maker(value, "add")
        if total is None:
            return None
        for one, other in (total.operands, total.operands[::-1]):
            if self.is_one(one) and (power := self.maker(other, "exp")):
                if turned := self.maker(power.operands[0], "negative"):
                    return Better("sigmoid(x)", "sigmoid", turned.operands)
                return Better("sigmoid(-x)", "sigmoid", power.operands, negated=True)
        return None

    def _is_shifted(self, value: Value) -> bool:
        """Whether the largest element has been taken off, so that nothing overflows."""
        if (difference := self.maker(value, "subtract")) is None:
            return False
        most = difference.operands[1]
        while (node := self.made.get(most)) is not None and node.traits.view is not None:
            most = node.operands[0]
        return self.maker(most, "max") is not None
