"""Functions known at points, and statistics: what their examples cannot say, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError
from tests.compiled import build
from tests.library.edges import by_level, nan, run

RNG = np.random.default_rng(3)
F, X, P = RNG.normal(size=(4, 5)), np.sort(RNG.normal(size=5)), RNG.normal(size=4)

CALLS = {
    "gradient(f, 0.5)": np.gradient(F, 0.5),
    "gradient(f, 0.5, x)": np.gradient(F, 0.5, X),
    "gradient(f, p, 2, edge_order=2)": np.gradient(F, P, 2, edge_order=2),
    "gradient(f, x, axis=-1)": np.gradient(F, X, axis=-1),
    "gradient([1.0, 2, 4], [0, 1, 3])": np.gradient([1.0, 2, 4], [0, 1, 3]),
    "diff(f, n=0)": F,
    "diff(f, axis=0, append=1)": np.diff(F, axis=0, append=1),
    "diff(f > 0)": np.diff(F > 0),
    "trapezoid(f, x)": np.trapezoid(F, X),
    "trapezoid(f, p, axis=0)": np.trapezoid(F, P, axis=0),
    "quantile(f, [0, 0.5, 1], axis=1, keepdims=true)": np.quantile(
        F, [0, 0.5, 1], axis=1, keepdims=True
    ),
    "quantile(f, [[0.1, 0.2], [0.7, 0.9]], axis=0)": np.quantile(
        F, [[0.1, 0.2], [0.7, 0.9]], axis=0
    ),
    "cov(x, x**2)": np.cov(X, X**2),
    "cov(x)": np.cov(X),
    "cov(f, rowvar=false, ddof=0)": np.cov(F, rowvar=False, ddof=0),
    "meshgrid(x, p, 3.0)": np.meshgrid(X, P, 3.0),
    'meshgrid(x, p, x, indexing="ij")': np.meshgrid(X, P, X, indexing="ij"),
} | {
    f'quantile(x, {q}, method="{m}")': np.quantile(X, q, method=m)
    for m in ("lower", "higher", "midpoint", "nearest")
    for q in (0.5, 0.3, 0.625)
}


@by_level
@pytest.mark.parametrize("sizes", ["5, 4", "free"])
@pytest.mark.parametrize("call", CALLS)
def test_values(call: str, sizes: str, level: int) -> None:
    expected = CALLS[call] if isinstance(CALLS[call], list | tuple) else [CALLS[call]]
    names = ", ".join(f"y{i}" for i in range(len(expected)))
    dims = "dim M, N\n" if sizes == "free" else "dim M = 4, N = 5\n"
    text = f"{dims}input f: [M, N]\ninput x: [N]\ninput p: [M]\noutput {names} = {call}\n"
    found = build(text, level=level).forward(f=F, x=X, p=P)[0]
    for y, array in zip(found, expected, strict=True):
        assert np.shape(y) == np.shape(array)
        np.testing.assert_allclose(y, array, rtol=1e-12, atol=1e-13)


@by_level
def test_nan(level: int) -> None:
    """One NaN is enough for order, and left out of what leaves NaN out; its derivative is 0."""
    text = """\
param x: [2, 3] = [[3, nan, 1], [1, 2, 4]]
output m = median(x, axis=1)
output q = quantile(x, 0.25, axis=1)
output s = nansum(x, axis=1)
output a = nanmean(x, axis=1)
"""
    ones = np.ones(2)
    for name, values, slopes in [
        ("m", [nan, 2], [[0, 0, 0], [0, 1, 0]]),
        ("q", [nan, 1.5], [[0, 0, 0], [0.5, 0.5, 0]]),
        ("s", [4, 7], [[1, 0, 1], [1, 1, 1]]),
        ("a", [2, 7 / 3], [[0.5, 0, 0.5], [1 / 3, 1 / 3, 1 / 3]]),
    ]:
        outputs, gradients = run(text, level, {f"d{name}": ones})
        np.testing.assert_allclose(getattr(outputs, name), values)
        np.testing.assert_allclose(gradients["x"], slopes)


@by_level
def test_integers(level: int) -> None:
    text = "input x: i64[4]\noutput a, b = median(x), quantile(x, 0.5)\n"
    text += "output c, d = nanmean(x), median(x[:3])\noutput e = quantile(x, [0.25, 0.5])\n"
    found = build(text, level=level).outputs(x=[4, 1, 2, 8])
    assert (found.a, found.b, found.c, found.d) == (3.0, 3.0, 3.75, 2.0)
    np.testing.assert_allclose(found.e, [1.75, 3])


REFUSED = {
    "quantile(x, 90)": "0.9",
    'quantile(x, 0.5, method="linar")': "linear",
    "median(x[:0])": "no elements",
    "gradient(x, 1, 2)": "2 spacings for 1 axes",
    "gradient(x[:1])": "need 2 points",
    "gradient(x, edge_order=3)": "1 or 2",
    "gradient(x, x[1:])": "5 positions",
    "meshgrid()": "one vector or more",
    'meshgrid(x, "ij")': "the string",
    "diff(x, n=-1)": "0 times or more",
}


@pytest.mark.parametrize("call", REFUSED)
def test_refusals(call: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        build(f"input x: [5]\noutput y = {call}\n")
    found: Any = caught.value.diagnostics[0]
    assert REFUSED[call] in f"{found.message} {' '.join(found.helps)} {found.text}"
