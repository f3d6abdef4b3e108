"""Differentiate: Graph to joint graph. The adjoint statements are appended, in reverse order.

Each value's cotangent is accumulated once, as contributions arrive; only nodes on a path from
`wrt` to the loss take part. What is left out of the loss contributes exactly 0:
`guard.py` sees to that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import compress

from gradc.budget import Budget
from gradc.ir.builder import Builder, join_names
from gradc.ir.fact import ANYTHING, FINITE, LEFT_OUT, Fact, exactly, widened
from gradc.ir.graph import Derivation, Graph, Output
from gradc.ir.library import Library, rules_of
from gradc.ir.node import Node, Scan, Value, Walked, applies
from gradc.ir.origin import Origin
from gradc.ir.types import Type
from gradc.passes.derivations import name_slopes, whole_or_partial
from gradc.passes.facts import Facts, facts_of
from gradc.passes.guard import Guards
from gradc.passes.inline import inline
from gradc.passes.separate import each, together
from gradc.passes.unbroadcast import unbroadcast
from gradc.records import dataclass, replace

_STEPS = 3  # after which something that a loop carries counts as anything

RULE = "rule"
"""Behind it stand the names that a rule gives: `dJ_dh.rule.along` serves the cotangent of `h`."""

Prepare = Callable[[Graph], Graph]


def differentiate(
    graph: Graph, library: Library, prepare: Prepare = inline, *, guarded: bool = True
) -> Graph:
    """The joint graph: gradients of the losses, or of the outputs weighted by given cotangents.

    `prepare` is what is done to the joint graph of a scan's body before it is decided what each
    step saves. Where it is not `guarded`, a cotangent of 0 may meet an infinite local derivative:
    a rule as it is written.
    """
    parts = []
    joint = graph
    for part in each(graph):
        # A loop collects what the adjoints of all losses need of it.
        part = part.with_(nodes=joint.nodes, checks=joint.checks)
        joint = _Differentiation(part, library, prepare, facts_of(part) if guarded else None).run()
        parts.append(joint)
    return together(graph, parts) if graph.further else joint


@dataclass(frozen=True, slots=True)
class Trail:
    """A joint graph, and which of its values is the derivative of which.

    `parts` says what each use of a value, as an operand of a node, contributes to its cotangent.
    """

    joint: Graph
    cotangents: Mapping[Value, Value]
    parts: tuple[tuple[Node, int, Value], ...]


def trail(graph: Graph, library: Library, budget: Budget | None = None) -> Trail:
    """What `differentiate` does to a graph, for those who explain it or go on from there."""
    work = _Differentiation(graph, library, inline, facts_of(graph), budget=budget)
    joint = work.run()
    return Trail(joint, work.cotangents, tuple(work.parts))


@dataclass(frozen=True, slots=True)
class Seed:
    """The cotangent of a result of a loop's body: what it is called, and known to be."""

    name: str
    named: bool
    fact: Fact


class _Differentiation:
    def __init__(
        self,
        graph: Graph,
        library: Library,
        prepare: Prepare,
        facts: Facts | None,
        outer: _Differentiation | None = None,
        seeds: Mapping[str, Seed] | None = None,
        budget: Budget | None = None,
    ):
        self.graph, self.library, self.prepare = graph, library, prepare
        self.facts = facts  # None where nothing is guarded
        self.outer = outer  # of a scan's body: the graph that the scan stands in
        self.seeds = seeds  # there: which outputs have a cotangent
        self.inner_derivations: list[Derivation] = []
        self.replaced: dict[Node, Node] = {}
        self.builder = Builder(library, Origin(None, ""), budget)
        is_straight = outer is None and Scan not in map(type, graph.nodes)
        self.guards = Guards(self.builder, facts, is_straight=is_straight)
        self.cotangents: dict[Value, Value] = {}
        self.derivations: list[Derivation] = []
        self.parts: list[tuple[Node, int, Value]] = []
        self.wanted: dict[Node, list[bool]] = {}  # the operands that get a cotangent, if any do
        self.constants = {n.result: n.attrs[0] for n in graph.nodes if applies(n, "constant")}

    def run(self) -> Graph:
        graph = self.graph
        arguments = graph.arguments
        varied = self._varied([arguments[name] for name in graph.wrt])
        seeds = self._seed()
        cotangents = self.cotangents.keys()
        for node in reversed(graph.nodes):
            if node in self.wanted and not cotangents.isdisjoint(node.results):
                self._differentiate(node, varied)
        gradients = tuple(
            Output(name, self._gradient(name, arguments[name]), None) for name in graph.wrt
        )
        return graph.with_(
            nodes=tuple([self.replaced.get(n, n) for n in graph.nodes]),
            adjoints=tuple(self.builder.nodes),
            seeds=seeds,
            gradients=gradients,
            derivations=(
                *self.inner_derivations,
                *whole_or_partial(self.derivations, self.cotangents),
            ),
            checks=tuple(dict.fromkeys([*graph.checks, *self.builder.checks])),
        )

    def _varied(self, roots: Iterable[Value]) -> set[Value]:
        """The values that change when a root does, through operands that carry derivatives."""
        varied = set(roots)
        for node in self.graph.nodes:
            wanted = [c and v in varied for v, c in zip(node.operands, node.carries, strict=True)]
            if True in wanted:
                self.wanted[node] = wanted
                varied.update([r for r in node.results if r.type.is_float])
        return varied

    def _seed(self) -> tuple[Output, ...]:
        """The cotangents that the caller of `backward` gives."""
        graph = self.graph
        # Without a loss, the caller may leave out the cotangent of any output.
        fact = replace(FINITE, left_out=0 if graph.loss else LEFT_OUT)
        seeds = []
        for output in graph.outputs:
            if self._is_seeded(output):
                own = Seed(f"d{output.name}", True, fact)
                seed = self.seeds[output.name] if self.seeds else own
                value = Value(seed.name, output.value.type, seed.named)
                seeds.append(Output(output.name, value, output.span))
                self.guards.seed(value, seed.fact)
                self._accumulate(output.value, value)
        return tuple(seeds)

    def _is_seeded(self, output: Output) -> bool:
        if not output.value.type.is_float or self.graph.loss not in (None, output.name):
            return False
        return self.seeds is None or output.name in self.seeds

    def _differentiate(self, node: Node, varied: set[Value]) -> None:
        if isinstance(node, Scan):
            self._differentiate_scan(node, varied)
            return
        wanted = self.wanted[node]
        theirs = [self.cotangents.get(r) for r in node.results]
        given, cotangents = [c is not None for c in theirs], [c for c in theirs if c is not None]
        constants, builder = self.constants, self.builder
        used = {v: constants[v] for v in node.operands if v in constants}
        fragment = rules_of(node, self.library)(node, wanted, given, used)
        builder.adjoint_of, builder.span = node, node.span
        builder.origin = node.origin.named(self._prefix(node, wanted))
        first = len(builder.nodes)
        found = self.guards.splice(fragment, [*node.operands, *node.results, *cotangents])
        name_slopes(node, builder.nodes[first:], found, cotangents)
        fits: dict[Value, Value] = {}  # what each operand gets, from all its places together
        for i, (operand, contribution) in enumerate(zip(node.operands, found, strict=True)):
            if wanted[i] and contribution is not None:
                fitted = unbroadcast(builder, contribution, operand.type)
                self.parts.append((node, i, fitted))
                fits[operand] = self._sum(fits[operand], fitted) if operand in fits else fitted
        taken = {*cotangents, *node.operands, *node.results}
        for operand, fitted in fits.items():
            own = fitted not in taken
            if own and operand in self.cotangents:
                part = join_names(RULE, node.results[0].name.rpartition(".")[2])
                fitted.name = join_names(self.name_of(operand), part)
                fitted.nameless = True
            self._accumulate(operand, fitted, rename=own)
            taken.add(fitted)
            if operand.named or self.outer is not None:
                self.derivations.append(Derivation(node.origin, operand, fitted))
        self.guards.watch()

    def _differentiate_scan(self, scan: Scan, varied: set[Value]) -> None:
        """Replaces a scan by one that collects what its adjoint needs, and appends that."""
        from gradc.passes.unwind import body_graph, unwind

        joint = self._differentiate_body(scan, body_graph(scan, varied))
        unwound = unwind(scan, self.prepare(joint), self.library)
        if not (unwound.seeds or unwound.totals or unwound.elements):
            return
        again: dict[Value, Value] = {}
        if scan.recomputed:
            again = self._run_again(scan, unwound.forward)
        else:
            self.replaced[scan] = unwound.forward
        self.inner_derivations += unwound.derivations
        builder = self.builder
        builder.adjoint_of, builder.span = scan, scan.span
        builder.origin = scan.origin.named(self.name_of(scan.result))
        carried = [(v, self._cotangent_or_zeros(s.result), f) for s, v, f in unwound.seeds]
        carried += [(v, self._zeros(s.value.type), f) for s, v, f in unwound.totals]
        walked = [Walked(v, self.cotangents[s.stack], s.axis) for s, v in unwound.stacks]
        walked += [Walked(s.parameter, again.get(s.whole, s.whole), s.axis) for s in unwound.walked]
        served = [(s.parameter, s.initial) for s, _, _ in unwound.seeds]
        served += [(s.parameter, s.value) for s, _, _ in unwound.totals]
        served += [(s.parameter, s.whole) for s, _ in unwound.elements]
        adjoint = builder.scan(
            carried,
            walked,
            unwound.captured,
            [(v, s.axis) for s, v in unwound.elements],
            unwound.nodes,
            scan.count,
            [self.name_of(operand) for _, operand in served],
            reverse=not scan.reverse,
        )
        for (parameter, operand), result in zip(served, adjoint.results, strict=True):
            if operand in varied:
                self._accumulate(operand, result, rename=True)
                self.parts.append((scan, scan.parameters.index(parameter), result))
        self.guards.watch()

    def _differentiate_body(self, scan: Scan, graph: Graph) -> Graph:
        """The joint graph of a loop's body.

        What is supposed of the cotangents that are carried has to hold of those that come out.
        """
        seeds = self._seeds_inside(scan, graph)
        names = dict(zip([o.name for o in graph.outputs], scan.carried, strict=False))
        widenings = Counter[str]()
        budget = self.builder.budget
        while True:
            inner = _Differentiation(
                graph, self.library, self.prepare, self.facts, self, seeds, budget
            )
            joint = inner.run()
            if self.facts is None:
                return joint
            made = {joint.arguments[g.name]: self.facts[g.value] for g in joint.gradients}
            wrong = {
                name: made[slot.parameter]
                for name, slot in names.items()
                if name in seeds
                and seeds[name].fact is not ANYTHING
                and not made[slot.parameter].within(seeds[name].fact)
            }
            if not wrong:
                return joint
            for name, fact in wrong.items():
                widenings[name] += 1
                wider = widened(seeds[name].fact, fact) if widenings[name] <= _STEPS else ANYTHING
                seeds[name] = replace(seeds[name], fact=wider)

    def _seeds_inside(self, scan: Scan, graph: Graph) -> dict[str, Seed]:
        """The cotangents of the body's outputs, where they have one.

        What is carried has where it comes to matter, and those elements of stacks whose stack has;
        these need no name.
        """
        from gradc.passes.unwind import mattering_slots

        first = len(scan.carried)
        mattering = mattering_slots(scan, self.cotangents)
        seeds = {
            output.name: Seed(self.name_of(slot.parameter), True, self._fact_of(slot.result))
            for slot, output in zip(scan.carried, graph.outputs[:first], strict=True)
            if slot in mattering
        }
        for slot, output in zip(scan.collected, graph.outputs[first:], strict=True):
            if slot.stack in self.cotangents:
                name = f"{self.name_of(slot.value)}_t"
                seeds[output.name] = Seed(name, False, self._fact_of(slot.stack))
        return seeds

    def _fact_of(self, value: Value) -> Fact:
        """What is known of the cotangent that a value has, or that is 0."""
        found = self.cotangents.get(value)
        if self.facts is None or found is None:
            return exactly(0)
        return self.facts[found]

    def _run_again(self, scan: Scan, forward: Scan) -> dict[Value, Value]:
        """Runs a scan once more, for its stacks; what stands for its results then."""
        results = tuple([v.again() for v in forward.results])
        self.builder.nodes.append(
            forward.copied(forward.operands, results, scan.origin, forward, scan.span)
        )
        return dict(zip(forward.results, results, strict=True))

    def _cotangent_or_zeros(self, value: Value) -> Value:
        found = self.cotangents.get(value)
        return found if found is not None else self._zeros(value.type)

    def _zeros(self, kind: Type, name: str = "") -> Value:
        zeros = self.library.operation("zeros")
        return self.builder.emit(zeros, (), (kind.shape, kind.dtype), name)

    def _prefix(self, node: Node, wanted: list[bool]) -> str:
        """Intermediate values of a rule are named after the cotangent that they serve."""
        served = set(compress(node.operands, wanted))
        return f"{self.name_of(served.pop() if len(served) == 1 else node.results[0])}.{RULE}"

    def name_of(self, value: Value) -> str:
        """The name of a value's cotangent: `dJ_dv` for a loss J, `d_v` where there is none."""
        if self.outer is not None:
            return self.outer.name_of(value)
        return f"d{self.graph.loss}_d{value.name}" if self.graph.loss else f"d_{value.name}"

    def _accumulate(self, value: Value, contribution: Value, rename: bool = False) -> None:
        so_far = self.cotangents.get(value)
        if so_far is None:
            # A cotangent passed on goes by the name of the first named value that it belongs to.
            unnamed = not contribution.named and contribution not in self.constants
            if rename or (value.named and unnamed):
                contribution.name, contribution.named = self.name_of(value), value.named
                contribution.nameless = value.nameless
            self.cotangents[value] = contribution
            return
        total = self._sum(so_far, contribution, self.name_of(value))
        total.named, total.nameless = value.named, value.nameless
        self.cotangents[value] = total

    def _sum(self, one: Value, other: Value, name: str = "") -> Value:
        return self.builder.emit(self.library.operation("add"), [one, other], (), name)

    def _gradient(self, name: str, argument: Value) -> Value:
        if (found := self.cotangents.get(argument)) is not None:
            return found
        self.builder.adjoint_of = None
        self.builder.origin = Origin(None, "")
        value = self._zeros(argument.type, self.name_of(argument))
        value.named = True
        return value
