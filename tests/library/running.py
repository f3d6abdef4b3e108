"""Running the module of a case: values, gradients, and differences of its values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from gradc.compiler import Compilation
from gradc.verification.emitted import Module, Point
from tests.library.cases import Case


@lru_cache(maxsize=2_000)  # many tests run one module
def _module(text: str, label: str) -> Module:
    return Module(text, label)


class Running:
    """A compiled case at drawn arguments, with a cotangent for each float output."""

    def __init__(self, case: Case, level: int = 1, arrays: Mapping[str, Any] | None = None):
        self.case = case
        self.compilation: Compilation = case.compile(level)
        self.module = _module(self.compilation.text, case.label)
        self.arrays = dict(case.draw() if arrays is None else arrays)
        carried = {o.name for o in case.operands if o.carries}
        self.params = {n: a for n, a in self.arrays.items() if n in carried}
        inputs = {n: a for n, a in self.arrays.items() if n not in carried}
        self.point = Point(dict(case.dims), inputs, self.params, {})
        rng = np.random.default_rng(1)
        names = [o.name for o in self.compilation.graph.outputs]
        cotangents = {
            name: rng.uniform(0.5, 1.5, np.shape(output)).astype(np.asarray(output).dtype)
            for name, output in zip(names, self.outputs(), strict=True)
            if np.asarray(output).dtype.kind == "f"
        }
        self.point = Point(dict(case.dims), inputs, self.params, cotangents)

    @property
    def is_differentiable(self) -> bool:
        return bool(self.params and self.point.cotangents)

    def outputs(self) -> list[Any]:
        return list(self.module.forward(self.point)[0])

    def gradients(self) -> dict[str, Any]:
        return self.module.gradients(self.point)

    def value(self, point: Point) -> float:
        """The finite elements of the outputs, weighted by the cotangents."""
        outputs = self.module.forward(point)[0]._asdict()
        weighted = (outputs[n] * c for n, c in self.point.cotangents.items())
        return sum(float(np.sum(np.where(np.isfinite(w), w, 0))) for w in weighted)

    def differences(self, step: float = 1e-5) -> dict[str, Any]:
        """The gradients by central differences, an element at a time."""
        return {name: self._differences(name, x, step) for name, x in self.params.items()}

    def _differences(self, name: str, x: Any, step: float) -> Any:
        found = np.zeros(np.shape(x))
        for place in np.ndindex(*np.shape(x)):
            moved = np.zeros(np.shape(x))
            moved[place] = step
            above = self.value(self.point.moved(name, (x + moved)[()]))
            below = self.value(self.point.moved(name, (x - moved)[()]))
            found[place] = (above - below) / (2 * step)
        return found
