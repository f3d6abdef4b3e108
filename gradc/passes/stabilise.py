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
from gradc.passes.forms import LAST, Form, Formula, alike, as_letters, form_of, squared, written
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
    form: Form | None = None  # whose stable formula is written, about `letters`
    letters: Mapping[str, Value] = field(default_factory=dict)
    is_told_only: bool = False


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
    if better.is_told_only or better.form is not None:
        return _formula(node, better, builder, library)
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


def _formula(node: Node, better: Better, builder: Builder, library: Functions) -> Node | None:
    """The node by a stable formula, whose other nodes the builder gets."""
    types = [v.type for v in better.letters.values()]
    if better.form is None or better.is_told_only:
        return None
    if any(t.weak or t.dtype != node.result.type.dtype for t in types):
        return None
    own = Builder(library, node.origin)
    own.span = node.span

    def made(formula: Formula) -> Value:
        if isinstance(formula, str):
            return better.letters[formula]
        if not isinstance(formula, tuple):
            return own.constant(formula)
        name, *parts = formula
        operands = [made(part) for part in parts]
        if name == "square":
            return own.emit(library.operation("power"), [operands[0], own.constant(2)])
        types = dict(zip(better.letters, [v.type for v in operands], strict=False))
        if (function := library.function_call(name, types, {})) is not None:
            return own.call(function, operands)[0]
        return own.emit(library.operation(name), operands)

    if made(better.form.stable).type != node.result.type:
        return None
    last = own.nodes.pop()
    builder.nodes += own.nodes
    return last.copied(last.operands, node.results, node.origin, node.adjoint_of, node.span)


_LAST = LAST | {"log", "divide"}
"""What the formulas end with that are not stable."""


def better_form(node: Node, made: Makers) -> Better | None:
    """What is stable where a node, with those that make its operands, is not."""
    if type(node) is not Apply or node.op.name not in _LAST:
        return None
    formulas = _Formulas(made)
    better = None
    if node.op.name == "log":
        better = formulas.logarithm(node.operands[0])
    elif node.op.name == "divide":
        better = formulas.quotient(*node.operands)
    elif node.op.name == "subtract":
        better = formulas.variance(*node.operands)
    if better is None and not node.origin.is_derived and (found := form_of(node, made)):
        form, letters = found
        advice = written(form.stable, as_letters)
        operands = tuple(letters.values())
        return Better(advice, "", operands, form=form, letters=letters,
                      is_told_only=form.is_told_only)  # fmt: skip
    return better


def parts_of(node: Node, better: Better, made: Makers) -> set[Node]:
    """The nodes of a formula that is not stable, between its end and what it is about."""
    pending, found = list(node.operands), set[Node]()
    while pending:
        value = pending.pop()
        maker = made.get(value)
        is_about = any(alike(value, operand, made) for operand in better.operands)
        if maker is not None and not is_about and maker not in found:
            found.add(maker)
            pending += maker.operands
    return found


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
        if product := self.maker(value, "prod"):
            # Of a product of two negative numbers there is a logarithm.
            return Better("sum(log(x))", "", product.operands, is_told_only=True)
        mean = self.maker(value, "mean")
        power = mean and self.maker(mean.operands[0], "exp")
        if power and not self._is_shifted(power.operands[0]):
            return Better("logsumexp(x) - log(n)", "", power.operands, is_told_only=True)
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

    def quotient(self, above: Value, below: Value) -> Better | None:
        """Of what is divided by what."""
        if self.is_one(above):
            return self.one_over(below)
        power, total = self.maker(above, "exp"), self.maker(below, "sum")
        if power is None or total is None or not alike(above, total.operands[0], self.made):
            return None
        if self._is_shifted(power.operands[0]):
            return None
        axis, rank = total.attr("axis"), above.type.rank
        if not total.attr("keepdims") and not (axis is None or rank == 1):
            return None  # that is another quotient, or of a square array
        if axis is None and rank != 1:
            return None
        known = {"axis": -1 if axis is None or rank == 1 else axis}
        return Better("softmax(x)", "softmax", power.operands, known=known)

    def variance(self, squares: Value, square: Value) -> Better | None:
        """Of the mean of squares less the square of the mean."""
        mean, root = self.maker(squares, "mean"), squared(self.made.get(square), self.made)
        other = None if root is None else self.maker(root, "mean")
        if mean is None or other is None or mean.attrs != other.attrs:
            return None
        x = squared(self.made.get(mean.operands[0]), self.made)
        if x is None or not alike(x, other.operands[0], self.made):
            return None
        known = {"axis": mean.attr("axis"), "correction": 0, "keepdims": mean.attr("keepdims")}
        return Better("var(x)", "var", (x,), known=known)

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
