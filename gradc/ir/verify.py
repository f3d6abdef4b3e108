"""Verify: a graph is what it claims to be. Each pass leaves one that passes."""

from __future__ import annotations

from gradc.ir.builder import type_operation
from gradc.ir.graph import Graph, Node, Value


class Invalid(Exception):
    """A graph breaks a rule of the IR: a bug of the pass that made it."""


def verify(graph: Graph) -> None:
    """Raises Invalid where a value is made twice or used before, or a type is wrong."""
    made: set[Value] = set(graph.arguments.values())
    for node in graph.nodes:
        _check(node, made)
    for output in graph.outputs:
        _needs(output.value, made, f"the output {output.name}")
    primal = set(made)
    made |= {s.value for s in graph.seeds}
    for node in graph.adjoints:
        _check(node, made)
    arguments = graph.arguments
    for gradient in graph.gradients:
        _needs(gradient.value, made, f"the gradient of {gradient.name}")
        if gradient.value.type != arguments[gradient.name].type:
            raise Invalid(
                f"the gradient of {gradient.name} is {gradient.value.type},"
                f" not {arguments[gradient.name].type}"
            )
    for seed in graph.seeds:
        if seed.value in primal:
            raise Invalid(f"the seed of {seed.name} is a primal value")


def _needs(value: Value, made: set[Value], what: str) -> None:
    if value not in made:
        raise Invalid(f"{what} is {value}, which nothing makes")


def _check(node: Node, made: set[Value]) -> None:
    for operand in node.operands:
        _needs(operand, made, f"an operand of {node.op.name}")
    for result in node.results:
        if result in made:
            raise Invalid(f"{result} is made twice")
        made.add(result)
    typing = type_operation(node.op, tuple(v.type for v in node.operands), node.attrs)
    found = tuple(r.type for r in node.results)
    if found != typing.results:
        raise Invalid(f"{node.op.name} makes {typing.results}, the node says {found}")
    for operand, cast in zip(node.operands, typing.casts, strict=False):
        if cast is not None and operand.type.dtype != cast:
            raise Invalid(f"{node.op.name} wants {cast}, not {operand}")
