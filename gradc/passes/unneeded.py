"""Unneeded: a value that nothing needs, and the loss that it may be meant to be a part of."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value


def added(value: Value, graph: Graph, text: str) -> str:
    """The loss of a file with a value added, as a line; empty where it is no part of a loss.

    A part is a number that parameters move. `text` is the file's.
    """
    is_number = value.type.is_float and not value.type.shape
    if not is_number or graph.loss is None or graph.further or not _is_learned(value, graph):
        return ""
    line = rf"^(?P<head>(?:loss[ \t]+)?{graph.loss}[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*)(?P<rest>[^\n]+)"
    stated = re.search(line, text, re.MULTILINE)
    if stated is None:
        return ""
    formula, by, learned = re.sub(r"\s*#.*", "", stated["rest"]).partition(" wrt ")
    if formula.count("(") != formula.count(")") or formula.count("[") != formula.count("]"):
        return ""  # it goes on in the next line
    return " ".join(f"{stated['head']}{formula.strip()} + {value.name}{by}{learned}".split())


def _is_learned(value: Value, graph: Graph) -> bool:
    """Whether a parameter moves a value, by way of floats."""
    made: Mapping[Value, Node] = {r: n for n in graph.nodes for r in n.results}
    given = {p.value for p in graph.params}
    pending, seen = [value], set[Value]()
    while pending:
        value = pending.pop()
        if value in given:
            return True
        if value in seen or not value.type.is_float:
            continue
        seen.add(value)
        node = made.get(value)
        if node is not None and not node.traits.none:
            pending += node.operands
    return False
