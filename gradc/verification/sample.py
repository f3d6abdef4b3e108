"""Drawing the points at which gradients are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from gradc.ir.graph import Graph, Input, Param
from gradc.ir.positions import positions_of
from gradc.ir.sizes import Poly, dimension, substitute
from gradc.ir.types import DTYPES, Type
from gradc.verification.admitted import admitted
from gradc.verification.allowed import allowed_sizes, constant_told, with_axes
from gradc.verification.emitted import Arrays, Point

_SMALLEST, _LARGEST = 2, 5  # of a free dimension
_LABELS = 3  # the integers below this are drawn where no use says more

# From the most ordinary to the least: a formula may need positive numbers, or larger than 1.
_DRAWS: tuple[Callable[[np.random.Generator, Sequence[int]], Any], ...] = (
    lambda rng, shape: rng.normal(0, 0.7, shape),
    lambda rng, shape: rng.uniform(0.15, 0.85, shape),
    lambda rng, shape: rng.uniform(1.1, 2.5, shape),
    lambda rng, shape: rng.uniform(-0.85, -0.15, shape),
)


# Where formulas cancel: small numbers, numbers near each other, and numbers of several sizes.
_Near: TypeAlias = Callable[[np.random.Generator, Sequence[int]], Any]


def _near(attempt: int) -> dict[str, _Near]:
    """The draws of an attempt: what is shared by all arguments of a point is drawn by it."""
    shared = np.random.default_rng(attempt)
    middle = float(shared.uniform(1, 2))
    return {
        "small": lambda rng, shape: rng.normal(0, 1e-3, shape),
        "alike": lambda rng, shape: middle * (1 + 1e-3 * rng.normal(0, 1, shape)),
        "large": lambda rng, shape: rng.choice([-1, 1], shape) * rng.uniform(4, 8, shape),
        "apart": lambda rng, shape: 10 ** rng.uniform(-2, 2) * rng.uniform(0.5, 1, shape),
    }


class SampleError(Exception):
    """A value that `--set` gives does not fit the graph."""

    def __init__(self, message: str, helps: Sequence[str] = ()):
        self.helps = tuple(helps)
        super().__init__(message)


class Sampler:
    """Draws points for a graph. `given` are values that stay as they are."""

    def __init__(self, graph: Graph, seed: int, given: Mapping[str, Any]):
        self._graph, self._seed = graph, seed
        self._labels = positions_of(graph.nodes, parts=True)
        self._given = {name: self._fitting(name, value) for name, value in given.items()}

    def _fitting(self, name: str, value: Any) -> Any:
        arguments = self._graph.arguments
        if name not in arguments:
            message = f"the graph has no input or parameter `{name}`"
            raise SampleError(message, constant_told(self._graph, name, value))
        declared = arguments[name].type
        try:
            array = admitted(name, declared, value)
        except ValueError as failure:
            raise SampleError(str(failure)) from None
        if array.ndim != declared.rank:
            message = f"`{name}` is {declared}; this has shape {list(array.shape)}"
            raise SampleError(message, with_axes(value, declared.shape))
        return array[()]

    def points(self, count: int) -> Iterator[Iterator[Point]]:
        """For each point candidates, tried until one gives finite numbers.

        The first point has the values that the graph itself states; the others have random ones.
        """
        for number in range(count):
            yield self._candidates(number)

    def near(self) -> Iterator[Iterator[Point]]:
        """Points where formulas cancel, each with candidates: all arguments that are not given.

        Their numbers are those of f32, so that none is lost before anything is computed.
        """
        for number, kind in enumerate(_near(0)):
            yield self._near_candidates(number, kind)

    def _near_candidates(self, number: int, kind: str) -> Iterator[Point]:
        for attempt in range(8):
            rng = np.random.default_rng([self._seed, number, attempt, 1])
            draw = _near(attempt)[kind]
            yield self._draw(
                rng, lambda rng, shape, draw=draw: np.float32(draw(rng, shape)), self._given
            )

    def _candidates(self, number: int) -> Iterator[Point]:
        for attempt in range(24):
            rng = np.random.default_rng([self._seed, number, attempt])
            stated = self._stated() if number == 0 and attempt < 8 else {}
            draw = _DRAWS[attempt % len(_DRAWS)]
            yield self._draw(rng, draw, self._given | stated | self._given)

    def _stated(self) -> Arrays:
        """Example values, and starting values of parameters other than zero."""
        stated: Arrays = {}
        for entry in self._graph.inputs:
            if entry.example is not None:
                stated[entry.name] = _array(entry.example, entry.value.type)
        for param in self._graph.params:
            data = param.initialiser.data
            if data is not None and np.any(np.asarray(data)):
                stated[param.name] = _array(data, param.value.type)
        return stated

    def _draw(self, rng: np.random.Generator, draw: Any, fixed: Arrays) -> Point:
        graph = self._graph
        dims = self._sizes(rng, fixed)

        def one(entry: Input | Param) -> Any:
            declared = entry.value.type
            shape = [_known(s, dims) for s in declared.shape]
            if entry.name in fixed:
                value = fixed[entry.name]
                return np.broadcast_to(value, shape).copy()[()] if shape else value
            if declared.is_float:
                return np.asarray(draw(rng, shape), DTYPES[declared.dtype])[()]
            if declared.dtype == "bool":
                return np.asarray(rng.integers(0, 2, shape), bool)[()]
            least = min(
                (_known(p.size, dims) for p in self._labels.get(entry.value, ())), default=0
            )
            below = max(least, 1) if entry.value in self._labels else _LABELS
            return np.asarray(rng.integers(0, below, shape), DTYPES[declared.dtype])[()]

        inputs = {i.name: one(i) for i in graph.inputs}
        params = {p.name: one(p) for p in graph.params}
        cotangents = {
            o.name: rng.normal(0, 1, [_known(s, dims) for s in o.value.type.shape])
            for o in graph.outputs
            if graph.loss is None and o.value.type.is_float
        }
        return Point(dims, inputs, params, cotangents)

    def _sizes(self, rng: np.random.Generator, fixed: Arrays) -> dict[str, int]:
        """Sizes of the dimensions: those that fixed values have, allowed ones for the rest."""
        dims = {d.name: d.size for d in self._graph.dims if isinstance(d.size, int)}
        for name, value in fixed.items():
            declared = self._graph.arguments[name].type
            for size, found in zip(declared.shape, np.shape(value)[-declared.rank :], strict=False):
                for d in self._graph.dims:
                    if d.size is None and size == dimension(d.name) and found != 1:
                        dims[d.name] = found
        return allowed_sizes(
            self._graph, dims, lambda more: int(rng.integers(_SMALLEST, _LARGEST + more))
        )


def _array(data: Any, declared: Type) -> Any:
    return np.asarray(data, DTYPES[declared.dtype])[()]


def _known(size: Any, dims: Mapping[str, int]) -> int:
    known = substitute(size, dict(dims))
    return 1 if isinstance(known, Poly) else known
