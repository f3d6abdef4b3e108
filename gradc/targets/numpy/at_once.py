"""`value_and_grad` as a function of its own: what it makes stands in it, and nothing is saved."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.graph import Graph, Output
from gradc.ir.types import Type
from gradc.targets.python.expression import Atom, Call, Expr, Items, text
from gradc.targets.python.identifiers import string
from gradc.targets.python.layout import spaced, without_parentheses
from gradc.targets.python.statements import statement


def at_once(graph: Graph, door: list[str], body: list[str], results: Sequence[Expr]) -> list[str]:
    """The lines of the function: the loss, its gradients and the next state are its results."""
    value, *others = results
    gradients, updates = others[: len(graph.gradients)], others[len(graph.gradients) :]
    (loss,) = [o.value for o in graph.outputs if o.name == graph.loss]
    if loss.type != Type("f64"):
        value = Call(Atom("float"), [value])
    parts = [value, _dict(graph.gradients, gradients)]
    if graph.updates:
        parts.append(_dict(graph.updates, updates))
    return spaced(door, body, without_parentheses(statement("return ", Items(parts))))


def _dict(names: Sequence[Output], values: Sequence[Expr]) -> Expr:
    pairs = zip(names, values, strict=True)
    return Items([Atom(f"{string(n.name)}: {text(e)}") for n, e in pairs], "{}")
