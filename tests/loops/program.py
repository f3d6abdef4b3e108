"""A random graph with loops as data: its text, and its text with the loops written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np

from gradc.ir.sizes import Size, size_text
from tests.fuzz.program import Argument, Step, Value, filled


@dataclass(frozen=True, slots=True)
class Carried:
    """What a loop hands from step to step. `start` is a value around the loop, or a number."""

    start: Value | float
    here: Value
    next: Value  # made by a step of the body
    last: Value
    grows: bool = False  # from a number to an array


@dataclass(frozen=True, slots=True)
class Walk:
    """A sequence and its element in a step of the loop."""

    sequence: Value
    element: Value
    axis: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What a step leaves, and the stack of it after the loop."""

    step: Step
    stack: Value
    axis: int


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A scan. Its number of steps is said where it walks along nothing."""

    carried: tuple[Carried, ...]
    walks: tuple[Walk, ...]
    times: Size
    body: tuple[Statement, ...]
    collected: tuple[Collected, ...]

    @property
    def results(self) -> tuple[Value, ...]:
        return (*(c.last for c in self.carried), *(c.stack for c in self.collected))


Statement: TypeAlias = "Step | Loop"

LOSS = Value("J", "f64", (), np.zeros(()))


@dataclass(frozen=True, slots=True)
class Program:
    """A whole graph with its arguments' values and what is asked of it."""

    seed: int
    dims: dict[str, int]  # the free ones, and what they are in the written-out graph
    arguments: tuple[Argument, ...]
    body: tuple[Statement, ...]
    terms: tuple[Value, ...]  # numbers whose sum is the loss
    outputs: tuple[Value, ...]
    wrt: tuple[str, ...] | None

    def with_(self, **changes: Any) -> Program:
        return replace(self, **changes)

    @property
    def params(self) -> list[Argument]:
        return [a for a in self.arguments if a.is_param]

    @property
    def inputs(self) -> list[Argument]:
        return [a for a in self.arguments if not a.is_param]

    @property
    def loss(self) -> Value:
        return LOSS

    is_single: ClassVar = False
    is_kinked: ClassVar = False

    @property
    def states(self) -> list[Argument]:
        """None: what goes from call to call is the business of graphs without loops."""
        return []

    @property
    def compared(self) -> list[Value]:
        """What comes out of `forward`."""
        return self.returned

    @property
    def returned(self) -> list[Value]:
        return [*self.outputs, LOSS]

    @property
    def differentiated(self) -> list[Argument]:
        """What `backward` gives gradients of."""
        if self.wrt is None:
            return self.params
        return [a for a in self.arguments if a.value.name in self.wrt]

    def text(self) -> str:
        """The graph as a `.graph` file."""
        return self._around([*written(self.body, 0)], {}, is_fixed=False)

    def _around(self, body: Iterable[str], names: dict[Value, str], *, is_fixed: bool) -> str:
        """A body between the declarations and the loss; values may have other names in it."""
        lines = [f"## Random loops, seed {self.seed}.", ""]
        for name, size in self.dims.items():
            lines.append(f"dim {name}" + (f" = {size}" if is_fixed else ""))
        for argument in self.arguments:
            kind = "param" if argument.is_param else "input"
            lines.append(f"{kind} {argument.value.name}: {argument.value.type}")
        lines += body
        for value in self.outputs:
            called = names.get(value, value.name)
            name = value.name
            lines.append(f"output {name}" + (f" = {called}" if called != name else ""))
        lines.append("loss J = " + " + ".join(names.get(v, v.name) for v in self.terms))
        if self.wrt is not None:
            lines.append("wrt " + ", ".join(self.wrt))
        return "\n".join(lines) + "\n"

    def written_out(self) -> str:
        """The same graph in straight lines, each step of each loop by itself."""
        writing = Writing()
        names: dict[Value, Any] = {a.value: a.value.name for a in self.arguments}
        execute(self.body, names, writing, self.dims)
        return self._around(writing.lines, names, is_fixed=True)

    def evaluated(self, reference: Any, arrays: dict[Value, Any]) -> dict[Value, Any]:
        """Adds what the statements come to, computed by a reference, to the arguments' arrays."""
        execute(self.body, arrays, Evaluation(reference, self.dims), self.dims)
        arrays[LOSS] = sum(arrays[v] for v in self.terms)
        return arrays


def written(body: Iterable[Statement], depth: int) -> Iterator[str]:
    """The lines of statements with loops in them."""
    margin = "    " * depth
    for statement in body:
        if isinstance(statement, Step):
            yield f"{margin}{statement.results[0].name} = {_expression(statement)}"
            continue
        names = ", ".join(c.here.name for c in statement.carried)
        starts = ", ".join(_start(c) for c in statement.carried)
        walks = ", ".join(
            f"{w.element.name} in {w.sequence.name}" + (f" axis {w.axis}" if w.axis else "")
            for w in statement.walks
        )
        steps = f"over {walks}" if walks else f"times {size_text(statement.times)}"
        yield f"{margin}scan {names} = {starts} {steps} {{"
        yield from written(statement.body, depth + 1)
        for kept in statement.collected:
            axis = f" axis {kept.axis}" if kept.axis else ""
            yield f"{margin}    output {kept.stack.name} = {_expression(kept.step)}{axis}"
        yield f"{margin}}}"


def _expression(step: Step) -> str:
    return filled(step.text, [v.name for v in step.operands])


def _start(carried: Carried) -> str:
    if isinstance(carried.start, Value):
        return carried.start.name
    if carried.grows or not carried.here.shape:
        return repr(carried.start)
    return f"full({_sizes(carried.here)}, {carried.start})"


def execute(
    body: Iterable[Statement],
    known: dict[Value, Any],
    meaning: Writing | Evaluation,
    dims: dict[str, int],
) -> None:
    """Goes through statements in the order of time, and adds what each comes to to `known`."""
    for statement in body:
        if isinstance(statement, Step):
            known[statement.results[0]] = meaning.step(statement, known)
            continue
        loop = statement
        for carried in loop.carried:
            known[carried.last] = meaning.start(carried, known)
        stacks: list[list[Any]] = [[] for _ in loop.collected]
        times = loop.times if isinstance(loop.times, int) else dims[size_text(loop.times)]
        for t in range(times):
            for carried in loop.carried:
                known[carried.here] = known[carried.last]
            for walk in loop.walks:
                known[walk.element] = meaning.element(known[walk.sequence], walk.axis, t)
            execute(loop.body, known, meaning, dims)
            for stack, collected in zip(stacks, loop.collected, strict=True):
                stack.append(meaning.step(collected.step, known))
            for carried in loop.carried:
                known[carried.last] = known[carried.next]
        for stack, collected in zip(stacks, loop.collected, strict=True):
            known[collected.stack] = meaning.stacked(stack, collected)


class Writing:
    """Statements as lines of straight text; a value is the name that it has there."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def _named(self, expression: str) -> str:
        name = f"v_{len(self.lines)}"
        self.lines.append(f"{name} = {expression}")
        return name

    def step(self, step: Step, known: dict[Value, Any]) -> str:
        return self._named(filled(step.text, [known[v] for v in step.operands]))

    def start(self, carried: Carried, known: dict[Value, Any]) -> str:
        if isinstance(carried.start, Value):
            return known[carried.start]
        return self._named(f"full({_sizes(carried.here)}, {carried.start})")

    def element(self, sequence: str, axis: int, t: int) -> str:
        return self._named(f"{sequence}[{':, ' * axis}{t}]")

    def stacked(self, elements: list[str], collected: Collected) -> str:
        if not elements:
            return self._named(f"zeros({_sizes(collected.stack)})")
        return self._named(f"stack([{', '.join(elements)}], axis={collected.axis})")


def _sizes(value: Value) -> str:
    return f"[{', '.join(size_text(s) for s in value.shape)}]"


class Evaluation:
    """Statements as arrays."""

    def __init__(self, reference: Any, dims: dict[str, int]):
        self.reference, self.dims = reference, dims

    def _full(self, value: Value, number: float) -> Any:
        shape = [s if isinstance(s, int) else self.dims[size_text(s)] for s in value.shape]
        return self.reference.constant(np.full(shape, number))

    def step(self, step: Step, known: dict[Value, Any]) -> Any:
        return step.reference(self.reference, *(known[v] for v in step.operands))

    def start(self, carried: Carried, known: dict[Value, Any]) -> Any:
        if isinstance(carried.start, Value):
            return known[carried.start]
        return self._full(carried.here, carried.start)

    def element(self, sequence: Any, axis: int, t: int) -> Any:
        return sequence[(slice(None),) * axis + (t,)]

    def stacked(self, elements: list[Any], collected: Collected) -> Any:
        if not elements:
            return self._full(collected.stack, 0.0)
        return self.reference.stack(elements, collected.axis)
