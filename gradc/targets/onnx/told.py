"""What operators say of themselves: the line of the graph, and the chain rule."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Derivation, Graph
from gradc.ir.node import Node, Value
from gradc.targets.onnx.model import Body, all_operators
from gradc.targets.told.derivation import Formulas
from gradc.targets.told.paragraphs import source_line


def tell(body: Body, graphs: Sequence[Graph], formulas: Sequence[Formulas]) -> None:
    """Writes the document of each operator."""
    rules: dict[Node, list[str]] = {}
    for graph, spelled in zip(graphs, formulas, strict=True):
        _note_rules(graph, spelled, rules)
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
