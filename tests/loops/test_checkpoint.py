"""Segments that backward runs again: the same numbers, less saved."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.ir.verify import verify
from gradc.source import Source
from tests.loops.graphs import GRAPHS
from tests.loops.test_unrolled import arguments, module


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_segments_change_no_number(name: str, steps: int) -> None:
    plain = module(GRAPHS[name], Options())
    cut = module(GRAPHS[name], Options(checkpoint=steps))
    params, inputs = arguments(plain)
    given = (params,) if params else ()
    found, saved = cut["forward"](*given, **inputs)
    expected, other = plain["forward"](*given, **inputs)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    gradients, wanted = cut["backward"](saved), plain["backward"](other)
    for key, gradient in wanted.items():
        np.testing.assert_allclose(gradients[key], gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", GRAPHS)
def test_segments_are_valid(name: str) -> None:
    compilation = compile_source(Source("l.graph", GRAPHS[name]), Options(checkpoint=2))
    verify(compilation.graph)
    verify(compilation.joint)


FREE = """
dim T
input x: [T, 100]
param w: [100] = 0.9
scan h = zeros([100]) over x_t in x {
    a = tanh(h * w + x_t)
    next h = sin(a) * cos(a)
}
loss J = sum(h)
"""


@pytest.mark.parametrize("count", [0, 1, 29, 30, 31, 100])
def test_any_number_of_steps(count: int) -> None:
    plain, cut = module(FREE, Options()), module(FREE, Options(checkpoint=30))
    x = np.random.default_rng(0).normal(0, 1, (count, 100))
    params = plain["init_params"]()
    value, gradient = plain["value_and_grad"](params, x=x)
    other, same = cut["value_and_grad"](params, x=x)
    assert value == pytest.approx(other, rel=1e-12)
    np.testing.assert_allclose(same["w"], gradient["w"], rtol=1e-9, atol=1e-12)


def saved_and_peak(namespace: dict[str, Any], x: Any) -> tuple[int, int]:
    """The bytes that `forward` saves beside its arguments, and the peak of both passes."""
    params = namespace["init_params"]()
    tracemalloc.start()
    _, saved = namespace["forward"](params, x=x)
    kept = sum(a.nbytes for a in saved if isinstance(a, np.ndarray)) - x.nbytes
    namespace["backward"](saved)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return kept, peak


def test_memory_goes_with_the_root_of_the_steps() -> None:
    x = np.zeros((2500, 100))
    plain_saved, plain_peak = saved_and_peak(module(FREE, Options()), x)
    cut_saved, cut_peak = saved_and_peak(module(FREE, Options(checkpoint=50)), x)
    assert cut_saved < plain_saved / 40
    assert cut_peak < plain_peak / 15
