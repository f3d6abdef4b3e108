"""The functions that emitted modules carry, on fine grids and at their edges."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import numpy as np
import pytest
import scipy.special

from gradc.targets.numpy import copied, helpers

NAMES = [n for n, f in vars(helpers).items() if n.startswith("_") and inspect.isfunction(f)]


def _close(found: Any, expected: Any, bound: float) -> None:
    """Within a bound, relative or absolute."""
    wrong = np.abs(found - expected) > bound * np.maximum(1, np.abs(expected))
    assert not np.any(wrong)


@pytest.mark.parametrize(
    ("erf", "dtype", "bound", "relative"),
    [
        (helpers._erf, np.float64, 1e-15, 3e-15),
        (helpers._erf_single, np.float32, 5e-7, 6e-7),
    ],
)
def test_erf(erf: Any, dtype: Any, bound: float, relative: float) -> None:
    x = np.concatenate([np.linspace(-8, 8, 20001), np.logspace(-30, 0, 2001)]).astype(dtype)
    y = erf(x)
    expected = scipy.special.erf(x.astype(float))
    assert y.dtype == dtype
    assert np.max(np.abs(y - expected)) < 2 * bound
    assert np.max(np.abs(y[x != 0] / expected[x != 0] - 1)) < relative
    assert np.all(np.abs(y) <= 1)


def test_erf_at_its_edges() -> None:
    ends = helpers._erf(np.array([-np.inf, 0, np.inf]))
    np.testing.assert_allclose(ends, [-1, 0, 1], rtol=2e-15, atol=0)
    assert np.isnan(helpers._erf(np.float64(np.nan)))
    scalar = helpers._erf_single(np.float32(0.5))
    assert isinstance(scalar, np.float32)


def test_sigmoid() -> None:
    x = np.linspace(-800, 800, 40001)
    np.testing.assert_allclose(helpers._sigmoid(x), scipy.special.expit(x), rtol=1e-14, atol=1e-307)
    numbers = np.append(x[::97], [-np.inf, np.inf])
    with np.errstate(all="raise", under="ignore"):
        found = [helpers._sigmoid(number) for number in numbers]
    assert {type(y) for y in found} == {np.float64}
    np.testing.assert_allclose(found, scipy.special.expit(numbers), rtol=1e-14, atol=1e-307)
    assert isinstance(helpers._sigmoid(np.float32(0.5)), np.float32)
    assert np.isnan(helpers._sigmoid(np.float64(np.nan)))


def test_lgamma() -> None:
    x = np.concatenate([np.linspace(0.01, 50, 20001), np.logspace(-300, 300, 601), [1, 2, 0.5]])
    _close(helpers._lgamma(x), scipy.special.gammaln(x), 1e-13)
    x = np.linspace(-20.01, -0.01, 2003)
    _close(helpers._lgamma(x), scipy.special.gammaln(x), 1e-13)
    assert helpers._lgamma(np.float64(np.inf)) == np.inf
    assert np.all(np.isinf(helpers._lgamma(np.array([0.0, -1, -2]))))


@pytest.mark.parametrize("n", range(6))
def test_polygamma(n: int) -> None:
    x = np.concatenate([np.linspace(0.01, 50, 5001), np.logspace(-3, 6, 601)])
    _close(helpers._polygamma(n, x), scipy.special.polygamma(n, x), 1e-13)
    assert helpers._polygamma(n, np.float32(2)).dtype == np.float32


def test_polygamma_below_0() -> None:
    x = np.linspace(-9.99, -0.01, 999)
    x = x[np.abs(x - np.round(x)) > 0.005]
    _close(helpers._polygamma(0, x), scipy.special.digamma(x), 1e-12)
    assert np.all(np.isnan(helpers._polygamma(2, x)))


@pytest.mark.parametrize("name", NAMES)
def test_a_helper_needs_numpy_and_helpers_alone(name: str) -> None:
    """Its text, with those that it calls, runs by itself."""
    needed = copied.with_needed([name])
    assert name in needed
    text = "\n\n".join(copied.source_of(n) for n in needed)
    scope: dict[str, Any] = {"np": np}
    exec(text, scope)
    function = ast.parse(copied.source_of(name)).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert ast.get_docstring(function)
    used = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    assert {n for n in used if n.startswith("_")} - {"_"} <= scope.keys()
    assert all(len(line) <= 100 for line in text.splitlines())
