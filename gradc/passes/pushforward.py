"""Pushforward: Graph to Graph. The tangents of the outputs, by the transposes of the VJP rules.

A VJP is linear in its cotangent, so its transpose is the JVP: with `dx = L(dy)` the tangent of y is
`Lᵀ` applied to that of x. The transpose of a fragment is what `differentiate` makes of it, with
respect to the cotangent. No operation says its derivative twice.

Where a value is finite and its derivative is not (the root of 0), a tangent of 0 moves nothing, as
`guard.py` has it for cotangents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradc.budget import Budget
from gradc.diagnostics import DiagnosticError, error
from gradc.ir.builder import Builder
from gradc.ir.fact import FINITE, LEFT_OUT
from gradc.ir.graph import Graph, Input, Output, graph_of
from gradc.ir.library import Library, rules_of
from gradc.ir.loop import fresh, needed_for
from gradc.ir.node import Captured, Fragment, Node, Scan, Value, Walked, applies
from gradc.ir.origin import Origin
from gradc.ir.program import TANGENT
from gradc.passes.differentiate import differentiate
from gradc.passes.facts import Facts, facts_of
from gradc.passes.guard import Guards
from gradc.passes.inline import inline
from gradc.passes.partition import remade
from gradc.passes.unbroadcast import unbroadcast
from gradc.passes.unwind import collecting
from gradc.records import replace

_MOVING = replace(FINITE, left_out=LEFT_OUT)
"""What is known of a tangent: where something stays, it is 0."""


def pushforward(graph: Graph, library: Library) -> Graph:
    """A graph that takes a tangent for each name of `wrt` and gives those of the outputs."""
    return _Pushforward(library, None, is_whole=True).run(graph)


def push(
    graph: Graph, of: Value, along: Mapping[Value, Value], library: Library, budget: Budget
) -> tuple[Sequence[Node], Value | None]:
    """How a value moves where others move along directions: nodes, and which of their values it is.

    None where it does not move.
    """
    work = _Pushforward(library, facts_of(graph), budget)
    work.move(along)
    for node in graph.nodes:
        work.push(node)
    work.guards.watch()
    return work.builder.nodes, work.tangents.get(of)


def follow(
    graph: Graph, along: Mapping[Value, Value], library: Library, *, apart: bool = False
) -> tuple[tuple[Node, ...], Mapping[Value, Value]]:
    """The nodes, each with what moves its results behind it, and what is the tangent of which.

    A loop goes on with the tangents beside its values; where they are to stay `apart`, with those
    in a loop of their own, which reads what the first has collected.
    """
    work = _Pushforward(library, facts_of(graph), is_whole=True, apart=apart)
    work.move(along)
    return work.follow(graph.nodes), work.tangents


class _Pushforward:
    def __init__(
        self,
        library: Library,
        facts: Facts | None,
        budget: Budget | None = None,
        *,
        is_whole: bool = False,
        apart: bool = False,
    ):
        """Where the nodes pushed are the `whole` graph, what moves a loop takes its place.

        Without `facts` nothing is guarded.
        """
        self.library, self.facts, self.is_whole, self.apart = library, facts, is_whole, apart
        self.builder = Builder(library, Origin(None, ""), budget)
        self.guards = Guards(self.builder, facts, is_straight=False)
        self.tangents: dict[Value, Value] = {}
        self.constants: dict[Value, Any] = {}
        self.transposes: dict[tuple[int, int, tuple[bool, ...]], Fragment] = {}
        self.kept: list[Fragment] = []  # so that the keys above stay theirs

    def move(self, along: Mapping[Value, Value]) -> None:
        """Says what the tangents of some values are."""
        self.tangents.update(along)
        for tangent in along.values():
            self.guards.seed(tangent, _MOVING)

    def run(self, graph: Graph) -> Graph:
        given = []
        for name in graph.wrt:
            value = graph.arguments[name]
            tangent = Value(TANGENT.format(value.name), value.type, named=True)
            self.move({value: tangent})
            given.append(Input(TANGENT.format(name), tangent, None))
        nodes = self.follow(graph.nodes)
        outputs = tuple(
            Output(TANGENT.format(o.name), self._tangent(o.value), None)
            for o in graph.outputs
            if o.value.type.is_float
        )
        nodes = (*nodes, *self.builder.nodes[len(nodes) :])
        return inline(
            graph.with_(inputs=(*graph.inputs, *given), nodes=nodes, outputs=outputs, loss=None)
        )

    def follow(self, nodes: Iterable[Node]) -> tuple[Node, ...]:
        """The nodes, and behind each of them what moves its results."""
        for node in nodes:
            if not (isinstance(node, Scan) and any(self._wanted(node))):
                self.builder.nodes.append(node)
            self.push(node)
        self.guards.watch()
        return tuple(self.builder.nodes)

    def _wanted(self, node: Node) -> list[bool]:
        return [c and v in self.tangents for v, c in zip(node.operands, node.carries, strict=True)]

    def push(self, node: Node) -> None:
        """Appends what moves the results of a node."""
        if applies(node, "constant"):
            self.constants[node.result] = node.attrs[0]
        wanted = self._wanted(node)
        if not any(wanted):
            return
        if self.is_whole:
            self.builder.adjoint_of, self.builder.span = node.adjoint_of, node.span
        if isinstance(node, Scan):
            self._push_scan(node)
            return
        given = [r.type.is_float for r in node.results]
        used = {v: c for v in node.operands if (c := self.constants.get(v)) is not None}
        fragment = rules_of(node, self.library)(node, wanted, given, used)
        self.builder.origin = node.origin.named(TANGENT.format(node.results[0].name))
        floats = [r for r, g in zip(node.results, given, strict=True) if g]
        self.guards.watch()  # of the node too, so that what it makes is known
        facts = self.facts
        is_guarded = facts is not None and not any(facts[r].infinite for r in floats)
        for position, operand in enumerate(node.operands):
            contribution = fragment.results[position]
            if not wanted[position] or contribution is None:
                continue
            # What repeats a contribution, or sums it, is undone by what does the other.
            tangent = unbroadcast(self.builder, self.tangents[operand], contribution.type)
            try:
                transposed = self._transposed(fragment, position, len(floats))
            except _NotLinear:
                raise _not_linear(node) from None
            given_to = [*node.operands, *node.results, tangent]
            if is_guarded:
                pushed = self.guards.splice(transposed, given_to)
            else:
                pushed = self.guards.splice_alone(transposed, given_to, _MOVING)
            for result, part in zip(floats, pushed, strict=True):
                if part is not None:
                    self._add(result, part)

    def _push_scan(self, scan: Scan) -> None:
        """A scan that carries, walks along and collects tangents, beside the values or apart."""
        first = len(scan.carried)
        moving = [
            i
            for i, (p, v) in enumerate(zip(scan.parameters, scan.operands, strict=True))
            if p.type.is_float and (i < first or v in self.tangents)
        ]
        inner = graph_of(scan.body, wrt=moving)
        self.guards.watch()  # of the loop too, so that what its body holds is known
        work = _Pushforward(self.library, self.facts, is_whole=True, apart=self.apart)
        pushed = work.run(inner)
        given = pushed.inputs[len(inner.inputs) :]
        tangent = {scan.parameters[i]: t.value for i, t in zip(moving, given, strict=True)}
        carried = [s for s in scan.carried if s.following.type.is_float]
        collected = [s for s in scan.collected if s.value.type.is_float]
        made = [o.value for o in pushed.outputs]
        slots = [
            (tangent[s.parameter], self._tangent(s.initial), following)
            for s, following in zip(carried, made, strict=False)
        ]
        walked = [
            Walked(tangent[s.parameter], self._tangent(s.whole), s.axis)
            for s in scan.walked
            if s.parameter in tangent
        ]
        captured = [
            Captured(tangent[s.parameter], self._tangent(s.value))
            for s in scan.captured
            if s.parameter in tangent
        ]
        stacks = [(v, s.axis) for v, s in zip(made[len(carried) :], collected, strict=True)]
        if self.is_whole:
            self.builder.origin = scan.origin
        if self.apart:
            nodes = self._collected_for(scan, pushed, walked, captured)
            values: tuple[tuple[Value, Value, Value], ...] = ()
            kept: tuple[tuple[Value, int], ...] = ()
        else:
            nodes = pushed.nodes
            walked, captured = [*scan.walked, *walked], [*scan.captured, *captured]
            values = tuple([(s.parameter, s.initial, s.following) for s in scan.carried])
            kept = tuple([(s.value, s.axis) for s in scan.collected])
        names = [p.name for p, _, _ in (*values, *slots)] + [v.name for v, _ in (*kept, *stacks)]
        wider = self.builder.scan(
            (*values, *slots), walked, captured, (*kept, *stacks), nodes, scan.count, names,
            reverse=scan.reverse,
        )  # fmt: skip
        if self.is_whole and not self.apart:
            wider = self.builder.nodes[-1] = _in_place(wider, scan)
        else:
            # The values of a body are those of one loop.
            wider = self.builder.nodes[-1] = wider.with_body(fresh(wider.body)[0])
        for old, new in zip(carried, wider.carried[len(values) :], strict=True):
            self._add(old.result, new.result)
        for stack, moved in zip(collected, wider.collected[len(kept) :], strict=True):
            self._add(stack.stack, moved.stack)

    def _collected_for(
        self, scan: Scan, pushed: Graph, walked: list[Walked], captured: list[Captured]
    ) -> tuple[Node, ...]:
        """The nodes of a loop of tangents; the scan collects what it walks along."""
        inner = graph_of(scan.body)
        seeds = tuple([Output(i.name, i.value, None) for i in pushed.inputs[len(inner.inputs) :]])
        moved = moved_by(pushed.nodes, [s.value for s in seeds])
        joint = inner.with_(
            nodes=tuple([n for n in pushed.nodes if n not in moved]),
            adjoints=tuple([n for n in pushed.nodes if n in moved]),
            seeds=seeds,
            gradients=pushed.outputs,
        )
        again, saved = remade(joint.adjoints, {r: n for n in joint.nodes for r in n.results}, joint)
        handed = set(scan.parameters[len(scan.carried) :])
        needed = [v for v in saved if v not in handed]
        forward = collecting(scan, joint, needed)
        self.builder.nodes.append(forward)
        stack_of = {slot.value: slot.stack for slot in forward.collected if slot.axis == 0}
        walked += [Walked(v, stack_of[v], 0) for v in needed]
        walked += [slot for slot in scan.walked if slot.parameter in saved]
        captured += [slot for slot in scan.captured if slot.parameter in saved]
        return (*again, *joint.adjoints)

    def _add(self, value: Value, part: Value) -> None:
        so_far = self.tangents.get(value)
        name = TANGENT.format(value.name)
        if so_far is None:
            if not part.named:
                part.name, part.named = name, self.is_whole and value.named
            self.tangents[value] = part
        else:
            total = self.builder.emit(self.library.operation("add"), [so_far, part], (), name)
            total.named = self.is_whole and value.named
            if total.named and so_far.name == name:
                so_far.named = False
            self.tangents[value] = total

    def _tangent(self, value: Value) -> Value:
        found = self.tangents.get(value)
        if found is not None:
            return found
        zeros = self.library.operation("zeros")
        return self.builder.emit(zeros, (), (value.type.shape, value.type.dtype))

    def _transposed(self, fragment: Fragment, position: int, cotangents: int) -> Fragment:
        key = (id(fragment), position, (cotangents > 1,))
        if key not in self.transposes:
            self.kept.append(fragment)
            self.transposes[key] = transpose(fragment, position, cotangents, self.library)
        return self.transposes[key]


def moved_by(nodes: Iterable[Node], seeds: Iterable[Value]) -> set[Node]:
    """The nodes that read what is made of seeds."""
    moving = set(seeds)
    found = set()
    for node in nodes:
        if not moving.isdisjoint(node.operands):
            moving.update(node.results)
            found.add(node)
    return found


class _NotLinear(Exception):
    """A rule that reads its cotangent otherwise than as a factor."""


def _not_linear(node: Node) -> DiagnosticError:
    """E0402 for a rule that goes backward alone: it is no derivative of anything."""
    message = f"the rule of `{node.name}` is not linear in what comes in: nothing goes forward"
    helps = ["a cotangent is a factor of each term; gradients and `backward` need no more"]
    return error("E0402", message, node.span or node.origin.span, helps=helps)


def _in_place(wider: Scan, scan: Scan) -> Scan:
    """The scan whose first results are those of another, that it stands for."""
    kept = {s.result: o.result for s, o in zip(wider.carried, scan.carried, strict=False)}
    kept |= {s.stack: o.stack for s, o in zip(wider.collected, scan.collected, strict=False)}
    results = tuple([kept.get(v, v) for v in wider.results])
    return wider.copied(wider.operands, results, wider.origin, wider.adjoint_of, wider.span)


def transpose(fragment: Fragment, position: int, cotangents: int, library: Library) -> Fragment:
    """From the tangent of one operand to those of the results.

    The last `cotangents` parameters of the fragment are those that it is linear in. The transpose
    has the other parameters, then the tangent.
    """
    contribution = fragment.results[position]
    assert contribution is not None
    primal = fragment.parameters[: len(fragment.parameters) - cotangents]
    linear = fragment.parameters[len(fragment.parameters) - cotangents :]
    names = [f"cotangent_{i}" for i in range(cotangents)]
    inputs = [
        *(Input(f"primal_{i}", v, None) for i, v in enumerate(primal)),
        *(Input(name, v, None) for name, v in zip(names, linear, strict=True)),
    ]
    graph = Graph(
        dims=(), inputs=tuple(inputs), params=(), nodes=fragment.nodes,
        outputs=(Output("x", contribution, None),), loss=None, wrt=tuple(names),
    )  # fmt: skip
    joint = differentiate(graph, library, guarded=False)
    (seed,) = joint.seeds
    results = _unless_zero(joint)
    nodes = needed_for([*joint.nodes, *joint.adjoints], results)
    loose = {v for n in nodes for v in n.operands} & set(linear)
    if loose:
        raise _NotLinear
    return Fragment((*primal, seed.value), nodes, results, joint.checks)


def _unless_zero(joint: Graph) -> tuple[Value | None, ...]:
    made = {r: n for n in joint.adjoints for r in n.results}
    return tuple(None if applies(made.get(g.value), "zeros") else g.value for g in joint.gradients)
