"""Jacobians, Hessians and products with them are JAX's, of random graphs and of all examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from gradc.verification.sample import Sampler
from gradc.verification.single import in_double
from tests.derivatives.by_jax import jax, outputs_of
from tests.derivatives.orders import generate
from tests.fuzz.chunks import CHUNK

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*/*.graph"))
LARGEST = 150
"""Numbers to differentiate by beyond which products are looked at rather than matrices."""


LONG = ("lynx",)
"""What JAX takes minutes to compile as a whole."""


def compiled(source: Source, loss: str | None, level: int, *also: str) -> Module:
    compilation = compile_source(source, Options(level=level, also=also))
    one_of = loss if compilation.graph.further else None
    return Module(compilation.text, source.name, one_of).in_double()


def at_once(function: Any, source: Source, at: Any) -> Any:
    is_long = source.name.removesuffix(".graph") in LONG
    return function(at) if is_long else jax.jit(function)(at)


def close(found: Mapping[str, Any], wanted: Mapping[str, Any], what: str) -> None:
    """To 1e-9 of the largest number of each array."""
    assert set(found) == set(wanted), what
    for name, value in wanted.items():
        scale = max(1, np.abs(value).max(initial=0))
        np.testing.assert_allclose(
            found[name], value, rtol=0, atol=1e-9 * scale, err_msg=f"{what}: {name}"
        )


def matrices(source: Source, point: Point, wrt: list[str], loss: str | None) -> None:
    """Holds both matrices to those that JAX makes."""
    outputs = outputs_of(compiled(source, loss, 0), point)

    def both(moved: Any) -> Any:
        hessian = jax.hessian(lambda m: outputs(m)[loss])(moved) if loss else {}
        return jax.jacrev(outputs)(moved), hessian

    jacobian, hessian = at_once(both, source, {n: point.value(n) for n in wrt})
    for level in (1, 2):
        module = compiled(source, loss, level, "jacobian", "hessian")
        for row, blocks in module.derivative("jacobian", point).items():
            close(blocks, jacobian[row], f"{source.name} -O{level}: jacobian of {row}")
        for row, blocks in (module.derivative("hessian", point) or {}).items():
            close(blocks, hessian[row], f"{source.name} -O{level}: hessian of {row}")


def products(source: Source, point: Point, wrt: list[str], loss: str | None) -> None:
    """Holds products with both matrices to those that JAX makes, along a random direction."""
    outputs = outputs_of(compiled(source, loss, 0), point)
    rng = np.random.default_rng(1)
    at = {n: point.value(n) for n in wrt}
    along = {n: rng.normal(size=np.shape(v)) for n, v in at.items()}

    def both(moved: Any) -> Any:
        turned = {}
        if loss:
            slopes = jax.grad(lambda m: outputs(m)[loss])
            _, turned = jax.jvp(slopes, (moved,), (along,))
        return jax.jvp(outputs, (moved,), (along,))[1], turned

    moved, turned = at_once(both, source, at)
    for level in (1, 2):
        module = compiled(source, loss, level, "jvp", "hvp")
        found = module.derivative("jvp", point, along)
        close({n: module.output(found, n) for n in moved}, moved, f"{source.name} -O{level}: jvp")
        if loss:
            found = module.derivative("hvp", point, along)
            close(found, turned, f"{source.name} -O{level}: hvp")


@pytest.mark.parametrize("first", range(0, 20, CHUNK))
def test_of_random_graphs(first: int) -> None:
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        values = program.values()
        wrt = [n for n in values if n[0] == "w"]
        inputs = {n: v for n, v in values.items() if n not in wrt}
        point = Point({}, inputs, {n: values[n] for n in wrt}, {})
        if wrt:
            matrices(Source(f"seed {seed}", program.text()), point, wrt, "J")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_of_examples(path: Path) -> None:
    source = Source(path.name, path.read_text(encoding="utf-8"))
    graph = compile_source(source, Options(level=0)).graph
    for candidates in Sampler(graph, 0, {}).points(1):
        for loss in graph.losses:
            point = next(finite(candidates, compiled(source, loss.name, 0)))
            wrt = list(loss.wrt)
            size = sum(np.size(point.value(n)) for n in wrt)
            (matrices if size <= LARGEST else products)(source, point, wrt, loss.name)
        if not graph.losses:
            point = next(finite(candidates, compiled(source, None, 0)))
            matrices(source, point, list(graph.wrt), None)


def finite(candidates: Iterator[Point], module: Module) -> Iterator[Point]:
    """The points where numbers are, in double precision."""
    for point in map(in_double, candidates):
        try:
            if np.isfinite(module.value(point)):
                yield point
        except ValueError:
            continue
