"""Unneeded: a value that nothing needs, and the loss that it may be meant to be a part of."""

from __future__ import annotations

import re
from functools import lru_cache

from gradc.ir.graph import Graph
from gradc.ir.node import Value


def added(value: Value, graph: Graph, moved: set[Value], text: str) -> str:
    """The loss of a file with a value added, as a line; empty where it is no part of a loss.

    A part is a number that is `moved` by parameters. `text` is the file's.
    """
    is_number = value.type.is_float and not value.type.shape
    if not is_number or graph.loss is None or graph.further or value not in moved:
        return ""
    stated = _stated(graph.loss, text)
    if stated is None:
        return ""
    formula, by, learned = re.sub(r"\s*#.*", "", stated["rest"]).partition(" wrt ")
    if formula.count("(") != formula.count(")") or formula.count("[") != formula.count("]"):
        return ""  # it goes on in the next line
    return " ".join(f"{stated['head']}{formula.strip()} + {value.name}{by}{learned}".split())


@lru_cache(maxsize=1)
def _stated(loss: str, text: str) -> re.Match[str] | None:
    """The line of a file that says its loss: looked for once, whatever nothing needs."""
    line = rf"^(?P<head>(?:loss[ \t]+)?{loss}[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*)(?P<rest>[^\n]+)"
    return re.search(line, text, re.MULTILINE)


def moved_in(graph: Graph) -> set[Value]:
    """The values that a parameter moves, by way of floats, and parameters."""
    found = {p.value for p in graph.params}
    for node in graph.nodes:
        if not node.traits.none and not found.isdisjoint(node.operands):
            found.update([r for r in node.results if r.type.is_float])
    return found
