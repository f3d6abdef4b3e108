"""Formulas of derivatives, from the rules of the library: `dJ/dz = dJ/dh * (1 - h * h)`.

They are Python expressions over the names of the page. A derivative is one name in them,
`dJǁdz`; `text` and `latex` show it as a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradc.ir.graph import Graph, Node, Origin, Value
from gradc.ir.operation import Library
from gradc.ir.plan import Block
from gradc.lessons.run.steps import Step
from gradc.passes.simplify import simplify
from gradc.targets.numpy import expression
from gradc.targets.numpy.expression import Atom, Binary, Call, Expr, Unary
from gradc.targets.numpy.identifiers import Names
from gradc.targets.numpy.lower import Lowering, Shared
from gradc.targets.numpy.spelling import spelling_of

OVER = "ǁ"  # between the two names of a derivative; a letter, so that the whole is one name
_LONGEST = 72  # a longer formula says less than the statement it comes from
_DEEPEST = 8
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def derivative(of: str, by: str) -> str:
    """The name of a derivative in a formula."""
    return f"d{of}{OVER}d{by}"


class _Writer(Lowering):
    """Writes values of a graph as expressions over the values that have a name."""

    def __init__(self, graph: Graph, atoms: Mapping[Value, str]):
        shared = Shared(Names(), Names())
        super().__init__(Block((), (), ()), shared, typed=lambda value: False)
        self.atoms = atoms
        nodes = [*graph.nodes, *graph.adjoints]
        self.producers: dict[Value, Node] = {r: n for n in nodes for r in n.results}
        self.depth = 0

    def dimension(self, name: str) -> str:
        return name

    def constant_array(self, node: Node) -> Expr:
        return Atom(node.result.name)

    def reference(self, value: Value) -> Expr:
        if value in self.atoms:
            return Atom(self.atoms[value])
        node = self.producers.get(value)
        if node is None or spelling_of(node.op).statements or node.op.loop is not None:
            raise _TooLong
        if node.op.name == "guard":
            return self.reference(node.operands[0])
        self.depth += 1
        try:
            if self.depth > _DEEPEST:
                raise _TooLong
            return self.expression(node)
        finally:
            self.depth -= 1


class _TooLong(Exception):
    pass


def _written(graph: Graph, value: Value, atoms: Mapping[Value, str]) -> str:
    """An expression, or nothing where it would be too long."""
    try:
        text = expression.text(_tidy(_Writer(graph, atoms).reference(value)))
    except (_TooLong, KeyError, NotImplementedError):
        return ""
    return text if len(text) <= _LONGEST and not _RANDOM.search(text) else ""


def _tidy(expr: Expr) -> Expr:
    """Without factors of 1, such as the derivative of the loss by itself."""
    if isinstance(expr, Unary):
        operand = _tidy(expr.operand)
        return Atom("-1") if expr.op == "-" and _is(operand, "1") else Unary(expr.op, operand)
    if isinstance(expr, Call):
        return Call(expr.function, [_tidy(a) for a in expr.args], expr.keywords)
    if not isinstance(expr, Binary):
        return expr
    left, right = _tidy(expr.left), _tidy(expr.right)
    if expr.op in ("*", "/") and _is(right, "1"):
        return left
    if expr.op == "*":
        if _is(left, "1"):
            return right
        if _is(left, "-1"):
            return Unary("-", right)
        if isinstance(left, Unary) and left.op == "-":
            return Unary("-", Binary("*", left.operand, right))
        if _is_number(right) and not _is_number(left):
            left, right = right, left
    if expr.op == "/" and isinstance(left, Unary) and left.op == "-":
        return Unary("-", Binary("/", left.operand, right))
    return Binary(expr.op, left, right)


def _is(expr: Expr, text: str) -> bool:
    return isinstance(expr, Atom) and expr.text in (text, f"{text}.0")


def _is_number(expr: Expr) -> bool:
    return isinstance(expr, Atom) and re.fullmatch(r"\d+(\.\d+)?", expr.text) is not None


def chain_rule(step: Step, source: Value, loss: str) -> str:
    """What the step contributes to the derivative by a source, from that by its targets."""
    graph = step.simple
    atoms = _names(step)
    targets = {f"t{i}": t for i, t in enumerate(step.targets)}
    whole = step.name == loss
    atoms |= {
        s.value: "1" if whole else derivative(loss, targets[s.name].name) for s in graph.seeds
    }
    contribution = _gradient(graph, step, source)
    return "" if contribution is None else _written(graph, contribution, atoms)


def local_derivative(step: Step, source: Value, library: Library) -> str:
    """The derivative of a step's only target by a source, where the target is a number."""
    graph = step.graph
    if len(graph.seeds) != 1 or step.target.type.shape:
        return ""
    constant = library.operation("constant")
    one = Node(constant, (), (1.0, "1"), (graph.seeds[0].value,), Origin(None, ""))
    alone = simplify(graph.with_(adjoints=(one, *graph.adjoints), seeds=()), library)
    found = _gradient(alone, step, source)
    return "" if found is None else _written(alone, found, _names(step))


def expression_of(graph: Graph, value: Value) -> str:
    """A value of a graph over the values that have a name: `w * x`; nothing where it is long."""
    atoms = {v: v.name for v in graph.arguments.values()}
    atoms |= {r: r.name for n in graph.nodes for r in n.results if r.named}
    return _written(graph, value, atoms)


def _names(step: Step) -> dict[Value, str]:
    made = {r for n in step.nodes for r in n.results}
    names = {v: v.name for v in step.sources}
    return names | {v: step.name for v in step.targets if v in made}


def _gradient(graph: Graph, step: Step, source: Value) -> Value | None:
    name = f"s{step.sources.index(source)}"
    return next((g.value for g in graph.gradients if g.name == name), None)


# --- as text ---

_RANDOM = re.compile(r"\brng\b")
_HELPER = re.compile(r"\b_(?=[a-z]\w*\()")
_NUMBER_TIMES = re.compile(r"(^-?|\(-?|[+-] )((?!0\b)\d+(?:\.\d+)?) ?\* ?(?=[^\W\d]|\()")
_POWER = re.compile(r"\*\*(-?\d+)(?![\d.])")
_FRACTION_USED = re.compile(rf"(d\w+{OVER}d[\w.]+?)(?=\.[a-z]|\.T\b|\[|\*\*)")


def text(formula: str) -> str:
    """A formula as one writes it on paper: `2w`, `3w²`, `1 - h²`."""
    shown = _HELPER.sub("", formula.replace("np.", ""))
    shown = _FRACTION_USED.sub(r"(\1)", shown).replace(OVER, "/")
    shown = _POWER.sub(lambda m: m[1].translate(_SUPERSCRIPTS), shown)
    shown = _NUMBER_TIMES.sub(r"\1\2", shown)
    return shown.replace(" * ", " · ").replace("*", "·") if "**" not in shown else shown
