"""Zero stays zero in forward mode: where values are finite and slopes are not, 0 moves nothing."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import build

# Formulas of x with an infinite slope at 0, and their slopes at 4.
ROOTS = {
    "sqrt(x)": 0.25,
    "x**0.5": 0.25,
    "sqrt(x) * exp(-x)": (0.25 - 2) * np.exp(-4),
    "sqrt(sqrt(x))": 0.25 * 4**-0.75,
    "twice(x)": 0.25 * 4**-0.75,
    "where(x < 9, sqrt(x), 1)": 0.25,
}
FUNCTIONS = """
fn twice(x) {
    scan h = x times 2 { next h = sqrt(h) }
    return h
}
"""


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("formula", list(ROOTS))
def test_what_stays_does_not_move(formula: str, level: int) -> None:
    text = f"{FUNCTIONS}param x: [2]\noutput y = {formula}\n"
    module = build(text, level=level, also=("jvp", "jacobian"))
    params: Any = {"x": np.array([0.0, 4.0])}
    with np.errstate(all="ignore"):
        moved = module.jvp(params, {"x": np.array([0.0, 1.0])}).y
        matrix = module.jacobian(params)["y"]["x"]
    np.testing.assert_allclose(moved, [0, ROOTS[formula]], rtol=1e-12)
    np.testing.assert_allclose(matrix, [[np.inf, 0], [0, ROOTS[formula]]], rtol=1e-12)


def test_a_direction_of_the_graph_is_no_other() -> None:
    module = build("input x: [2]\ninput v: [2]\noutput y = jvp(sqrt(x), x, v)\n")
    found = module.forward(x=np.array([0.0, 4.0]), v=np.array([0.0, 1.0]))[0].y
    np.testing.assert_array_equal(found, [0, 0.25])


def test_what_has_no_infinite_slope_is_not_guarded() -> None:
    text = build("param x: [3]\noutput y = sin(x) * sqrt(1 + x**2) / x\n", also=("jvp",)).text
    assert "np.where" not in text[text.index("def jvp") : text.index("def _params")]
