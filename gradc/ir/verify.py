"""Verify: a graph is what it claims to be. Each pass leaves one that passes."""

from __future__ import annotations

from gradc.ir.builder import type_operation
from gradc.ir.graph import Graph, Node, Value
from gradc.ir.loop import Loop, sliced_type


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
    if node.op.loop is not None:
        _check_loop(node, node.op.loop)
    typing = type_operation(node.op, tuple(v.type for v in node.operands), node.attrs)
    found = tuple(r.type for r in node.results)
    if found != typing.results:
        raise Invalid(f"{node.op.name} makes {typing.results}, the node says {found}")
    for operand, cast in zip(node.operands, typing.casts, strict=False):
        if cast is not None and operand.type.dtype != cast:
            raise Invalid(f"{node.op.name} wants {cast}, not {operand}")


def _check_loop(node: Node, loop: Loop) -> None:
    """The body reads its parameters alone, and each has the type that its operand gives it."""
    for i, (parameter, operand) in enumerate(zip(loop.body.parameters, node.operands, strict=True)):
        kind = operand.type
        if loop.slices.start <= i < loop.slices.stop:
            kind = sliced_type(kind, loop.axes[i - loop.carried])
        if parameter.type != kind:
            raise Invalid(f"a scan hands {kind} to {parameter}")
    made = set(loop.body.parameters)
    if len(made) != len(loop.body.parameters):
        raise Invalid("a parameter of a scan stands twice")
    for inner in loop.body.nodes:
        _check(inner, made)
    for position, result in enumerate(loop.body.results):
        if result is None:
            raise Invalid("a result of a scan is missing")
        _needs(result, made, "a result of a scan")
        if position < loop.carried and result.type != loop.body.parameters[position].type:
            raise Invalid(f"a scan carries {loop.body.parameters[position]}, then {result}")
