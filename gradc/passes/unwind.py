"""Unwind: the adjoint of a scan is a scan that runs backwards.

The body is differentiated as a graph of its own. What its adjoint statements need of a step is
collected by the forward scan in further stacks; the backward scan walks along them, carries the
cotangents of what was carried, and adds up those of what was captured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradc.ir.builder import Builder
from gradc.ir.graph import Derivation, Fragment, Graph, Input, Node, Output, Value
from gradc.ir.loop import Loop, fresh, loop_operation, stacked_type
from gradc.passes.inline import moved_derivations
from gradc.passes.partition import remade


@dataclass(frozen=True, slots=True)
class Unwound:
    """A scan that collects what its adjoint needs, and how to make that adjoint."""

    forward: Node
    backward: Loop
    operands: tuple[Value, ...]  # of the backward scan, but for the cotangents
    seeds: tuple[int, ...]  # the results of the body whose cotangent is carried
    stacks: tuple[int, ...]  # the results of the scan whose cotangent is walked along
    totals: tuple[int, ...]  # the operands whose cotangent is added up
    walked: tuple[int, ...]  # the operands whose cotangent is collected
    derivations: tuple[Derivation, ...]  # of the statements of the body


def body_graph(loop: Loop, wanted: Sequence[bool]) -> Graph:
    """The body as a graph: `p0 …` its parameters, `r0 …` its results."""
    parameters = loop.body.parameters
    wrt = [i for i in range(loop.carried) if parameters[i].type.is_float]
    wrt += [i for i in range(loop.carried, len(parameters)) if wanted[i]]
    return Graph(
        dims=(),
        inputs=tuple(Input(f"p{i}", v, None) for i, v in enumerate(parameters)),
        params=(),
        nodes=loop.body.nodes,
        outputs=tuple(
            Output(f"r{i}", v, None) for i, v in enumerate(loop.body.results) if v is not None
        ),
        loss=None,
        wrt=tuple(f"p{i}" for i in wrt),
    )


def seeded_results(loop: Loop, given: Sequence[bool]) -> list[int]:
    """The results of the body that have a cotangent: all that is carried, some of the stacks."""
    floats = [r is not None and r.type.is_float for r in loop.body.results]
    return [i for i, f in enumerate(floats) if f and (i < loop.carried or given[i])]


def unwind(node: Node, joint: Graph, library: object) -> Unwound:
    """The scan and its adjoint, given the joint graph of its body."""
    loop = node.op.loop
    assert loop is not None
    parameters = loop.body.parameters
    producers = {r: n for n in joint.nodes for r in n.results}
    again, saved = remade(joint.adjoints, producers, joint)
    slices, captured = set(parameters[loop.slices]), set(parameters[loop.captured])
    collected = [v for v in saved if v not in slices and v not in captured]
    results = [o.value for o in joint.outputs]
    stacks = {  # what the graph collects anyway
        v: stack
        for v, stack, axis in zip(
            results[loop.carried :], node.results[loop.carried :], loop.stacked, strict=True
        )
        if axis == 0
    }
    more = [v for v in collected if v not in stacks]
    forward = _collecting(node, loop, joint, more)
    stacks.update(zip(more, forward.results[len(node.results) :], strict=True))

    gradients = {int(g.name[1:]): g.value for g in joint.gradients}
    seed_of = {int(s.name[1:]): s.value for s in joint.seeds}
    seeds = [i for i in seed_of if i < loop.carried]
    stack_seeds = [i for i in seed_of if i >= loop.carried]
    first_captured = loop.captured.start
    totals = [i for i in gradients if i >= first_captured]
    walked = [i for i in gradients if loop.carried <= i < first_captured]

    builder = Builder(library, node.origin.named(""))  # type: ignore[arg-type]
    builder.adjoint_of = node
    sums, next_sums = [], []
    for i in totals:
        total = Value(gradients[i].name, parameters[i].type, named=True)
        sums.append(total)
        next_sums.append(_added(builder, total, gradients[i], joint))
    walked_along = [
        *((seed_of[i], loop.stacked[i - loop.carried], None) for i in stack_seeds),
        *((v, 0, stacks[v]) for v in collected),
        *(
            (parameters[i], loop.axes[i - loop.carried], node.operands[i])
            for i in range(loop.slices.start, loop.slices.stop)
            if parameters[i] in saved
        ),
    ]
    kept = [
        (parameters[i], node.operands[i])
        for i in range(first_captured, len(parameters))
        if parameters[i] in saved
    ]
    body = Fragment(
        (
            *(seed_of[i] for i in seeds),
            *sums,
            *(v for v, _, _ in walked_along),
            *(v for v, _ in kept),
        ),
        (*again, *joint.adjoints, *builder.nodes),
        (
            *(gradients[i] for i in seeds),
            *next_sums,
            *(gradients[i] for i in walked),
        ),
    )
    body, moved = fresh(body)
    backward = Loop(
        body,
        len(seeds) + len(sums),
        tuple(axis for _, axis, _ in walked_along),
        tuple(loop.axes[i - loop.carried] for i in walked),
        loop.count,
        not loop.reverse,
    )
    operands = [o for _, _, o in walked_along if o is not None] + [o for _, o in kept]
    return Unwound(
        forward, backward, tuple(operands), tuple(seeds), tuple(stack_seeds), tuple(totals),
        tuple(walked), moved_derivations(joint.derivations, moved),
    )  # fmt: skip


def _collecting(node: Node, loop: Loop, joint: Graph, collected: Sequence[Value]) -> Node:
    """The scan with a stack for each value that its adjoint needs."""
    results = [o.value for o in joint.outputs]
    body = Fragment(loop.body.parameters, joint.nodes, (*results, *collected))
    wider = Loop(
        body, loop.carried, loop.axes, (*loop.stacked, *(0 for _ in collected)), loop.count,
        loop.reverse,
    )  # fmt: skip
    extra = [
        Value(f"{v.name}_steps", stacked_type(v.type, loop.count, 0), nameless=v.nameless)
        for v in collected
    ]
    op = loop_operation(wider, [*node.op.result_names, *(v.name for v in extra)])
    return Node(
        op, node.operands, (), (*node.results, *extra), node.origin, node.adjoint_of, node.span
    )


def _added(builder: Builder, total: Value, gradient: Value, joint: Graph) -> Value:
    made = {r: n for n in joint.adjoints for r in n.results}
    node = made.get(gradient)
    if node is not None and node.op.name == "zeros":
        return total
    if node is not None:
        builder.origin = node.origin
    name = gradient.name
    gradient.name, gradient.named = f"{name}_step", False
    result = builder.emit(builder.library.operation("add"), [total, gradient], (), name)
    result.named = True
    return result
