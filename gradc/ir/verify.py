"""Verify: a graph is what it claims to be. Each pass leaves one that passes."""

from __future__ import annotations

from gradc.ir.builder import type_operation
from gradc.ir.graph import Graph
from gradc.ir.loop import all_nodes, sliced_type, stacked_type
from gradc.ir.node import Apply, Call, Node, Scan, Value
from gradc.ir.types import Type


class Invalid(Exception):
    """A graph breaks a rule of the IR: a bug of the pass that made it."""


def verify(graph: Graph) -> None:
    """Raises Invalid where a value is made twice or used before, or a type is wrong."""
    _made_once(graph)
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


def _made_once(graph: Graph) -> None:
    """No two loops share a value either: copies of a body have values of their own."""
    made = set(graph.arguments.values()) | {s.value for s in graph.seeds}
    for node in all_nodes((*graph.nodes, *graph.adjoints)):
        inside = node.parameters if isinstance(node, Scan) else ()
        for value in (*node.results, *inside):
            if value in made:
                raise Invalid(f"{value} is made twice")
            made.add(value)


def _needs(value: Value, made: set[Value], what: str) -> None:
    if value not in made:
        raise Invalid(f"{what} is {value}, which nothing makes")


def _check(node: Node, made: set[Value]) -> None:
    for operand in node.operands:
        _needs(operand, made, f"an operand of {node.name}")
    made.update(node.results)
    match node:
        case Apply():
            _check_operation(node)
        case Call():
            _check_call(node)
        case Scan():
            _check_scan(node)


def _check_operation(node: Apply) -> None:
    typing = type_operation(node.op, tuple(v.type for v in node.operands), node.attrs)
    _check_results(node, typing.results)
    for operand, cast in zip(node.operands, typing.casts, strict=False):
        if cast is not None and operand.type.dtype != cast:
            raise Invalid(f"{node.name} wants {cast}, not {operand}")


def _check_call(node: Call) -> None:
    body = node.function.body
    for parameter, operand in zip(body.parameters, node.operands, strict=True):
        if parameter.type != operand.type:
            raise Invalid(f"{node.name} is made for {parameter}, not {operand}")
    _check_results(node, tuple([r.type for r in body.results if r is not None]))


def _check_results(node: Node, types: tuple[Type, ...]) -> None:
    found = tuple(r.type for r in node.results)
    if found != types:
        raise Invalid(f"{node.name} makes {types}, the node says {found}")


def _check_scan(node: Scan) -> None:
    """The body reads its parameters alone, and each has the type that its operand gives it."""
    handed = [(slot.parameter, slot.initial.type) for slot in node.carried]
    handed += [
        (slot.parameter, sliced_type(slot.whole.type, slot.axis, node.rows)) for slot in node.walked
    ]
    handed += [(slot.parameter, slot.value.type) for slot in node.captured]
    for parameter, kind in handed:
        if parameter.type != kind:
            raise Invalid(f"a scan hands {kind} to {parameter}")
    made = set(node.parameters)
    for inner in node.nodes:
        _check(inner, made)
    for slot in node.carried:
        _needs(slot.following, made, "a result of a scan")
        if slot.following.type != slot.parameter.type:
            raise Invalid(f"a scan carries {slot.parameter}, then {slot.following}")
    for collected in node.collected:
        _needs(collected.value, made, "a result of a scan")
    made_of = [slot.following.type for slot in node.carried]
    made_of += [stacked_type(c.value.type, node.count, c.axis, node.rows) for c in node.collected]
    kept = [slot.following.type for slot in node.carried if slot.states is not None]
    if kept and node.reverse:
        raise Invalid("a scan that runs backwards keeps no states")
    _check_results(node, (*made_of, *[stacked_type(t, node.count + 1, 0) for t in kept]))
