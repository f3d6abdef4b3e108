"""Derivatives as formulas, by the rules of the library: `dJ/dz = (1 - h * h) * dJ/dh`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradc.ir.graph import Graph
from gradc.ir.library import Library
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.node import Call as Ruled
from gradc.ir.origin import Origin
from gradc.lessons.run.steps import Step as Statement
from gradc.lessons.run.subject import Run
from gradc.lessons.words import paper
from gradc.lessons.words.formula import Derivative, derivative, is_literal
from gradc.passes.simplify import simplify
from gradc.targets.assembly.aside import Aside
from gradc.targets.numpy.operations import formula
from gradc.targets.python.expression import Atom, Attribute, Binary, Call, Expr, Subscript, Unary

_LONGEST = 72  # a longer formula says less than the statement it comes from
_DEEPEST = 8


class _Writer:
    """Writes values of a graph as expressions over the values that have a name."""

    def __init__(self, graph: Graph, atoms: Mapping[Value, Atom]):
        self.atoms = atoms
        nodes = [*graph.nodes, *graph.adjoints]
        self.producers: dict[Value, Node] = {r: n for n in nodes for r in n.results}
        self.aside = Aside(str, lambda node: Atom(node.result.name))
        self.depth = 0

    def reference(self, value: Value) -> Expr:
        if value in self.atoms:
            return self.atoms[value]
        node = self.producers.get(value)
        if applies(node, "guard") or (applies(node, "astype") and _is_widened(node)):
            return self.reference(node.operands[0])
        if applies(node, "constant") and _is_whole(node.attrs[0]):
            return Atom(str(int(node.attrs[0])))
        if not isinstance(node, Apply | Ruled) or self.depth == _DEEPEST:
            raise _TooLong
        self.depth += 1
        try:
            operands = [self.reference(v) for v in node.operands]
        finally:
            self.depth -= 1
        if isinstance(node, Ruled):
            return Call(Atom(node.name), operands)
        found = formula(node, operands, self.aside)
        if found is None:
            raise _TooLong
        return found


class _TooLong(Exception):
    pass


def _is_whole(number: object) -> bool:
    """Whether a float is written without a point on paper."""
    return isinstance(number, float) and number.is_integer() and 0 <= number < 1e6


def _is_widened(node: Apply) -> bool:
    """Whether the element type changes between floats: formulas say nothing of it."""
    return node.operands[0].type.is_float and node.result.type.is_float


_RANDOM = re.compile(r"\brng\b")


def _written(graph: Graph, value: Value, atoms: Mapping[Value, Atom]) -> Expr | None:
    """An expression, or None where it would be too long."""
    try:
        found = _tidy(_Writer(graph, atoms).reference(value))
    except (_TooLong, KeyError, NotImplementedError):
        return None
    text = paper.text(found)
    return found if len(text) <= _LONGEST and not _RANDOM.search(text) else None


def _tidy(expr: Expr) -> Expr:
    """Without factors of 1, such as the derivative of the loss by itself, and without boxes."""
    if isinstance(expr, Unary):
        operand = _tidy(expr.operand)
        return (
            Atom("-1") if expr.op == "-" and is_literal(operand, "1") else Unary(expr.op, operand)
        )
    if isinstance(expr, Subscript) and [paper.text(i) for i in expr.items] == ["()"]:
        return _tidy(expr.base)
    if isinstance(expr, Call):
        return Call(expr.function, [_tidy(a) for a in expr.args], expr.keywords)
    if not isinstance(expr, Binary):
        return expr
    left, right = _tidy(expr.left), _tidy(expr.right)
    if expr.op in ("*", "/") and is_literal(right, "1"):
        return left
    if expr.op == "*":
        if is_literal(left, "1"):
            return right
        if is_literal(left, "-1"):
            return Unary("-", right)
        if isinstance(left, Unary) and left.op == "-":
            return Unary("-", Binary("*", left.operand, right))
        if _is_number(right) and not _is_number(left):
            left, right = right, left
    if expr.op == "/" and isinstance(left, Unary) and left.op == "-":
        return Unary("-", Binary("/", left.operand, right))
    return Binary(expr.op, left, right)


def _is_number(expr: Expr) -> bool:
    return isinstance(expr, Atom) and re.fullmatch(r"\d+(\.\d+)?", expr.text) is not None


def chain_rule(step: Statement, source: Value, run: Run) -> Expr | None:
    """What the step contributes to the derivative by a source, from that by its targets.

    As everywhere in the lessons the local derivative comes first, but where `@` has an order.
    """
    graph, loss = step.simple, str(run.graph.loss)
    atoms = _names(step)
    targets = {f"t{i}": t for i, t in enumerate(step.targets)}
    whole = step.name == loss
    for seed in graph.seeds:
        atoms[seed.value] = (
            Atom("1") if whole else derivative(loss, targets[seed.name].name, run.sign(loss))
        )
    contribution = _gradient(graph, step, source)
    found = None if contribution is None else _written(graph, contribution, atoms)
    return None if found is None else _local_first(found)


def _local_first(expr: Expr) -> Expr:
    """The formula with the derivative from the right as the last factor of its product."""
    match expr:
        case Binary():
            left, right = _local_first(expr.left), _local_first(expr.right)
            if expr.op == "*" and isinstance(left, Derivative):
                return Binary("*", right, left)
            if expr.op == "*" and isinstance(left, Binary) and _is_onward(left):
                return Binary("*", Binary("*", left.left, right), left.right)
            return Binary(expr.op, left, right)
        case Unary():
            return Unary(expr.op, _local_first(expr.operand))
        case Attribute():
            return Attribute(_local_first(expr.base), expr.name)
        case Call():
            function = _local_first(expr.function)
            return Call(function, [_local_first(a) for a in expr.args], expr.keywords)
    return expr


def _is_onward(product: Binary) -> bool:
    return product.op == "*" and isinstance(product.right, Derivative)


def local_derivative(step: Statement, source: Value, library: Library) -> Expr | None:
    """The derivative of a step's only target by a source, where the target is a number."""
    graph = step.graph
    if len(graph.seeds) != 1 or step.target.type.shape:
        return None
    constant = library.operation("constant")
    one = Apply(constant, (), (1.0, "1"), (graph.seeds[0].value,), Origin(None, ""))
    alone = simplify(graph.with_(adjoints=(one, *graph.adjoints), seeds=()), library)
    found = _gradient(alone, step, source)
    return None if found is None else _written(alone, found, _names(step))


def expression_of(graph: Graph, value: Value) -> Expr | None:
    """A value of a graph over the values that have a name: `w * x`; None where it is long."""
    atoms = {v: Atom(v.name) for v in graph.arguments.values()}
    atoms |= {r: Atom(r.name) for n in graph.nodes for r in n.results if r.named}
    return _written(graph, value, atoms)


def _names(step: Statement) -> dict[Value, Atom]:
    made = {r for n in step.nodes for r in n.results}
    names = {v: Atom(v.name) for v in step.sources}
    return names | {v: Atom(step.name) for v in step.targets if v in made}


def _gradient(graph: Graph, step: Statement, source: Value) -> Value | None:
    name = f"s{step.sources.index(source)}"
    return next((g.value for g in graph.gradients if g.name == name), None)
