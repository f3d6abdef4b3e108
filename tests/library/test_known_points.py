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
    "gradient(x, 1, 2)": "2 spacings for 1 axis",
    "gradient(x[:1])": "need 2 points",
    "gradient(x, edge_order=3)": "1 or 2",
    "gradient(x, x[1:])": "5 positions",
    "meshgrid()": "one vector or more",
    'meshgrid(x, "ij")': "the string",
    "diff(x, n=-1)": "0 times or more",
    "topk(x, 6)[0]": "6 elements are asked for along an axis of 5",
    'convolve(x, x, mode="ful")': '"full"',
    "convolve(x, x[newaxis])": "no vector",
    'pad(x, [[1, 1]], mode="replicate")': '"edge"',
    'pad(x, [[1, 1]], "reflect", 2)': "holds no constant",
    'pad(x[:0], [[1, 1]], "wrap")': "has no elements",
    "put_along_axis(x, [[0]], 1)": "the same rank",
    'searchsorted(x, x, side="lef")': "right",
}


@pytest.mark.parametrize("call", REFUSED)
def test_refusals(call: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        build(f"input x: [5]\noutput y = {call}\n")
    found: Any = caught.value.diagnostics[0]
    assert REFUSED[call] in f"{found.message} {' '.join(found.helps)} {found.text}"


POINTS = """\
param x: [6] = [-1, 0, 0.5, 1, 3, 4]
param xp: [3] = [0, 1, 3]
param fp: [3] = [1, 2, -2]
loss J = sum(interp(x, xp, fp))
"""


@by_level
def test_interpolation_at_points_and_beyond(level: int) -> None:
    """A point belongs to the piece behind it, the last one to the last piece; beyond it is flat."""
    outputs, gradients = run(POINTS, level)
    assert outputs.J == 1 + 1 + 1.5 + 2 - 2 - 2
    np.testing.assert_allclose(gradients["x"], [0, 1, 1, -2, -2, 0])
    np.testing.assert_allclose(gradients["fp"], [2.5, 1.5, 2])
    one = "param x: [3] = [0, 1, 2]\nloss J = sum(interp(x, [1.0], [5.0], left=-1, right=-2))\n"
    outputs, gradients = run(one, level)
    assert outputs.J == 2
    np.testing.assert_array_equal(gradients["x"], 0)
    text = "input x: [2]\noutput y = interp(x, [0.0, 1], [1.0, 3])\n"
    np.testing.assert_array_equal(build(text, level=level).outputs(x=[nan, 0.5]).y, [nan, 2])


@by_level
def test_values_put_in_one_place(level: int) -> None:
    """The last one stays, and it alone gets the cotangent, however the arrays lie in memory."""
    text = """\
input i: i64[2, 3]
param x: [2, 2] = [[1, 2], [3, 4]]
param v: [2, 3] = [[5, 6, 7], [8, 9, 10]]
output y = put_along_axis(x, i, v, axis=1)
"""
    where, dy = [[0, -2, 0], [1, 0, 1]], np.array([[1.0, 2], [3, 4]])
    for i in (np.array(where), np.asfortranarray(where), np.array(where)[:, ::-1].copy()[:, ::-1]):
        outputs, gradients = run(text, level, {"dy": dy}, i=i)
        np.testing.assert_array_equal(outputs.y, [[7, 2], [9, 10]])
        np.testing.assert_array_equal(gradients["x"], [[0, 2], [0, 0]])
        np.testing.assert_array_equal(gradients["v"], [[0, 0, 1], [0, 3, 4]])


@by_level
def test_largest_so_far(level: int) -> None:
    """Equal ones share equally what comes while they are the largest; from NaN on all is NaN."""
    text = "param x: [5] = [1, 3, 2, 3, 5]\noutput y = cummax(x)\noutput z = cummin(-x)\n"
    dy = np.array([1.0, 10, 100, 1000, 10000])
    outputs, gradients = run(text, level, {"dy": dy})
    np.testing.assert_array_equal(outputs.y, [1, 3, 3, 3, 5])
    np.testing.assert_array_equal(gradients["x"], [1, 610, 0, 500, 10000])
    _, gradients = run(text, level, {"dz": dy})
    np.testing.assert_array_equal(gradients["x"], [-1, -610, 0, -500, -10000])
    text = "param x: [3] = [1, nan, 2]\noutput y = cummax(x)\n"
    outputs, gradients = run(text, level, {"dy": np.array([1.0, 0, 0])})
    np.testing.assert_array_equal(outputs.y, [1, nan, nan])
    np.testing.assert_array_equal(gradients["x"], [1, 0, 0])


@by_level
def test_logcumsumexp_far_out(level: int) -> None:
    text = "param x: [5] = [-inf, 1e4, -1e4, 1e4, 0]\noutput y = logcumsumexp(x)\n"
    outputs, gradients = run(text, level, {"dy": np.array([0.0, 1, 1, 1, 1])})
    np.testing.assert_allclose(outputs.y, [-np.inf, 1e4, 1e4, 1e4 + np.log(2), 1e4 + np.log(2)])
    np.testing.assert_allclose(gradients["x"], [0, 3, 0, 1, 0], atol=1e-12)


@by_level
def test_topk(level: int) -> None:
    """Of equal ones the first; NaN is the largest, as torch has it."""
    text = "param x: [5] = [2, 7, nan, 7, 1]\nv, i = topk(x, 3)\noutput v, i\n"
    text += "w, j = topk(x, 2, largest=false)\noutput w, j\n"
    outputs, gradients = run(text, level, {"dv": np.array([1.0, 2, 3]), "dw": np.array([4.0, 5])})
    np.testing.assert_array_equal(outputs.v, [nan, 7, 7])
    assert (*outputs.i, *outputs.j) == (2, 1, 3, 4, 0)
    np.testing.assert_array_equal(gradients["x"], [5, 2, 1, 3, 4])
    free = build("dim N\ninput x: [N]\nv, i = topk(x, 3)\noutput v\n", level=level)
    np.testing.assert_array_equal(free.outputs(x=[1.0, 4, 2, 3]).v, [4, 3, 2])
    with pytest.raises(ValueError, match="3 elements are asked for"):
        free.outputs(x=[1.0, 2])


@by_level
@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric", "wrap"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_margins_wider_than_what_they_show(mode: str, size: int, level: int) -> None:
    """Values are NumPy's, and each element gets the cotangents of all its copies."""
    x, dy = np.arange(1.0, size + 1), RNG.normal(size=size + 11)
    text = f'dim N\nparam x: [N]\noutput y = pad(x, [[7, 4]], mode="{mode}")\n'
    module = build(text, level=level)
    outputs, saved = module.forward({"x": x})
    np.testing.assert_array_equal(outputs.y, np.pad(x, (7, 4), mode))
    sources = np.pad(np.arange(size), (7, 4), mode)
    expected = np.bincount(sources, dy, size)
    np.testing.assert_allclose(module.backward(saved, dy=dy)["x"], expected, rtol=1e-13)


@by_level
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("sizes", [(3, 3), (2, 6), (6, 2), (1, 1)])
def test_convolutions_of_any_sizes(sizes: tuple[int, int], mode: str, level: int) -> None:
    a, b = (RNG.normal(size=n) for n in sizes)
    text = f'dim M, N\nparam a: [M]\nparam b: [N]\noutput y = convolve(a, b, mode="{mode}")\n'
    module = build(text, level=level)
    outputs, saved = module.forward({"a": a, "b": b})
    np.testing.assert_allclose(outputs.y, np.convolve(a, b, mode), rtol=1e-13)
    gradients = module.backward(saved, dy=outputs.y)
    for name, x in (("a", a), ("b", b)):
        each = [np.convolve(*(e, b) if name == "a" else (a, e), mode) for e in np.eye(len(x))]
        np.testing.assert_allclose(gradients[name], each @ outputs.y, rtol=1e-12)
