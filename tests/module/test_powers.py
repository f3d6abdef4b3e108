"""Powers with whole exponents are products, and come out as they do where nothing is simplified."""

import re

import numpy as np
import pytest

from tests.compiled import build

SPECIAL = [-3.5, -1.0, -0.25, -0.0, 0.0, 1e-3, 2.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("exponent", [-17, -8, -3, -2, -1, 0, 2, 3, 4.0, 5, 6, 7, 12, 16, 17])
def test_products_agree_with_powers(exponent: float, dtype: str) -> None:
    text = f"dtype {dtype}\ndim N\nparam x: [N]\ny = x**{exponent}\noutput y\nloss J = sum(y)\n"
    x = np.array(SPECIAL, np.float32 if dtype == "f32" else np.float64)
    rtol = 2e-6 if dtype == "f32" else 1e-14
    with np.errstate(all="ignore"):
        (y, dx), (plain_y, plain_dx) = [
            (module.outputs({"x": x}).y, module.gradients({"x": x})["x"])
            for module in (build(text), build(text, level=0))
        ]
    np.testing.assert_allclose(y, plain_y, rtol)
    np.testing.assert_allclose(dx, plain_dx, rtol)
    assert (np.signbit(y) == np.signbit(plain_y))[~np.isnan(y)].all()


def test_squares_are_made_once() -> None:
    text = build(
        "param x: [3] = 1\nparam s = 1\nloss J = sum(x**4) + sum(x**-2) + sum(x**6) + s**3\n"
    ).text
    code = re.sub("#.*", "", text)
    assert code.count("x**2") == 1
    assert "x**4" not in code
    assert "s**3" in code


def test_powers_in_loops_are_products() -> None:
    text = "input x: [4, 3]\nparam h: [3] = 1\nscan s = h over a in x {\n    next s = s**3 + a\n}\n"
    code = re.sub("#.*", "", build(f"{text}loss J = sum(s)\n").text)
    assert "**3" not in code


@pytest.mark.parametrize(
    ("power", "call"), [("4", "np.square"), ("-1", "np.reciprocal"), ("0.5", "np.sqrt")]
)
def test_in_place_they_are_what_numpy_makes_of_the_operator(power: str, call: str) -> None:
    text = f"input x: [4, 3]\noutput y = (x @ eye(3))**{power}\n"
    assert f"{call}(" in build(text).text
