"""Pushforward: Graph to Graph. The tangents of the outputs, by the transposes of the VJP rules.

A VJP is linear in its cotangent, so its transpose is the JVP: with `dx = L(dy)` the tangent of y is
`Lᵀ` applied to that of x. The transpose of a fragment is what `differentiate` makes of it, with
respect to the cotangent. No operation says its derivative twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.builder import Builder
from gradc.ir.graph import Fragment, Graph, Input, Node, Origin, Output, Value, graph_of
from gradc.ir.loop import Loop, loop_operation
from gradc.ir.operation import Library
from gradc.ir.types import Type
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline

TANGENT = "{}_dot"
"""What the tangent of a name is called."""


def pushforward(graph: Graph, library: Library) -> Graph:
    """A graph that takes a tangent for each name of `wrt` and gives those of the outputs."""
    return _Pushforward(graph, library).run()


class _Pushforward:
    def __init__(self, graph: Graph, library: Library):
        self.graph, self.library = graph, library
        self.builder = Builder(library, Origin(None, ""))
        self.tangents: dict[Value, Value] = {}
        self.constants = {n.result: n.attrs[0] for n in graph.nodes if n.op.name == "constant"}
        self.transposes: dict[tuple[int, int, tuple[bool, ...]], Fragment] = {}
        self.kept: list[Fragment] = []  # so that the keys above stay theirs

    def run(self) -> Graph:
        graph = self.graph
        given = []
        for name in graph.wrt:
            value = graph.arguments[name]
            tangent = Value(TANGENT.format(name), value.type, named=True)
            self.tangents[value] = tangent
            given.append(Input(tangent.name, tangent, None))
        nodes: list[Node] = []
        for node in graph.nodes:
            nodes.append(node)
            self.builder.nodes = nodes
            self._push(node)
        outputs = tuple(
            Output(TANGENT.format(o.name), self._tangent(o.value), None)
            for o in graph.outputs
            if o.value.type.is_float
        )
        return inline(
            graph.with_(
                inputs=(*graph.inputs, *given), nodes=tuple(nodes), outputs=outputs, loss=None
            )
        )

    def _push(self, node: Node) -> None:
        wanted = [v in self.tangents and node.op.has_rule(i) for i, v in enumerate(node.operands)]
        if node.op.loop is not None and any(wanted):
            self._push_loop(node)
            return
        if not any(wanted) or node.op.rules is None:
            return
        given = [r.type.is_float for r in node.results]
        used = {v: c for v in node.operands if (c := self.constants.get(v)) is not None}
        fragment = node.op.rules(node, wanted, given, used)
        self.builder.origin = node.origin.named(TANGENT.format(node.results[0].name))
        floats = [r for r, g in zip(node.results, given, strict=True) if g]
        for position, operand in enumerate(node.operands):
            contribution = fragment.results[position]
            if not wanted[position] or contribution is None:
                continue
            tangent = self._fit(self.tangents[operand], contribution.type)
            transposed = self._transposed(fragment, position, len(floats))
            pushed = self.builder.splice(transposed, [*node.operands, *node.results, tangent])
            for result, part in zip(floats, pushed, strict=True):
                if part is not None:
                    self._add(result, part)

    def _push_loop(self, node: Node) -> None:
        """A scan that carries, walks along and collects tangents beside the values."""
        loop = node.op.loop
        assert loop is not None
        body = loop.body
        floats = [i for i, p in enumerate(body.parameters) if p.type.is_float]
        inner = graph_of(body, wrt=floats)
        pushed = _Pushforward(inner, self.library).run()
        tangent_of = {i.name: i.value for i in pushed.inputs[len(inner.inputs) :]}
        moved = {o.name: o.value for o in pushed.outputs}

        def part(section: slice) -> list[int]:
            return list(range(len(body.parameters)))[section]

        carried, walked = part(slice(0, loop.carried)), part(loop.slices)
        captured = part(loop.captured)

        def tangents(positions: Sequence[int]) -> list[int]:
            return [i for i in positions if i in floats]

        def names(positions: Sequence[int]) -> list[Value]:
            return [tangent_of[TANGENT.format(f"p{i}")] for i in tangents(positions)]

        collected = list(range(loop.carried, len(body.results)))
        results = [r for r in body.results if r is not None]
        float_stacks = [i for i in collected if results[i].type.is_float]
        wider = Loop(
            Fragment(
                (
                    *(body.parameters[i] for i in carried), *names(carried),
                    *(body.parameters[i] for i in walked), *names(walked),
                    *(body.parameters[i] for i in captured), *names(captured),
                ),
                pushed.nodes,
                (
                    *results[: loop.carried],
                    *(moved[TANGENT.format(f"r{i}")] for i in tangents(carried)),
                    *results[loop.carried :],
                    *(moved[TANGENT.format(f"r{i}")] for i in float_stacks),
                ),
            ),
            loop.carried + len(tangents(carried)),
            (*loop.axes, *(loop.axes[i - loop.carried] for i in tangents(walked))),
            (*loop.stacked, *(loop.stacked[i - loop.carried] for i in float_stacks)),
            loop.count,
            loop.reverse,
        )  # fmt: skip

        def given(positions: Sequence[int]) -> list[Value]:
            values = [node.operands[i] for i in positions]
            return values + [self._tangent(node.operands[i]) for i in tangents(positions)]

        op = loop_operation(wider, [f"r{i}" for i in range(len(wider.body.results))])
        made = self.builder.emit_all(op, [*given(carried), *given(walked), *given(captured)])
        stacks = loop.carried + len(tangents(carried))
        for i, value in zip(tangents(carried), made[loop.carried : stacks], strict=True):
            self._add(node.results[i], value)
        for i, value in zip(float_stacks, made[stacks + len(collected) :], strict=True):
            self._add(node.results[i], value)

    def _add(self, value: Value, part: Value) -> None:
        so_far = self.tangents.get(value)
        name = TANGENT.format(value.name)
        if so_far is None:
            part.name = name
            self.tangents[value] = part
        else:
            self.tangents[value] = self.builder.emit(
                self.library.operation("add"), [so_far, part], (), name
            )

    def _fit(self, tangent: Value, kind: Type) -> Value:
        """The transpose of what `differentiate` does to a contribution: repeat, then convert."""
        if tangent.type.shape != kind.shape:
            op = self.library.operation("broadcast_to")
            tangent = self.builder.emit(op, [tangent], (kind.shape,))
        if tangent.type.dtype != kind.dtype:
            tangent = self.builder.emit(self.library.operation("astype"), [tangent], (kind.dtype,))
        return tangent

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
    joint = differentiate(graph, library)
    (seed,) = joint.seeds
    results = _unless_zero(joint)
    nodes = _needed([*joint.nodes, *joint.adjoints], results)
    loose = {v for n in nodes for v in n.operands} & set(linear)
    if loose:
        raise ValueError(f"a rule is not linear in its cotangent {loose}")
    return Fragment((*primal, seed.value), nodes, results, joint.checks)


def _unless_zero(joint: Graph) -> tuple[Value | None, ...]:
    made = {r: n for n in joint.adjoints for r in n.results}
    return tuple(
        None if (n := made.get(g.value)) is not None and n.op.name == "zeros" else g.value
        for g in joint.gradients
    )


def _needed(nodes: Sequence[Node], results: Sequence[Value | None]) -> tuple[Node, ...]:
    needed = {r for r in results if r is not None}
    kept = []
    for node in reversed(nodes):
        if not needed.isdisjoint(node.results):
            needed.update(node.operands)
            kept.append(node)
    return tuple(reversed(kept))
