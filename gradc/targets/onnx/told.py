"""What operators say of themselves: the line of the graph, and the chain rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.ir.graph import Derivation, Graph
from gradc.ir.node import Node, Value
from gradc.ir.plan import Block, Statement
from gradc.targets.onnx.model import Body, all_operators
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.paragraphs import source_line
from gradc.targets.told.words import spell


def tell(body: Body, graphs: Sequence[Graph], names: Mapping[Value, str]) -> None:
    """Writes the document of each operator. `graphs` are those of what goes backward."""
    rules: dict[Node, list[str]] = {}
    for graph in graphs:
        _note_rules(graph, Formulas(graph, _stated(graph), names, spell, str), rules)
    for operator in all_operators(body.operators):
        if (node := operator.node) is not None:
            operator.doc = "\n".join([*_lines(node), *dict.fromkeys(rules.get(node, ()))])


def _lines(node: Node) -> list[str]:
    """The line of the graph, and of the function or layer that it calls."""
    origin = node.origin
    lines = [source_line(origin.span.text)] if origin.span is not None else []
    if origin.titles and origin.within:
        lines.append(source_line(origin.within))
    return lines


def _stated(graph: Graph) -> Block:
    """What goes by its name in formulas: what the user named, and cotangents of that."""
    told = {d.contribution for d in graph.derivations}
    nodes = [n for n in graph.adjoints if not told.isdisjoint(n.results)]
    return Block((), tuple([Statement((n,)) for n in nodes]), ())


def _note_rules(graph: Graph, formulas: Formulas, rules: dict[Node, list[str]]) -> None:
    """The chain rules that the nodes of a graph serve."""
    producers = {r: n for n in graph.adjoints for r in n.results}
    for derivation in graph.derivations:
        if formula := formulas.formula(derivation):
            for node in _serving(derivation, producers):
                rules.setdefault(node, []).append(formula)


def _serving(derivation: Derivation, producers: dict[Value, Node]) -> list[Node]:
    """The nodes of a statement's adjoint that make what it contributes."""
    found: dict[Node, None] = {}
    pending = [derivation.contribution]
    while pending:
        node = producers.get(pending.pop())
        if node is not None and node not in found and node.origin.span is derivation.span:
            found[node] = None
            pending += node.operands
    return list(found)
