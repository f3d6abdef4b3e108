"""The same numbers at every level and from the tools that run a graph, wherever it is run."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Compilation, Options, compile_source, read
from gradc.lessons.run.subject import CannotInterpretError, Subject
from gradc.source import Source
from gradc.verification.emitted import Module, ModuleError, Point
from gradc.verification.sample import Sampler
from tests.library.cases import Case, by_operation
from tests.library.running import Running

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.graph"))
LEVELS = (0, 1, 2)

# A loss of several statements over the operations that stable forms are made of.
FORMULAS = {
    "log_softmax": "p = softmax(x)\nloss J = -sum([0.2, 0.3, 0.5] * log(p))\n",
    "sigmoid": "b = exp(-x)\nc = 1 + b\nloss J = sum([1, 2, 3] * (1 / c))\n",
    "softplus": "loss J = sum([1, 2, 3] * log(1 + exp(x)))\n",
    "logsumexp": "loss J = log(sum(exp(x)))\n",
    "log_sigmoid": "loss J = sum([1, 2, 3] * log(1 - sigmoid(x)))\n",
    "logaddexp": "loss J = sum(log(exp(x) + exp(2 * x)))\n",
}


def large(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Floats are ±1000, in the signs that they had."""
    return {n: _large(np.asarray(a)) for n, a in arrays.items()}


def _large(array: Any) -> Any:
    return (np.sign(array) * 1000).astype(array.dtype)[()] if array.dtype.kind == "f" else array


# At -O2 gates in one array are right to the rounding of numbers near 1: of a gradient that has to
# pass saturated ones, 1e-99 may be left, or 0.
OF_GATES = 1e-16


def agree(
    found: Mapping[str, Any], expected: Mapping[str, Any], rtol: float = 1e-9, least: float = 0.0
) -> None:
    assert found.keys() == expected.keys()
    for name, a in found.items():
        b = np.asarray(expected[name])
        finite = np.abs(b[np.isfinite(b)]) if b.dtype.kind == "f" else np.zeros(0)
        noise = max(1e-13 * float(np.max(finite, initial=0.0)), least)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=noise, err_msg=name)


def _case_at(case: Case, level: int, arrays: Mapping[str, Any]) -> dict[str, Any]:
    try:
        running = Running(case, level, arrays)
        found = {f"out{i}": y for i, y in enumerate(running.outputs())}
        if running.is_differentiable:
            found |= {f"d{n}": g for n, g in running.gradients().items()}
    except (np.linalg.LinAlgError, ModuleError):
        return {}
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("at", ["drawn", "large"])
@by_operation(every=2)
def test_operations(case: Case, at: str) -> None:
    arrays = case.draw() if at == "drawn" else large(case.draw())
    expected = _case_at(case, 0, arrays)
    for level in LEVELS[1:]:
        agree(_case_at(case, level, arrays), expected)


def _told(compilation: Compilation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs and gradients that lessons tell."""
    subject = Subject(compilation)
    run = subject.run(subject.arguments(given))
    found = {o.name: run.values[o.value] for o in run.graph.outputs}
    return found | {f"d{n}": run.gradient(n) for n in run.graph.wrt}


def _computed(compilation: Compilation, point: Point) -> dict[str, Any]:
    """The outputs and gradients of the module; of losses behind the first under their names."""
    found: dict[str, Any] = {}
    names = [o.name for o in compilation.graph.outputs]
    for number, loss in enumerate(_losses(compilation)):
        module = Module(compilation.text, "net.py", loss).in_double()
        found |= dict(zip(names, module.forward(point)[0], strict=True))
        of = f" of {loss}" if number else ""
        found |= {f"d{n}{of}": g for n, g in module.gradients(point).items()}
        if (at_once := module.at_once(point)) is not None:
            value, gradients = at_once
            found[f"value{of}"] = value
            found |= {f"d{n}{of} at once": g for n, g in gradients.items()}
    return found


def _losses(compilation: Compilation) -> list[str | None]:
    """The losses, by the names that the functions of each carry."""
    graph = compilation.graph
    return [loss.name for loss in graph.losses] if graph.further else [None]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("x", [[-0.5, 0.25, 2.0], [-1000.0, 0.0, 1000.0], [1000.0] * 3], ids=str)
@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_and_what_tells_them(formula: str, x: list[float]) -> None:
    source = Source("net.graph", f"param x: [3]\n{FORMULAS[formula]}")
    point = Point({}, {}, {"x": np.array(x)}, {})
    found = [_computed(compile_source(source, Options(level=level)), point) for level in LEVELS]
    assert all(np.all(np.isfinite(a)) for a in found[0].values())
    told = _told(compile_source(source, Options(level=0)), point.params)
    agree(told, {n: found[0][n] for n in told})
    for other in found[1:]:
        agree(other, found[0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("at", ["drawn", "large"])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples(path: Path, at: str) -> None:
    source = read(str(path))
    compilations = [compile_source(source, Options(level=level)) for level in LEVELS]
    graph = compilations[0].graph
    seed = zlib.crc32(path.stem.encode())
    point = next(next(Sampler(graph, seed, {}).points(1)))
    if at == "large":
        point = Point(point.dims, large(point.inputs), large(point.params), point.cotangents)
    found = [_computed(c, point) for c in compilations]
    for level, other in zip(LEVELS[1:], found[1:], strict=True):
        agree(other, found[0], 1e-8, OF_GATES if level > 1 else 0.0)
    drawn = Module(compilations[0].text, "", _losses(compilations[0])[0]).draws
    if graph.training is not None or graph.states or drawn:
        return  # a lesson runs it another way than `Module` does
    try:
        told = _told(compilations[0], {**point.inputs, **point.params})
    except CannotInterpretError:
        return
    outputs = {o.name for o in graph.outputs}
    if not graph.losses:  # a lesson has no cotangents for several outputs
        told = {n: value for n, value in told.items() if n in outputs}
    agree(told, {n: found[0][n] for n in told}, 1e-8)
