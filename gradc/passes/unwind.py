"""Unwind: the adjoint of a scan is a scan that runs backwards.

The body is differentiated as a graph of its own. What its adjoint statements need of a step is
collected by the forward scan in further stacks; the backward scan walks along them, carries the
cotangents of what was carried, and adds up those of what was captured.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import compress

from gradc.ir.builder import Builder
from gradc.ir.graph import Derivation, Graph, graph_of
from gradc.ir.library import Library
from gradc.ir.loop import fresh, stacked_type
from gradc.ir.node import Captured, Carried, Collected, Fragment, Node, Scan, Value, Walked, applies
from gradc.passes.inline import moved_derivations
from gradc.passes.partition import remade
from gradc.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Unwound:
    """A scan that collects what its adjoint needs, and that adjoint but for what it starts from.

    Of each slot of the scan that has a cotangent it tells the value in the adjoint's body: the
    parameter, and what follows it or is collected.
    """

    forward: Scan
    seeds: tuple[tuple[Carried, Value, Value], ...]  # whose cotangent is carried
    totals: tuple[tuple[Captured, Value, Value], ...]  # whose cotangent is added up
    stacks: tuple[tuple[Collected, Value], ...]  # whose cotangent is walked along
    elements: tuple[tuple[Walked, Value], ...]  # whose cotangent is collected
    walked: tuple[Walked, ...]  # what the adjoint reads of each step
    captured: tuple[Captured, ...]  # what it reads of what stands around
    nodes: tuple[Node, ...]
    derivations: tuple[Derivation, ...]  # of the statements of the body


def body_graph(scan: Scan, wanted: Container[Value]) -> Graph:
    """The body as a graph, by all that is carried and those other parameters that are wanted."""
    handed = zip(scan.parameters, scan.operands, strict=True)
    return graph_of(
        scan.body,
        [
            i
            for i, (parameter, operand) in enumerate(handed)
            if parameter.type.is_float and (i < len(scan.carried) or operand in wanted)
        ],
    )


def mattering_slots(scan: Scan, cotangents: Container[Value]) -> set[Carried]:
    """What is carried and has a cotangent: its last value, or what a step makes of it, has one."""
    floats = [slot for slot in scan.carried if slot.parameter.type.is_float]
    found = {slot for slot in floats if slot.result in cotangents}
    stacked = [slot.value for slot in scan.collected if slot.stack in cotangents]
    while True:
        reached = {*stacked, *(slot.following for slot in found)}
        for node in reversed(scan.nodes):
            if not reached.isdisjoint(node.results):
                reached.update(compress(node.operands, node.carries))
        more = {slot for slot in floats if slot.parameter in reached} - found
        if not more:
            return found
        found |= more


def unwind(scan: Scan, joint: Graph, library: Library) -> Unwound:
    """The scan and its adjoint, given the joint graph of its body."""
    producers = {r: n for n in joint.nodes for r in n.results}
    again, saved = remade(joint.adjoints, producers, joint)
    handed = set(scan.parameters[len(scan.carried) :])
    needed = [v for v in saved if v not in handed]
    forward = collecting(scan, joint, needed)
    stack_of = {slot.value: slot.stack for slot in forward.collected if slot.axis == 0}
    gradients = {joint.arguments[g.name]: g.value for g in joint.gradients}
    none = {n.result for n in joint.adjoints if applies(n, "zeros")}
    reached = {parameter: g for parameter, g in gradients.items() if g not in none}
    given = {s.name: s.value for s in joint.seeds}
    made = [given.get(o.name) for o in joint.outputs]

    around = {slot.parameter for slot in scan.captured}
    builder = Builder(library, scan.origin.named(""))
    builder.adjoint_of = scan
    totals = []
    for slot in scan.captured:
        if (gradient := reached.get(slot.parameter)) is not None:
            total = Value(gradient.name, slot.parameter.type, named=True)
            totals.append((slot, total, _added(builder, total, gradient, joint)))
    seeds = [
        (slot, seed, gradients[slot.parameter])
        for slot, seed in zip(scan.carried, made, strict=False)
        if seed is not None
    ]
    stacks = [
        (slot, seed)
        for slot, seed in zip(scan.collected, made[len(scan.carried) :], strict=True)
        if seed is not None
    ]
    elements = [(s, reached[s.parameter]) for s in scan.walked if s.parameter in reached]
    # The user named what is captured, and what a step sees of an unshared parameter.
    sliced = {s.parameter for s in scan.walked if not s.parameter.nameless}
    told = [d for d in joint.derivations if d.value.named or d.value in sliced]
    walked = [Walked(v, stack_of[v], 0) for v in needed]
    walked += [slot for slot in scan.walked if slot.parameter in saved]
    captured = [slot for slot in scan.captured if slot.parameter in saved]
    body, there = fresh(
        Fragment(
            (
                *(parameter for _, parameter, _ in (*seeds, *totals)),
                *(parameter for _, parameter in stacks),
                *(slot.parameter for slot in walked),
                *(slot.parameter for slot in captured),
            ),
            (*again, *joint.adjoints, *builder.nodes),
            (),
        )
    )
    return Unwound(
        forward,
        tuple((slot, there[v], there[following]) for slot, v, following in seeds),
        tuple((slot, there[v], there[following]) for slot, v, following in totals),
        tuple((slot, there[v]) for slot, v in stacks),
        tuple((slot, there[v]) for slot, v in elements),
        tuple(Walked(there[s.parameter], s.whole, s.axis) for s in walked),
        tuple(Captured(there[s.parameter], s.value) for s in captured),
        body.nodes,
        tuple(
            # What is captured gets a part of its cotangent from each step.
            replace(d, partial=d.partial or d.value in around)
            for d in moved_derivations(told, there)
        ),
    )


def collecting(scan: Scan, joint: Graph, needed: Sequence[Value]) -> Scan:
    """The scan with a stack for each value that its adjoint needs."""
    results = tuple([o.value for o in joint.outputs])
    prepared = scan.with_body(Fragment(scan.parameters, joint.nodes, results))
    there = {slot.value for slot in prepared.collected if slot.axis == 0}
    more = [Collected(v, _stack_of(v, scan), 0) for v in needed if v not in there]
    return replace(prepared, collected=(*prepared.collected, *more))


def _stack_of(value: Value, scan: Scan) -> Value:
    kind = stacked_type(value.type, scan.count, 0)
    return Value(f"{value.name}_steps", kind, nameless=value.nameless)


def _added(builder: Builder, total: Value, gradient: Value, joint: Graph) -> Value:
    made = {r: n for n in joint.adjoints for r in n.results}
    node = made.get(gradient)
    if node is not None:
        builder.origin = node.origin
    name = gradient.name
    gradient.name, gradient.named = f"{name}_step", False
    result = builder.emit(builder.library.operation("add"), [total, gradient], (), name)
    result.named = True
    return result
