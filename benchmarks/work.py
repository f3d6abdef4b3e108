"""What a work is: a graph, its data, and the same written by hand and for each peer."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

import gradc
from gradc.python.net import Net

Values = dict[str, Any]
# A call without arguments that gives the loss and its gradients: by name, or in the order of `wrt`.
Step = Callable[[], Any]


class Absent(Exception):
    """A peer is not installed, or has no way to do this work."""


@dataclass(frozen=True)
class Row:
    """One size of a work, and how long -O2 may take there, over the time of another."""

    name: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    # The sizes that the graph fixes; others than it says replace them, as `-D` does.
    dims: Mapping[str, int] = field(default_factory=dict)
    goals: Mapping[str, float] = field(default_factory=dict)
    # What is timed: `value_and_grad`, `forward`, or `backward` after a `forward`.
    part: str = "value_and_grad"
    graph: str | None = None


@dataclass(frozen=True)
class Work:
    """A loss that is differentiated, as gradc, NumPy by hand and the peers do it.

    `by_hand` gets parameters and inputs and gives a `Step`; where rows time parts of it, the step
    has `forward` and `backward` as well. A peer's function gets the peer's module and gives the
    loss as a function of two dictionaries: what is differentiated by, and the rest.
    """

    graph: str
    rows: tuple[Row, ...]
    data: Callable[..., tuple[Values, Values]]
    by_hand: Callable[[Values, Values], Any]
    peers: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    # Whether torch.compile gets through it in less than minutes: loops are written out there.
    torch_compiles: bool = True


@dataclass(frozen=True)
class Case:
    """A row with its numbers."""

    work: Work
    row: Row
    params: Values
    inputs: Values
    wrt: tuple[str, ...]

    @staticmethod
    def of(work: Work, row: Row) -> Case:
        """The row's data, the same at each call, in the element types that the graph declares."""
        module = compiled(work, row, 1).module
        described = module.__graph__
        params, inputs = work.data(np.random.default_rng(0), **row.sizes, **row.dims)
        return Case(
            work,
            row,
            {n: _cast(v, described["params"][n]) for n, v in params.items()},
            {n: _cast(v, described["inputs"][n]) for n, v in inputs.items()},
            tuple(module.Gradients.__annotations__),
        )

    def parted(self) -> tuple[Values, Values]:
        """What is differentiated by, and the rest."""
        given = {**self.params, **self.inputs}
        by = {n: given.pop(n) for n in self.wrt}
        return by, given


def compiled(work: Work, row: Row, level: int) -> Net:
    """The row's graph, compiled at a level."""
    return _compiled(row.graph or work.graph, level, tuple(row.dims.items()))


@cache
def _compiled(text: str, level: int, dims: tuple[tuple[str, int], ...]) -> Net:
    return gradc.compile(text, name="work.graph", level=level, dims=dict(dims))


def _cast(value: Any, declared: Mapping[str, Any]) -> Any:
    if not declared["shape"] and declared["dtype"] == "float64":
        return float(value)
    return np.asarray(value, declared["dtype"])[()]


def work_called(name: str) -> Work:
    """The work of a file of `benchmarks/works`."""
    found: Work = importlib.import_module(f"benchmarks.works.{name}").WORK
    return found
