"""Offer: the derivatives that a module has where it is asked for them, each a graph of its own.

Values are pushed along directions by the rules that gradients come from; a Hessian is what moves a
gradient. Nothing in them is shared with `forward` and `backward`, and nothing is made twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gradc.ir.builder import Builder
from gradc.ir.graph import Graph, Output
from gradc.ir.library import Library
from gradc.ir.loop import fresh
from gradc.ir.node import Fragment, Node, Value
from gradc.ir.origin import Origin
from gradc.ir.program import TANGENT, Offered
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline, moved_outputs
from gradc.passes.offer.basis import Basis, Linear
from gradc.passes.offer.direction import is_forward
from gradc.passes.offer.sparse import Pattern, entries, pattern_of, products
from gradc.passes.offer.symmetric import is_symmetric, mirrored
from gradc.passes.pushforward import follow
from gradc.passes.separate import each
from gradc.passes.simplify import simplify
from gradc.passes.whole import whole
from gradc.records import dataclass


def offer(
    asked: Collection[str],
    primal: Graph,
    joint: Graph,
    library: Library,
    level: int,
    *,
    is_sparse: bool = False,
) -> tuple[Offered, ...]:
    """The derivatives that are asked for, of those that there are.

    `primal` and `joint` are the graph before and after it was differentiated, their calls not yet
    inlined: functions with rules of their own are pushed by these.
    """
    work = _Offer(library, level, is_sparse)
    floats = tuple([name for name, v in primal.given if v.type.is_float])
    parts = [p for p in each(joint) if p.loss and p.wrt]
    wrt = tuple(dict.fromkeys([n for p in each(joint) for n in p.wrt]))
    found = []
    if "jvp" in asked and floats:
        found.append(work.jvp(primal, floats))
    if "hvp" in asked:
        found += [work.hvp(p, _named("hvp", p, joint)) for p in parts]
    if "jacobian" in asked and wrt:
        found.append(work.jacobian(primal.with_(loss=None, further=(), wrt=wrt)))
    if "hessian" in asked:
        found += [work.hessian(p, _named("hessian", p, joint)) for p in parts]
    return tuple(found)


def _named(kind: str, part: Graph, joint: Graph) -> str:
    return f"{kind}_{part.loss}" if joint.further else kind


@dataclass(frozen=True, slots=True)
class _Offer:
    library: Library
    level: int
    is_sparse: bool

    def jvp(self, primal: Graph, names: Sequence[str]) -> Offered:
        """How all outputs move where parameters and inputs do."""
        graph = _copied(primal)
        along = _directions(graph, names)
        nodes, tangents = follow(graph, _tangents(graph, along), self.library)
        moved = [(o.name, o.value, tangents.get(o.value)) for o in graph.outputs]
        nodes, results = self._or_zeros(nodes, moved)
        return self._offered("jvp", "jvp", graph.with_(nodes=nodes), results, along=along)

    def hvp(self, part: Graph, name: str) -> Offered:
        """How the gradient of a loss moves along a direction."""
        graph = self._gradient(part)
        along = _directions(graph, part.wrt)
        nodes, tangents = follow(graph, _tangents(graph, along), self.library)
        moved = [(g.name, graph.arguments[g.name], tangents.get(g.value)) for g in graph.gradients]
        nodes, results = self._or_zeros(nodes, moved)
        return self._offered("hvp", name, graph.with_(nodes=nodes), results, along=along)

    def jacobian(self, primal: Graph) -> Offered:
        """The derivative of each output by each name, forward or backward as sizes say."""
        graph = _copied(primal)
        rows = [o for o in graph.outputs if o.value.type.is_float]
        columns = [Output(n, graph.arguments[n], None) for n in graph.wrt]
        pattern, groups = None, None
        forward = self.is_sparse or is_forward(rows, columns)
        linear = self._pushed(graph, rows) if forward else self._pulled(graph, rows)
        if self.is_sparse:
            pattern = pattern_of(linear, rows, columns)
            groups, other = pattern.groups(), pattern.groups(of_columns=False)
            if products(other) < products(groups):
                forward, groups, graph = False, other, _copied(primal)
                linear = self._pulled(graph, rows)
        basis = Basis(self.library, linear, is_forward=forward, groups=groups)
        return self._matrix("jacobian", "jacobian", graph, basis, rows, columns, pattern)

    def hessian(self, part: Graph, name: str) -> Offered:
        """The derivative of each gradient by each name."""
        graph = self._gradient(part)
        linear = self._pushed(graph, graph.gradients)
        columns = [Output(n, graph.arguments[n], None) for n in part.wrt]
        pattern = pattern_of(linear, columns, columns) if self.is_sparse else None
        groups: Mapping[str, Sequence[int]] | None = None if pattern is None else pattern.groups()
        if pattern and is_symmetric(part) and (twice := mirrored(pattern)):
            pattern, groups = twice, twice.together
        of = str(part.loss)
        basis = Basis(self.library, linear, is_forward=True, of=of, groups=groups)
        return self._matrix("hessian", name, graph, basis, columns, columns, pattern)

    def _simplified(self, graph: Graph, *, is_last: bool = False) -> Graph:
        return simplify(graph, self.library, is_last=is_last) if self.level else graph

    def _gradient(self, part: Graph) -> Graph:
        """The graph of a loss and its gradient, whose seed is 1: all of its nodes are primal."""
        joint = self._simplified(whole(part, self.library))
        return joint.with_(nodes=(*joint.nodes, *joint.adjoints), adjoints=())

    def _pushed(self, graph: Graph, results: Sequence[Output]) -> Linear:
        """What moves results, apart from what does not move."""
        along = _directions(graph, graph.wrt)
        nodes, tangents = follow(graph, _tangents(graph, along), self.library, apart=True)
        moved = [Output(r.name, tangents[r.value], None) for r in results if r.value in tangents]
        return Linear(nodes, along, moved)

    def _pulled(self, graph: Graph, rows: Sequence[Output]) -> Linear:
        """What cotangents of the outputs give to the names."""
        joint = differentiate(graph, self.library, lambda body: self._simplified(inline(body)))
        pairs = zip(joint.seeds, rows, strict=True)
        seeds = [Output(row.name, seed.value, None) for seed, row in pairs]
        return Linear((*joint.nodes, *joint.adjoints), seeds, joint.gradients)

    def _matrix(
        self,
        kind: str,
        name: str,
        graph: Graph,
        basis: Basis,
        rows: Sequence[Output],
        columns: Sequence[Output],
        pattern: Pattern | None,
    ) -> Offered:
        results = []
        for row in rows:
            for column in columns:
                if pattern is None:
                    made = [basis.entry(row, column)]
                else:
                    made = entries(basis, pattern, row, column)
                results += [Output(f"{row.name} by {column.name}", v, None) for v in made]
        graph = graph.with_(nodes=basis.nodes)
        return self._offered(
            kind, name, graph, results, rows=[r.name for r in rows], by=[c.name for c in columns]
        )

    def _or_zeros(
        self, nodes: Sequence[Node], moved: Sequence[tuple[str, Value, Value | None]]
    ) -> tuple[tuple[Node, ...], list[Output]]:
        """The tangents, and nodes for those that are 0 whatever moves."""
        builder = Builder(self.library, Origin(None, ""))
        results = []
        for name, value, tangent in moved:
            if tangent is None:
                zeros = self.library.operation("zeros")
                attributes = (value.type.shape, value.type.dtype)
                tangent = builder.emit(zeros, (), attributes, TANGENT.format(value.name))
            results.append(Output(name, tangent, None))
        return (*nodes, *builder.nodes), results

    def _offered(
        self,
        kind: str,
        name: str,
        graph: Graph,
        results: Sequence[Output],
        along: Sequence[Output] = (),
        rows: Sequence[str] = (),
        by: Sequence[str] = (),
    ) -> Offered:
        graph = graph.with_(
            outputs=(*graph.outputs, *results), loss=None, seeds=(), gradients=(), derivations=()
        )
        graph = self._simplified(inline(graph), is_last=True)
        made = graph.outputs[len(graph.outputs) - len(results) :]
        return Offered(kind, name, graph, made, tuple(along), tuple(rows), tuple(by))


def _copied(graph: Graph) -> Graph:
    """The graph with values of its own, so that what becomes of it changes no name elsewhere."""
    copy, there = fresh(Fragment((), graph.nodes, ()))
    return graph.with_(
        nodes=copy.nodes,
        outputs=moved_outputs(graph.outputs, there),
        updates=moved_outputs(graph.updates, there),
        derivations=(),
    )


def _directions(graph: Graph, names: Sequence[str]) -> list[Output]:
    """A direction for each argument, by its name."""
    kinds = [(name, graph.arguments[name].type) for name in names]
    return [Output(n, Value(TANGENT.format(n), kind, named=True), None) for n, kind in kinds]


def _tangents(graph: Graph, along: Sequence[Output]) -> Mapping[Value, Value]:
    return {graph.arguments[a.name]: a.value for a in along}
