"""Pushforward: Graph to Graph. The tangents of the outputs, by the transposes of the VJP rules.

A VJP is linear in its cotangent, so its transpose is the JVP: with `dx = L(dy)` the tangent of y is
`Lᵀ` applied to that of x. The transpose of a fragment is what `differentiate` makes of it, with
respect to the cotangent. No operation says its derivative twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.budget import Budget
from gradc.ir.builder import Builder
from gradc.ir.graph import Graph, Input, Output, graph_of
from gradc.ir.library import Library, rules_of
from gradc.ir.loop import fresh, needed_for
from gradc.ir.node import Captured, Fragment, Node, Scan, Value, Walked, applies
from gradc.ir.origin import Origin
from gradc.ir.types import Type
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline

TANGENT = "{}_dot"
"""What the tangent of a name is called."""


def pushforward(graph: Graph, library: Library) -> Graph:
    """A graph that takes a tangent for each name of `wrt` and gives those of the outputs."""
    return _Pushforward(graph, library).run()


def push(
    graph: Graph, of: Value, along: Mapping[Value, Value], library: Library, budget: Budget
) -> tuple[Sequence[Node], Value | None]:
    """How a value moves where others move along directions: nodes, and which of their values it is.

    None where it does not move.
    """
    work = _Pushforward(graph, library, budget)
    work.tangents.update(along)
    for node in graph.nodes:
        work.push(node)
    return work.builder.nodes, work.tangents.get(of)


class _Pushforward:
    def __init__(self, graph: Graph, library: Library, budget: Budget | None = None):
        self.graph, self.library = graph, library
        self.builder = Builder(library, Origin(None, ""), budget)
        self.tangents: dict[Value, Value] = {}
        self.constants = {n.result: n.attrs[0] for n in graph.nodes if applies(n, "constant")}
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
            self.push(node)
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

    def push(self, node: Node) -> None:
        """Appends what moves the results of a node."""
        wanted = [v in self.tangents and node.has_rule(i) for i, v in enumerate(node.operands)]
        if not any(wanted):
            return
        if isinstance(node, Scan):
            self._push_scan(node)
            return
        given = [r.type.is_float for r in node.results]
        used = {v: c for v in node.operands if (c := self.constants.get(v)) is not None}
        fragment = rules_of(node, self.library)(node, wanted, given, used)
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

    def _push_scan(self, scan: Scan) -> None:
        """A scan that carries, walks along and collects tangents beside the values."""
        moving = [i for i, p in enumerate(scan.parameters) if p.type.is_float]
        inner = graph_of(scan.body, wrt=moving)
        pushed = _Pushforward(inner, self.library).run()
        given = pushed.inputs[len(inner.inputs) :]
        tangent = {scan.parameters[i]: t.value for i, t in zip(moving, given, strict=True)}
        carried = [s for s in scan.carried if s.following.type.is_float]
        collected = [s for s in scan.collected if s.value.type.is_float]
        made = [o.value for o in pushed.outputs]
        slots = [(s.parameter, s.initial, s.following) for s in scan.carried]
        slots += [
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
        stacks = [(s.value, s.axis) for s in scan.collected]
        stacks += [(v, s.axis) for v, s in zip(made[len(carried) :], collected, strict=True)]
        wider = self.builder.scan(
            slots,
            [*scan.walked, *walked],
            [*scan.captured, *captured],
            stacks,
            pushed.nodes,
            scan.count,
            [v.name for v in (*(p for p, _, _ in slots), *(v for v, _ in stacks))],
            reverse=scan.reverse,
        )
        # The values of a body are those of one loop.
        wider = self.builder.nodes[-1] = wider.with_body(fresh(wider.body)[0])
        for old, new in zip(carried, wider.carried[len(scan.carried) :], strict=True):
            self._add(old.result, new.result)
        for stack, moved in zip(collected, wider.collected[len(scan.collected) :], strict=True):
            self._add(stack.stack, moved.stack)

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
    joint = differentiate(graph, library, guarded=False)
    (seed,) = joint.seeds
    results = _unless_zero(joint)
    nodes = needed_for([*joint.nodes, *joint.adjoints], results)
    loose = {v for n in nodes for v in n.operands} & set(linear)
    if loose:
        raise ValueError(f"a rule is not linear in its cotangent {loose}")
    return Fragment((*primal, seed.value), nodes, results, joint.checks)


def _unless_zero(joint: Graph) -> tuple[Value | None, ...]:
    made = {r: n for n in joint.adjoints for r in n.results}
    return tuple(None if applies(made.get(g.value), "zeros") else g.value for g in joint.gradients)
