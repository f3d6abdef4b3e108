"""Operations of the library in JAX, by their own examples, against NumPy."""

import warnings

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.verification.emitted import Module, Point
from tests.library.cases import LIBRARY, OPS, cases_of
from tests.library.running import Running
from tests.targets_c.agreement import agree_on
from tests.targets_c.test_operations import special
from tests.targets_jax.agreement import JAX, agree_at, numpy_draws

_MOST = 2  # of the cases of an operation: JAX compiles each


@pytest.mark.parametrize("name", OPS)
def test_an_example_gives_what_numpy_gives(name: str) -> None:
    for case in cases_of(name)[:_MOST]:
        source = Source("case.graph", case.source)
        compilation = compile_source(source, Options(), library=LIBRARY, target=JAX)
        running, module = Running(case, 0), Module(compilation.text, case.label)
        with warnings.catch_warnings(), numpy_draws():
            warnings.simplefilter("ignore", RuntimeWarning)
            agree_at(running.module, module, running.point)
        if LIBRARY.operation(name).traits.elementwise:
            at_the_edges(module, running)


def at_the_edges(module: Module, running: Running) -> None:
    """NaN, infinities, zeros, and numbers far from 1: each met with each."""
    arrays = {n: special(a, n) for n, a in running.params.items()}
    point = Point({}, running.point.inputs, arrays, running.point.cotangents)
    wanted, _ = running.module.forward(point)
    found, _ = module.forward(point)
    for got, value in zip(found, wanted, strict=True):
        agree_on(got, value, f"{running.case.label} at the edges")
