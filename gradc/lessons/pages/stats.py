"""Why backpropagation: N + P steps against N × P, and what a graph costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gradc.compiler import Compilation
from gradc.ir.cost import costs_of, count_of, total
from gradc.ir.node import Node, Scan, Value
from gradc.ir.sizes import Poly, Size, dimensions_of, size_text, substitute
from gradc.lessons.pages.page import Block, Heading, Lines, Table
from gradc.lessons.run.steps import steps_of
from gradc.lessons.run.subject import Run, Subject
from gradc.passes.memory.peak import peak
from gradc.records import dataclass
from gradc.verification.interpret import Environment, Interpreter


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of the lesson. `forward` and `backward` are operations as they were executed."""

    nodes: int  # N: numbers that are computed, each of them a box of the graph
    parameters: int  # P: numbers that are differentiated by
    forward: int
    backward: int
    derivatives: int  # that backpropagation computed: of boxes, and of parameters

    @property
    def together(self) -> int:
        return self.nodes + self.parameters

    @property
    def product(self) -> int:
        return self.nodes * self.parameters


class _Counting(Interpreter):
    """Counts the operations that it runs, those of a loop once for each step."""

    def __init__(self, dims: Mapping[str, int], rng: np.random.Generator):
        super().__init__(dims, rng)
        self.executed = 0

    def evaluate(self, node: Node, values: Environment) -> tuple[Any, ...]:
        if node.operands and not isinstance(node, Scan):
            self.executed += 1
        return super().evaluate(node, values)


def measured(run: Run) -> Counts:
    """Runs the joint graph once and counts."""
    subject, arguments = run.subject, run.arguments
    joint = subject.flat.graph
    forward = _Counting(arguments.dims, np.random.default_rng(arguments.seed))
    values = forward.run(joint.nodes, dict(arguments.values))
    backward = _Counting(arguments.dims, np.random.default_rng(arguments.seed))
    for seed in joint.seeds:
        values[seed.value] = np.ones(np.shape(values[subject.flat.primal[_output(subject, seed)]]))
    backward.run(joint.adjoints, values)
    graph = subject.graph
    parameters = sum(_known(count_of(graph.arguments[n]), arguments.dims) for n in graph.wrt)
    nodes = _known(boxes(subject), arguments.dims)
    reached = [v for v in subject.flat.cotangents if v.named or v in subject.flat.primal]
    derivatives = sum(_known(count_of(v), arguments.dims) for v in reached if v.named)
    return Counts(nodes, parameters, forward.executed, backward.executed, derivatives)


def _output(subject: Subject, seed: Any) -> Value:
    return next(o.value for o in subject.graph.outputs if o.name == seed.name)


def boxes(subject: Subject) -> Size:
    """N as a formula: the numbers that the statements of the file compute."""
    found: Size = 0
    for step in steps_of(subject):
        scan = step.nodes[-1]
        if not isinstance(scan, Scan):
            for target in step.targets:
                found = found + count_of(target)
        else:
            made = scan.body.results
            named = [r for n in scan.nodes for r in n.results if _is_box(r, made)]
            inner: Size = 0
            for value in named:
                inner = inner + count_of(value)
            found = found + inner * scan.count
    return found


def _is_box(value: Value, results: Iterable[Value | None]) -> bool:
    return value.named or any(value is r for r in results)


def stats_page(run: Run | None, subject: Subject, compilation: Compilation) -> list[Block]:
    """The page of `gradc stats`; without a run only formulas are shown."""
    graph = subject.graph
    nodes = boxes(subject)
    parameters: Size = 0
    for name in graph.wrt:
        parameters = parameters + count_of(graph.arguments[name])
    free = [d.name for d in graph.dims if d.size is None]
    rows = [
        ("nodes", f"N = {_grouped(nodes)}"),
        ("parameters", f"P = {_grouped(parameters)}"),
    ]
    blocks: list[Block] = [Heading("size"), Lines(tuple(rows))]
    if run is not None and graph.loss is not None:
        blocks += _why(run, free)
    blocks += _costs(compilation)
    blocks += _memory(compilation, run)
    return blocks


def _why(run: Run, free: list[str]) -> list[Block]:
    counts = measured(run)
    dims = ", ".join(f"{name} = {run.arguments.dims[name]}" for name in free)
    at = f" at {dims}" if dims else ""
    bumped = (counts.parameters + 1) * counts.forward
    both = counts.forward + counts.backward
    times = both / counts.forward if counts.forward else 0.0
    return [
        Heading(f"all derivatives{at}"),
        Table(
            ("", "steps", "operations executed"),
            (
                (
                    "backpropagation",
                    f"N + P = {counts.together:,}",
                    f"{counts.forward:,} forwards + {counts.backward:,} backwards = {both:,}",
                ),
                (
                    "a bump for each parameter",
                    f"N × P = {counts.product:,}",
                    f"{counts.parameters + 1:,} × {counts.forward:,} = {bumped:,}",
                ),
            ),
        ),
        Lines((("measured", f"value and gradient cost {times:.3g} times the value alone"),)),
    ]


def _costs(compilation: Compilation) -> list[Block]:
    rows = tuple(
        (name, _grouped(cost.flops), _grouped(cost.bytes))
        for name, cost in costs_of(compilation.joint, compilation.program).items()
    )
    return [Heading("cost"), Table(("", "FLOPs", "bytes read and written"), rows)]


def _memory(compilation: Compilation, run: Run | None) -> list[Block]:
    program = compilation.program
    arguments = set(program.graph.arguments.values())
    made = [v for v in program.saved if v not in arguments]
    held = [v for v in program.saved if v in arguments]
    rows = [("saved", f"{_grouped(total(made))} bytes: {_listed(made)}")]
    if held:
        rows.append(("referred to", f"{_grouped(total(held))} bytes of arguments: {_listed(held)}"))
    params = total(p.value for p in compilation.graph.params)
    rows.append(("parameters", f"{_grouped(params)} bytes"))
    if run is not None:
        most = peak(compilation.plan, run.arguments.dims, compilation.target)
        rows.append(("peak", f"{most:,} bytes at these sizes"))
    if compilation.choice is not None:
        rows += compilation.choice.told()
    return [Heading("memory"), Lines(tuple(rows))]


def _listed(values: list[Value]) -> str:
    names = [v.name for v in values]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "-"


def _grouped(size: Size) -> str:
    return f"{size:,}" if isinstance(size, int) else size_text(size)


def _known(size: Size, dims: Mapping[str, int]) -> int:
    known = substitute(size, dict(dims))
    return 0 if isinstance(known, Poly) else known


def stats_data(run: Run | None, subject: Subject, compilation: Compilation) -> dict[str, Any]:
    """The same as data; formulas are text."""
    costs = costs_of(compilation.joint, compilation.program)
    data: dict[str, Any] = {"schema": 1, "nodes": size_text(boxes(subject))}
    if run is not None and subject.graph.loss is not None:
        counts = measured(run)
        data |= {
            "N": counts.nodes,
            "P": counts.parameters,
            "N + P": counts.together,
            "N * P": counts.product,
            "executed": {"forward": counts.forward, "backward": counts.backward},
        }
    for name, cost in costs.items():
        data[name] = {"flops": size_text(cost.flops), "bytes": size_text(cost.bytes)}
    data["saved"] = size_text(total(compilation.program.saved))
    data["free"] = sorted(dimensions_of(costs["forward"].flops))
    if run is not None:
        data["peak"] = peak(compilation.plan, run.arguments.dims, compilation.target)
    if compilation.choice is not None:
        data["choice"] = compilation.choice.data()
    return data
