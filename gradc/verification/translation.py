"""Translation: every pass and every step of planning leaves a graph's numbers as they are.

The graph is interpreted after each pass, its routines, and the plan after each of its steps, at one
point. The plan is run on arrays that share memory as it says. What first gives other numbers is at
fault.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from gradc.ir.graph import Graph
from gradc.ir.node import Node, Value
from gradc.ir.plan import Block
from gradc.ir.program import Offered, Program
from gradc.passes.inline import inline
from gradc.passes.plan import plan
from gradc.passes.plan.block import STEPS
from gradc.passes.separate import each
from gradc.passes.target import Target
from gradc.records import dataclass
from gradc.verification.differences import GraphFunction
from gradc.verification.emitted import Point
from gradc.verification.interpret import Environment, Interpreter
from gradc.verification.run_plan import run_block

TOLERANCE = 1e-7
"""What rounding may make of a number, relative to the largest of its array."""

_NOISE = 1e-12  # of the largest number: what cancels to nothing is no number to compare

_STABLE = "stabilise"  # the pass that makes numbers better, where a formula is not stable
_RUNS = 3  # that are rounded otherwise
_OFF = 2.0**-50
_ROOM = 16  # times as far as these move

Numbers: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A pass, or a step of planning, after which something has another value."""

    stage: str
    message: str

    def __str__(self) -> str:
        return f"`{self.stage}` {self.message}"


class _BrokenPlan(Exception):
    """A plan reads what is gone, or writes where nothing can be written."""

    def __init__(self, stage: str, failure: Exception):
        self.stage = stage
        super().__init__(str(failure))


class Stages:
    """The graph after each pass: what compilation is observed by."""

    def __init__(self) -> None:
        self._graphs: list[tuple[str, Graph]] = []

    def __call__(self, stage: str, graph: Graph) -> None:
        self._graphs.append((stage, graph))

    def first_change(self, program: Program, target: Target, point: Point) -> Change | None:
        """The first stage that changes an output, a state or a gradient at a point.

        Raises CannotInterpretError where no interpreter runs the graph.
        """
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of means of nothing
                return self._first_change(program, target, point)
        except _BrokenPlan as broken:
            return Change(broken.stage, f"leaves a plan that cannot be run: {broken}")

    def _first_change(self, program: Program, target: Target, point: Point) -> Change | None:
        known: Numbers = {}
        noise = 0.0
        for stage, numbers in self._numbers(program, target, point):
            noise = noise or _NOISE * max(map(_size, numbers.values()), default=0.0)
            for what, found in numbers.items():
                if what not in known:
                    known[what] = found
                elif (apart := _apart(known[what], found, noise)) is not None:
                    if stage == _STABLE and self._is_gain(what, known[what], found, point):
                        known[what] = found
                        continue
                    before, after = apart
                    return Change(stage, f"makes {what} {after:.10g}, which was {before:.10g}")
        return None

    def _is_gain(self, what: str, before: Any, after: Any, point: Point) -> bool:
        """Whether a formula says so little of a number that its stable form may say another.

        That is where it is none, or moves as far if each operation is rounded a little otherwise
        (as in CESTAC, Vignes, 1993).
        """
        written = inline(self._graphs[0][1])
        before, after = np.asarray(before, float), np.asarray(after, float)
        runs = [_of_graph(written, point, _Rounded(point, seed))[what] for seed in range(_RUNS)]
        with np.errstate(invalid="ignore"):
            moved = np.max([np.abs(run - before) for run in runs], axis=0)
            within = np.abs(after - before) <= _ROOM * moved
        return bool(np.all(within | (~np.isfinite(before) & np.isfinite(after))))

    def _numbers(
        self, program: Program, target: Target, point: Point
    ) -> Iterator[tuple[str, Numbers]]:
        for stage, graph in self._graphs:
            yield stage, _of_graph(inline(graph), point)
        run = _Routines(program, point)
        yield "partition", run.numbers({r.name: None for r in program.routines})
        for count in range(len(STEPS) + 1 if program.level else 1):
            planned = plan(program, target, STEPS[:count])
            stage = f"plan: {STEPS[count - 1]}" if count else "plan"
            try:
                yield stage, run.numbers(planned.blocks)
            except (KeyError, ValueError) as failure:  # it is not there, or cannot be written
                raise _BrokenPlan(stage, failure) from failure


class _Rounded(Interpreter):
    """Each number that an operation makes is off by some units in its last place."""

    def __init__(self, point: Point, seed: int):
        super().__init__(point.dims, np.random.default_rng(0))
        self._off = np.random.default_rng(seed)

    def evaluate(self, node: Node, values: Environment) -> tuple[Any, ...]:
        return tuple(map(self._blurred, super().evaluate(node, values)))

    def _blurred(self, result: Any) -> Any:
        array = np.asarray(result)
        if array.dtype.kind != "f":
            return result
        with np.errstate(all="ignore"):
            return (array * (1 + _OFF * self._off.normal(size=array.shape)))[()]


def _of_graph(graph: Graph, point: Point, interpreter: Interpreter | None = None) -> Numbers:
    interpreter = interpreter or _interpreter(point)
    values = interpreter.run(graph.nodes, _arguments(graph, point))
    results = [*graph.outputs, *graph.updates]
    numbers = {f"`{o.name}`": values[o.value] for o in results}
    if graph.gradients:
        for seed in graph.seeds:
            values[seed.value] = _seed(seed.name, seed.value, graph, point, interpreter)
        interpreter.run(graph.adjoints, values)
        numbers |= _gradients(graph, values)
    return numbers


def _gradients(graph: Graph, values: Environment) -> Numbers:
    numbers: Numbers = {}
    for part in each(graph):
        of = f"`{part.loss}` by " if graph.further else ""
        numbers |= {f"the gradient of {of}`{g.name}`": values[g.value] for g in part.gradients}
    return numbers


def _interpreter(point: Point) -> Interpreter:
    return Interpreter(point.dims, np.random.default_rng(0))


def _arguments(graph: Graph, point: Point) -> Environment:
    return GraphFunction(graph, point).arguments


def _seed(name: str, value: Value, graph: Graph, point: Point, interpreter: Interpreter) -> Any:
    if graph.loss is not None:
        return np.float64(1.0)
    given = point.cotangents.get(name)
    shape = [interpreter.size(s) for s in value.type.shape]
    return np.zeros(shape)[()] if given is None else np.asarray(given, np.float64)[()]


class _Routines:
    """Runs `forward`, `backward` and `predict` of a program, as nodes or as planned."""

    def __init__(self, program: Program, point: Point):
        self.program, self.point = program, point

    def numbers(self, blocks: Mapping[str, Block | None]) -> Numbers:
        graph = self.program.graph
        arguments = _arguments(graph, self.point)
        numbers: Numbers = {}
        kept: Environment = {}
        backward: Environment = {}
        parts = {part.backward: part.graph for part in self.program.parts}
        offered = {o.name: o for o in self.program.offered}
        for routine in self.program.routines:
            interpreter = _interpreter(self.point)
            given = {v: kept[v] if v in kept else arguments.get(v) for v in routine.arguments}
            if routine.name in parts:
                for seed in parts[routine.name].seeds:
                    given[seed.value] = _seed(seed.name, seed.value, graph, self.point, interpreter)
            if routine.name in offered:
                given |= self._directions(offered[routine.name], interpreter)
            block = blocks[routine.name]
            if block is None:
                values = interpreter.run(routine.nodes, given)
            else:
                values = run_block(block, interpreter, given)
            results = {v: np.array(values[v]) for v in routine.results}
            if routine.name == "forward":
                kept = {v: results[v] for v in self.program.saved}
                numbers |= {f"`{o.name}`": results[o.value] for o in graph.outputs}
                numbers |= {f"`{u.name}`": results[u.value] for u in graph.updates}
            elif routine.name in parts:
                backward |= results
            elif routine.name in offered:
                # Passes give its results other values, in the same order.
                pairs = zip(offered[routine.name].results, routine.results, strict=True)
                numbers |= {f"`{r.name}` of `{routine.name}`": results[v] for r, v in pairs}
            else:
                outputs = [o for o in graph.outputs if o.value in results]
                numbers |= {f"`{o.name}`": results[o.value] for o in outputs}
        return numbers | _gradients(graph, backward)

    def _directions(self, offered: Offered, interpreter: Interpreter) -> Environment:
        rng = np.random.default_rng(0)
        shapes = {a.value: map(interpreter.size, a.value.type.shape) for a in offered.along}
        return {v: rng.normal(0, 1, tuple(shape))[()] for v, shape in shapes.items()}


def _size(array: Any) -> float:
    """The largest finite magnitude."""
    array = np.abs(np.asarray(array, float))
    return float(np.max(array[np.isfinite(array)], initial=1.0))


def _apart(before: Any, after: Any, noise: float) -> tuple[float, float] | None:
    """The numbers that are furthest apart, where that is more than rounding."""
    before, after = np.asarray(before, float), np.asarray(after, float)
    if before.shape != after.shape:
        return float(before.size), float(after.size)
    if not before.size:
        return None
    finite = before[np.isfinite(before)]
    size = max(float(np.max(np.abs(finite), initial=0.0)), 1e-300)
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(invalid="ignore"):
        error = np.where(same, 0, np.abs(before - after))
    error = np.where(np.isnan(error), np.inf, error)
    worst = int(np.argmax(error))
    if error.flat[worst] <= TOLERANCE * size + noise:
        return None
    return float(before.flat[worst]), float(after.flat[worst])
