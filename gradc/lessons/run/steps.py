"""The steps of a graph: statements that make named values from other named values.

The user's names are the boxes of the graph; what lies between two of them is one step, however
many operations it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from gradc.ir.graph import Graph, Input, Output
from gradc.ir.library import Library
from gradc.ir.node import Node, Value
from gradc.lessons.run.subject import Run, Subject
from gradc.passes.differentiate import differentiate
from gradc.passes.inline import inline
from gradc.passes.simplify import simplify
from gradc.records import dataclass, replace
from gradc.source import Span
from gradc.verification.interpret import Interpreter


@dataclass(frozen=True, eq=False)
class Step:
    """What makes `targets` from `sources`; both have names. `nodes` are in order."""

    targets: tuple[Value, ...]
    sources: tuple[Value, ...]
    nodes: tuple[Node, ...]
    library: Library
    label: str = ""  # of the loss, where it is called otherwise than its value

    @property
    def target(self) -> Value:
        return self.targets[0]

    @property
    def name(self) -> str:
        return self.label or self.target.shown

    @property
    def span(self) -> Span | None:
        """The statement of the user's file."""
        return self.nodes[-1].origin.span

    @property
    def line(self) -> int:
        return self.span.line if self.span is not None else 0

    @cached_property
    def text(self) -> str:
        """The statement on one line, without its role and its comments."""
        if self.span is None:
            return self.name
        whole = self.span.text
        if whole.isidentifier():  # `loss J = w` has no expression of its own
            whole = self.span.source.line_text(self.span.line)[self.span.column - 1 :]
            if self.span.source.is_expression:
                whole = whole.partition(";")[0]
        if whole.startswith("scan "):
            whole = whole.partition("{")[0]
        lines = (line.split("#")[0] for line in whole.splitlines())
        text = " ".join(" ".join(lines).split())
        for role in ("output ", "loss "):
            text = text.removeprefix(role)
        return text

    @cached_property
    def formula(self) -> str:
        """The right-hand side of the statement, where the step is all of it."""
        left, equals, right = self.text.partition(" = ")
        return right if equals and left.partition(":")[0] == self.name else ""

    @cached_property
    def graph(self) -> Graph:
        """The step as a graph of its own, differentiated by those sources that carry a derivative.

        Its seeds are the derivatives by the targets, its gradients the contributions to those by
        the sources.
        """
        inputs = tuple(Input(f"s{i}", v, None) for i, v in enumerate(self.sources))
        wrt = tuple(i.name for i in inputs if i.value.type.is_float)
        outputs = tuple(Output(f"t{i}", v, None) for i, v in enumerate(self.targets))
        alone = Graph((), inputs, (), self.nodes, outputs, None, wrt)
        return inline(differentiate(alone, self.library))

    @cached_property
    def simple(self) -> Graph:
        """The same, improved: what one would write down."""
        return simplify(self.graph, self.library)

    def contributions(
        self, run: Run, cotangents: Mapping[Value, Any] | None = None
    ) -> dict[Value, Any]:
        """What the step adds to the derivative by each of its sources.

        `cotangents` are the derivatives by its targets; those of the run where none are given.
        """
        given = run.derivatives if cotangents is None else cotangents
        interpreter = Interpreter(run.arguments.dims, np.random.default_rng(0))
        values = {v: run.values[v] for v in self.sources}
        graph = self.graph
        values = interpreter.run(graph.nodes, values)
        values.update({v: run.values[v] for n in self.nodes for v in n.results})
        targets = {o.name: t for o, t in zip(graph.outputs, self.targets, strict=True)}
        for seed in graph.seeds:
            target = targets[seed.name]
            shape = np.shape(run.values[target])
            values[seed.value] = given.get(target, np.zeros(shape)[()])
        values = interpreter.run(graph.adjoints, values)
        names = {i.name: i.value for i in graph.inputs}
        return {names[g.name]: values[g.value] for g in graph.gradients}

    def local(self, run: Run) -> dict[Value, Any]:
        """The derivatives of the target by the sources, where it is one number."""
        return self.contributions(run, {self.target: 1.0})


def steps_of(subject: Subject) -> list[Step]:
    """The steps that the outputs of a graph need, in the order of the file."""
    graph = subject.graph
    arguments = set(graph.arguments.values())
    producers = {r: n for n in graph.nodes for r in n.results}
    order = {n: i for i, n in enumerate(graph.nodes)}
    loss = subject.loss
    ends = {o.value for o in graph.outputs}
    boxes = {v for v in producers if v.named or v in ends}
    needed = _needed(graph)
    steps = []
    done: set[Value] = set()
    for node in graph.nodes:
        targets = tuple(r for r in node.results if r in boxes)
        if not targets or targets[0] in done or node not in needed:
            continue
        done.update(targets)
        nodes, sources = _behind(node, boxes | arguments, producers)
        nodes.sort(key=order.__getitem__)
        label = str(graph.loss) if loss in targets and len(targets) == 1 else ""
        steps.append(Step(targets, tuple(sources), tuple(nodes), subject.library, label))
    return steps


def variables_of(run: Run) -> list[str]:
    """The inputs and parameters that the loss is a function of; integers cannot move."""
    loss = run.subject.loss
    reached = {loss}
    for node in reversed(run.graph.nodes):
        if not reached.isdisjoint(node.results):
            reached.update(node.operands)
    return [n for n, v in run.graph.arguments_in_order if v in reached and v.type.is_float]


def with_partial(run: Run) -> Run:
    """The same, in which derivatives of functions of several variables are written with ∂."""
    several = {
        step.name
        for step in steps_of(run.subject)
        if sum(v.type.is_float for v in step.sources) > 1
    }
    several.discard(str(run.graph.loss))
    if len(variables_of(run)) > 1:
        several.add(str(run.graph.loss))
    return replace(run, several=frozenset(several))


def _needed(graph: Graph) -> set[Node]:
    wanted = {o.value for o in graph.outputs} | {u.value for u in graph.updates}
    needed = set()
    for node in reversed(graph.nodes):
        if not wanted.isdisjoint(node.results):
            needed.add(node)
            wanted.update(node.operands)
    return needed


def _behind(
    node: Node, boxes: set[Value], producers: Mapping[Value, Node]
) -> tuple[list[Node], list[Value]]:
    """The nodes between a node and the named values before it, and those values as met."""
    nodes, sources = [node], dict[Value, None]()
    pending = list(reversed(node.operands))
    seen = {node}
    while pending:
        value = pending.pop()
        if value in boxes:
            sources.setdefault(value)
        elif producers[value] not in seen:
            seen.add(producers[value])
            nodes.append(producers[value])
            pending.extend(reversed(producers[value].operands))
    return nodes, list(sources)


def forwards(steps: Sequence[Step], subject: Subject) -> list[tuple[Value, Step | None]]:
    """The boxes from left to right: parameters where they are first used, then what is made.

    Inputs are given, not computed, and are left out.
    """
    params = {p.value for p in subject.graph.params}
    params |= {subject.graph.arguments[name] for name in subject.graph.wrt}
    met: dict[Value, Step | None] = {}
    for step in steps:
        for source in step.sources:
            if source in params:
                met.setdefault(source, None)
        for target in step.targets:
            met[target] = step
    return list(met.items())


def backwards(steps: Sequence[Step], run: Run) -> list[Value]:
    """The boxes that have a derivative, from right to left; the loss itself is left out."""
    found = [v for v, _ in forwards(steps, run.subject)]
    return [v for v in reversed(found) if v in run.derivatives and v is not run.subject.loss]
