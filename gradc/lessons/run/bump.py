"""Bumps: what the loss does when a value goes up a little, by arithmetic alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradc.ir.node import Value
from gradc.lessons.run.steps import Step
from gradc.lessons.run.subject import Run
from gradc.records import dataclass
from gradc.verification.interpret import Interpreter


@dataclass(frozen=True, slots=True)
class Bump:
    """A number that moved because another one went up by `step`."""

    step: float
    before: float
    after: float

    @property
    def slope(self) -> float:
        return (self.after - self.before) / self.step


def bump_loss(run: Run, value: Value, step: float, place: tuple[int, ...] = ()) -> Bump:
    """The loss as one number of a value goes up, all that does not depend on it fixed."""
    loss = run.subject.loss
    assert loss is not None
    moved = raised(run.values[value], step, place)
    after = run.subject.loss_at(run.arguments, {value: moved})
    return Bump(step, float(run.values[loss]), after)


def bump_step(run: Run, step: Step, source: Value, size: float) -> Bump | None:
    """A step's target as a source goes up; None where either is no number."""
    if source.type.shape or step.target.type.shape:
        return None
    values: dict[Value, Any] = {v: run.values[v] for v in step.sources}
    values[source] = values[source] + size
    interpreter = Interpreter(run.arguments.dims, np.random.default_rng(run.arguments.seed))
    graph = step.graph
    moved: Mapping[Value, Any] = interpreter.run(graph.nodes, values)
    (target,) = (o.value for o in graph.outputs[:1])
    return Bump(size, float(run.values[step.target]), float(moved[target]))


def raised(array: Any, step: float, place: tuple[int, ...]) -> Any:
    """An array with one of its numbers raised."""
    moved = np.array(array, float)
    moved[place] += step
    return moved[()]


def steepest(derivative: Any) -> tuple[int, ...]:
    """The place in an array where the derivative is largest; the first where all are NaN."""
    array = np.nan_to_num(np.abs(np.asarray(derivative, float)), nan=-1.0, posinf=np.inf)
    if not array.size:
        return ()
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(array)), array.shape))
