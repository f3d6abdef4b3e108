"""What feeds only the branch that is not taken contributes exactly 0, never `0 * inf`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source

LEVELS = (0, 1)


def gradient(statement: str, x: Any, level: int) -> Any:
    """The gradient of `sum(y)` for `y = …` of a parameter w at x."""
    text = f"dim n\nparam w: [n]\ny = {statement}\nloss J = sum(y)\n"
    namespace: dict[str, Any] = {}
    exec(compile_source(Source("choice.graph", text), Options(level=level)).text, namespace)
    with np.errstate(all="ignore"):
        return namespace["value_and_grad"]({"w": np.array(x, float)})[1]["w"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("statement", "x", "expected"),
    [
        ("where(w > 0, log(w), 0)", [0.0, 2.0], [0.0, 0.5]),
        ("where(w > 0, sqrt(w), 0)", [0.0, 4.0], [0.0, 0.25]),
        ("where(w > 0, w * log(w), 0)", [0.0, 1.0], [0.0, 1.0]),
        ("where(w != 0, 1 / w, 0)", [0.0, 2.0], [0.0, -0.25]),
        ("where(w > 0, w**0.5, 0)", [0.0, 4.0], [0.0, 0.25]),
        ("where(w < 100, exp(w), 0)", [0.0, 1e4], [1.0, 0.0]),
        ("where(w > 0, log(sqrt(w)), 0)", [0.0, 2.0], [0.0, 0.25]),
        ("clip(1 / w, min=0, max=10)", [0.0, 2.0], [0.0, -0.25]),
        ("maximum(log(w), 0)", [0.0, 2.0], [0.0, 0.5]),
        ("where(norm(w) > 0, w / norm(w), 0)", [0.0, 0.0], [0.0, 0.0]),
        ("norm(w)", [0.0, 0.0], [0.0, 0.0]),
    ],
)
def test_the_branch_taken_decides(
    statement: str, x: list[float], expected: list[float], level: int
) -> None:
    np.testing.assert_allclose(gradient(statement, x, level), expected, rtol=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_calculus_is_left_alone_without_a_choice(level: int) -> None:
    assert gradient("sqrt(w)", [0.0], level)[0] == np.inf


@pytest.mark.parametrize("level", LEVELS)
def test_a_second_path_without_a_choice_is_not_guarded(level: int) -> None:
    found = gradient("where(w > 1, sqrt(w), 0) + sqrt(w)", [0.0, 4.0], level)
    np.testing.assert_allclose(found, [np.inf, 0.5])


def test_only_parts_that_need_a_guard_have_one() -> None:
    text = "dim n\nparam w: [n]\ny = where(w > 0, w, 0)\nloss J = sum(log(w) + tanh(y))\n"
    module = compile_source(Source("plain.graph", text)).text
    assert "does not count" not in module
    guarded = compile_source(Source("g.graph", text.replace("0, w, 0", "0, sqrt(w), 0"))).text
    assert "does not count" in guarded


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_later_step_leaves_out_contributes_zero(level: int) -> None:
    """The last step is handed a cotangent of 1; what it hands to the one before may be 0."""
    text = (
        "param w: [2]\ninput keep: bool[2, 2]\nscan h = w over k in keep {\n"
        "    next h = sqrt(where(k, h, 4))\n}\nloss J = sum(h)\n"
    )
    namespace: dict[str, Any] = {}
    exec(compile_source(Source("later.graph", text), Options(level=level)).text, namespace)
    with np.errstate(all="ignore"):
        keep = np.array([[True, True], [False, True]])
        found = namespace["value_and_grad"]({"w": np.array([0.0, 16.0])}, keep=keep)[1]["w"]
    np.testing.assert_allclose(found, [0, 1 / 32])
