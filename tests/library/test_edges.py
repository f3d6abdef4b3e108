"""The conventions at the edges, against values that mpmath and torch 2.13 gave once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.targets.numpy import helpers
from tests.compiled import build
from tests.library.edges import along, by_level, inf, nan, run

# --- functions of one number, by mpmath to 40 digits: x, value, derivative ----------------------

TAILS = {
    "erfc(x)": [
        (-3.0, 1.9999779095030015, -0.00013925305194674786),
        (0.5, 0.4795001221869535, -0.8787825789354448),
        (10.0, 2.088487583762545e-45, -4.197656231354417e-44),
        (26.0, 5.663192408856143e-296, -2.9470349932662697e-294),
    ],
    "erfcx(x)": [
        (-5.0, 144009798674.66104, -1440097986747.7388),
        (0.0, 1.0, -1.1283791670955126),
        (3.0, 0.17900115118138996, -0.05437226000717287),
    ],
    "ndtr(x)": [
        (-37.0, 5.725571222524577e-300, 2.1200065515246056e-298),
        (-6.0, 9.86587645037698e-10, 6.075882849823285e-09),
        (0.5, 0.6914624612740131, 0.35206532676429947),
        (9.0, 1.0, 1.0279773571668915e-18),
    ],
    "log_ndtr(x)": [
        (-300.0, -45006.62273211866, 300.0033332592634),
        (-38.5, -745.695270290411, 38.52593909685449),
        (-8.0, -35.01343715991455, 8.121368112236112),
        (-1.0, -1.8410216450092636, 1.525135276160981),
        (-0.5, -1.1759117615936185, 1.1410777703680646),
        (3.0, -0.0013508099647481938, 0.004437839042125664),
        (9.0, -1.1285884059538405e-19, 1.0279773571668915e-18),
    ],
    "erfinv(x)": [
        (-0.9990234375, -2.331467773621948, 203.35632620489721),
        (1e-20, 8.86226925452758e-21, 0.886226925452758),
        (0.5, 0.4769362762044699, 1.1125848189719498),
        (0.85, 1.0179024648320276, 2.4976322679437533),
    ],
    "lgamma(x)": [
        (1e-5, 11.512919692895826, -100000.57719921568),
        (3.7, 1.428072326665388, 1.1671535393615113),
    ],
}


@by_level
@pytest.mark.parametrize("expression", TAILS)
def test_tails(expression: str, level: int) -> None:
    x, values, slopes = map(np.array, zip(*TAILS[expression], strict=True))
    found = along(expression, x, level)
    np.testing.assert_allclose(found[0], values, rtol=1e-12, atol=0)
    np.testing.assert_allclose(found[1], slopes, rtol=1e-12, atol=0)
    single = along(expression, x[np.abs(values) > 1e-30], level, "f32")
    assert single[0].dtype == single[1].dtype == np.float32
    np.testing.assert_allclose(single[0], values[np.abs(values) > 1e-30], rtol=1e-5)


@pytest.mark.parametrize("expression", ["erfc(x)", "erfcx(x)", "ndtr(x)", "log_ndtr(x)"])
def test_the_ends_of_the_tails(expression: str) -> None:
    with np.errstate(all="ignore"):
        y, dx = along(expression, [-inf, inf, nan, -1e4, 1e4], 1)
    ends = {"erfc(x)": (2, 0), "erfcx(x)": (inf, 0), "ndtr(x)": (0, 1), "log_ndtr(x)": (-inf, 0)}
    np.testing.assert_array_equal(y[:2], ends[expression])
    assert np.isnan(y[2])
    assert np.isnan(dx[2])


SINC = [
    (0, 1.0, 0.0, -3.289868133696453),
    (1e-300, 1.0, -3.289868133696453e-300, -3.289868133696453),
    (1e-08, 0.9999999999999999, -3.2898681336964526e-08, -3.289868133696452),
    (0.001, 0.999998355066745, -0.0032898648867278964, -3.289858392793072),
    (0.1, 0.983631643083466, -0.325751267883124, -3.193029835964854),
    (0.9, 0.10929240478705175, -1.178165467869117, 1.5394726848616678),
    (1.2, -0.15591488063143982, -0.5442517614529231, 2.4459044611635856),
    (7.3, -0.03527645306852628, -0.07568613687999279, 0.368900564372276),
    (-1e-05, 0.9999999998355066, 3.289868133371756e-05, -3.289868132722362),
]


@by_level
def test_sinc(level: int) -> None:
    x, y, first, _ = map(np.array, zip(*SINC, strict=True))
    found = along("sinc(x)", x, level)
    np.testing.assert_allclose(found[0], y, rtol=1e-12, atol=0)
    np.testing.assert_allclose(found[1], first, rtol=1e-12, atol=0)


def test_the_second_derivative_of_sinc() -> None:
    x, _, _, second = map(np.array, zip(*SINC, strict=True))
    np.testing.assert_allclose(helpers._sinc_derivative(2, x), second, rtol=1e-12, atol=0)


@by_level
def test_xlogy_of_0(level: int) -> None:
    text = "dim N\nparam x: [N] = 0\nparam y: [N] = 0\noutput z = xlogy(x, y)\n"
    module = build(text, level=level)
    x, y = np.zeros(6), np.array([0.0, -1, nan, inf, 2, -inf])
    outputs, saved = module.forward({"x": x, "y": y})
    found = module.backward(saved, dz=np.ones(6))
    np.testing.assert_array_equal(outputs.z, 0)
    np.testing.assert_array_equal(found["x"], [0, 0, 0, inf, np.log(2), 0])
    np.testing.assert_array_equal(found["y"], 0)


NORMS = [
    (0.5, 3.8616117120081035, [1.3895344025982415, -3.5877624001635073, 621.4186762568456, 0]),
    (0.1, 3706.737934274705, [873.3045004044095, -4815.967695086168, 51533862.49400358, 0]),
    (0.9, 2.406863860873699, [1.0186902583032702, -1.2314960611856276, 3.4525911470264505, 0]),
]


@by_level
@pytest.mark.parametrize(("order", "value", "slopes"), NORMS)
def test_norms_below_1(order: float, value: float, slopes: list[float], level: int) -> None:
    text = f"param x: [4] = [2, -0.3, 1e-5, 0]\nloss J = norm(x, ord={order})\n"
    outputs, found = run(text, level)
    np.testing.assert_allclose(outputs.J, value, rtol=1e-12)
    np.testing.assert_allclose(found["x"], slopes, rtol=1e-12, atol=0)
    outputs, found = run(f"param x: [4] = 0\nloss J = norm(x, ord={order})\n", level)
    assert outputs.J == 0
    np.testing.assert_array_equal(found["x"], 0)


# --- attention, by torch 2.13 -------------------------------------------------------------------

ATTENTION = (
    "dim T, S\nparam q: [1, T, 2] = 0.5\nparam k: [1, S, 2] = 0.25\nparam v: [1, S, 2] = 1\n"
)


@by_level
@pytest.mark.parametrize("form", ["mask=m", "mask=a", "mask=m, causal=true", "mask=a, causal=true"])
def test_rows_that_are_wholly_masked(form: str, level: int) -> None:
    text = (
        f"{ATTENTION}input m: bool[T, S]\na = where(m, 0.0, -inf)\n"
        f"output o = scaled_dot_product_attention(q, k, v, {form})\n"
    )
    module = build(text, level=level)
    rng = np.random.default_rng(0)
    params = {n: rng.normal(0, 1, (1, 3, 2)) for n in "qkv"}
    mask = np.array([[True, False, True], [False] * 3, [True, True, False]])
    outputs, saved = module.forward(params, m=mask)
    found = module.backward(saved, do=rng.normal(0, 1, (1, 3, 2)))
    assert np.all(np.isfinite(outputs.o))
    assert all(np.all(np.isfinite(g)) for g in found.values())
    np.testing.assert_array_equal(outputs.o[0, 1], 0)
    np.testing.assert_array_equal(found["q"][0, 1], 0)
    assert np.any(found["q"][0, 2])
    outputs, saved = module.forward(params, m=np.zeros((3, 3), bool))
    found = module.backward(saved, do=np.ones((1, 3, 2)))
    assert not np.any(outputs.o)
    assert not any(np.any(g) for g in found.values())


@by_level
@pytest.mark.parametrize("form", ["", ", mask=m"])
@pytest.mark.parametrize(("t", "s"), [(0, 0), (2, 0), (0, 2)])
def test_attention_over_no_tokens(t: int, s: int, form: str, level: int) -> None:
    """No query gives nothing, and over no key the result is 0."""
    text = (
        f"{ATTENTION}input m: bool[T, S]\noutput o = scaled_dot_product_attention(q, k, v{form})\n"
    )
    module = build(text, level=level)
    params = {"q": np.ones((1, t, 2)), "k": np.ones((1, s, 2)), "v": np.ones((1, s, 2))}
    outputs, saved = module.forward(params, m=np.ones((t, s), bool))
    np.testing.assert_array_equal(outputs.o, np.zeros((1, t, 2)))
    for name, gradient in module.backward(saved, do=np.ones((1, t, 2))).items():
        np.testing.assert_array_equal(gradient, np.zeros_like(params[name]))


# --- determinants -------------------------------------------------------------------------------

MATRICES = [
    ([[1, 2], [2, 4]], [[4, -2], [-2, 1]]),  # of rank 1
    ([[0, 0], [0, 0]], [[0, 0], [0, 0]]),
    ([[2, 1], [1, 3]], [[3, -1], [-1, 2]]),
    ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]),  # of rank 2
    ([[1, 2, 3], [2, 4, 6], [3, 6, 9]], np.zeros((3, 3))),  # of rank 1
    ([[5]], [[1]]),
    ([[0]], [[1]]),
]


@by_level
@pytest.mark.parametrize(("matrix", "cofactors"), MATRICES)
def test_the_determinant_of_singular_matrices(matrix: Any, cofactors: Any, level: int) -> None:
    n = len(matrix)
    _, found = run(f"param a: [{n}, {n}] = {matrix}\nloss J = det(a)\n", level)
    np.testing.assert_allclose(found["a"], cofactors, rtol=1e-12, atol=1e-12)


@by_level
def test_one_singular_matrix_does_not_stop_a_batch(level: int) -> None:
    text = "param a: [3, 2, 2] = [[[2, 1], [1, 3]], [[1, 2], [2, 4]], [[1, 0], [0, 1]]]\n"
    _, found = run(f"{text}loss J = sum(det(a))\n", level)
    expected = [[[3, -1], [-1, 2]], [[4, -2], [-2, 1]], [[1, 0], [0, 1]]]
    np.testing.assert_allclose(found["a"], expected, rtol=1e-12, atol=1e-12)
    with np.errstate(all="ignore"):
        text = f"{text}s, y = slogdet(a)\noutput s, y\n"
        outputs, found = run(text, level, {"dy": np.ones(3)})
    np.testing.assert_allclose(outputs.s, [1, 0, 1])
    np.testing.assert_allclose(outputs.y, [np.log(5), -inf, 0], atol=1e-15)
    np.testing.assert_allclose(found["a"][0], [[0.6, -0.2], [-0.2, 0.4]])
    assert np.all(np.isnan(found["a"][1]))
    np.testing.assert_allclose(found["a"][2], np.eye(2))


def test_the_determinant_of_what_is_no_number() -> None:
    with np.errstate(all="ignore"):
        _, found = run("param a: [2, 2] = 1\nloss J = det(a * (inf - inf))\n", 1)
    assert np.all(np.isnan(found["a"]))
