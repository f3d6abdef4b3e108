"""What `--also` adds to a module, held to differences of the module's own functions.

`jvp` and `jacobian` say how outputs move along a random direction, `hvp` and `hessian` how
gradients do. Those that say the same are held to each other too, and a Hessian has to be symmetric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradc.ir.graph import Graph
from gradc.records import dataclass
from gradc.verification.differences import STEP, compare
from gradc.verification.emitted import Arrays, Module, Point

_JUDGED = ("jvp", "hvp", "jacobian", "hessian")

TOLERANCE = 1e-8
"""Between what two functions say of the same."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Judges the derivatives that a module offers, at a point in double precision."""

    graph: Graph
    module: Module
    rng: np.random.Generator

    @property
    def names(self) -> list[str]:
        """What the module calls them."""
        return [self.module.called(kind) for kind in _JUDGED if self.module.has(kind)]

    def problems(self, point: Point) -> Iterator[str]:
        """What is wrong with them."""
        if not self.names:
            return
        module, wrt = self.module, list(self.graph.wrt)
        floats = [name for name, v in self.graph.given if v.type.is_float]
        along = self._directions(point, floats)
        outputs = [o.name for o in self.graph.outputs if o.value.type.is_float]
        given = module.derivative("jvp", point, along)
        if given is not None:
            moved = {name: module.output(given, name) for name in outputs}
            yield from self._differs("jvp", moved, point, along, self._outputs)
        jacobian = module.derivative("jacobian", point)
        if jacobian is not None:
            theirs = {name: along[name] for name in jacobian[outputs[0]]}
            shapes = {name: np.shape(v) for name, v in self._outputs(point).items()}
            moved = {name: _times(jacobian[name], theirs, shapes[name]) for name in outputs}
            if given is None:
                yield from self._differs("jacobian", moved, point, theirs, self._outputs)
            else:
                same = module.derivative("jvp", point, theirs)
                wanted = {name: module.output(same, name) for name in outputs}
                yield from _disagree("jacobian", "jvp", moved, wanted)
        if self.graph.loss is not None:
            yield from self._of_second_order(point, {name: along[name] for name in wrt})

    def _of_second_order(self, point: Point, along: Arrays) -> Iterator[str]:
        module = self.module
        product = module.derivative("hvp", point, along)
        if product is not None:
            yield from self._differs("hvp", product, point, along, module.gradients)
            other = self._directions(point, list(along))
            back = module.derivative("hvp", point, other)
            if not _apart(_inner(product, other), _inner(back, along)) <= TOLERANCE:
                yield f"`{module.called('hvp')}` is not symmetric"
        hessian = module.derivative("hessian", point)
        if hessian is not None:
            moved = {
                name: _times(row, along, np.shape(along[name])) for name, row in hessian.items()
            }
            if product is None:
                yield from self._differs("hessian", moved, point, along, module.gradients)
            else:
                yield from _disagree(module.called("hessian"), "hvp", moved, product)

    def _differs(
        self,
        kind: str,
        moved: Arrays,
        point: Point,
        along: Arrays,
        function: Callable[[Point], Arrays],
    ) -> Iterator[str]:
        """A message where differences of a function give something else, weighted at random."""
        weights = {name: self.rng.normal(0, 1, np.shape(v)) for name, v in moved.items()}

        def weighted(step: float) -> float:
            there = point
            for name, direction in along.items():
                there = there.moved(name, (np.asarray(point.value(name)) + step * direction)[()])
            return _inner(function(there), weights)

        got = _inner(moved, weights)
        scale = sum(float(np.sum(np.abs(np.asarray(v) * weights[n]))) for n, v in moved.items())
        found = compare(got, weighted, STEP, scale)
        if not found.is_right:
            called = self.module.called(kind)
            yield f"`{called}` gives {found.got:.8g}, differences give {found.expected:.8g}"

    def _outputs(self, point: Point) -> Arrays:
        outputs, _ = self.module.forward(point)
        return {
            o.name: self.module.output(outputs, o.name)
            for o in self.graph.outputs
            if o.value.type.is_float
        }

    def _directions(self, point: Point, names: Sequence[str]) -> Arrays:
        return {n: self.rng.normal(0, 1, np.shape(point.value(n)))[()] for n in names}


def _times(row: Mapping[str, Any], along: Arrays, shape: tuple[int, ...]) -> Any:
    """A row of blocks, or of their entries, times a direction."""
    total = np.zeros(shape)
    for name, direction in along.items():
        block = row[name]
        if isinstance(block, tuple):
            numbers, rows, columns = block
            np.add.at(total.reshape(-1), rows, numbers * np.ravel(direction)[columns])
        else:
            total += np.tensordot(np.asarray(block), direction, np.ndim(direction))
    return total


def _inner(one: Arrays, other: Arrays) -> float:
    return float(sum(np.sum(np.asarray(one[name]) * v) for name, v in other.items()))


def _apart(one: Any, other: Any, size: float = 0.0) -> float:
    size = max([size, *[float(np.max(np.abs(v), initial=0.0)) for v in (one, other)]])
    apart = float(np.max(np.abs(np.asarray(one) - np.asarray(other)), initial=0.0))
    return apart / size if size > 0 else apart


def _disagree(kind: str, other: str, moved: Arrays, wanted: Arrays) -> Iterator[str]:
    """A message for each name of which two functions say something else."""
    size = 1e-3 * max([float(np.max(np.abs(v), initial=0.0)) for v in wanted.values()], default=0.0)
    for name, found in moved.items():
        if np.shape(found) != np.shape(wanted[name]):
            yield f"`{kind}` and `{other}` give other shapes of `{name}`"
        elif not _apart(found, wanted[name], size) <= TOLERANCE:
            yield f"`{kind}` and `{other}` disagree about `{name}`"
