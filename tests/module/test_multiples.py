"""Cotangents that are made of one another, as multiples of one array: random programs."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest

from tests.compiled import build

NUMBERS = ["1", "2", "-2", "0.5", "-0.2", "3", "0", "1e-16"]
TERMS = 6
# Pairs of terms whose cotangents may be multiples of x, or look as if they were.
PAIRS = (
    "{a} * sum({x} * {p}) + {b} * sum({x} * {q})",
    "{a} * (s * sum({x} * {p})) - {b} * (s * sum({x} * {q}))",
    "sum({a} * {x} * {p}) - sum({b} * {x} * {q})",
    "{a} * sum({p} / {x}) + {b} * sum({q} / {x})",
    "{a} * (s * sum({p} - {x})) + {b} * (s * sum({q} - {x}))",
    "sum({a} * {x} * {p} * {x} + {b} * {x} * {q} * {x})",
)


def program(seed: int) -> str:
    """A graph with an input and a parameter for each pair of terms."""
    r = random.Random(seed)
    lines = ["dim N", "param s"]
    for n in range(TERMS):
        p, q, x = f"p{n}", f"q{n}", f"x{n}"
        lines += [f"input {x}: [N]", f"param w{n}: [N]", f"{p} = w{n}**2", f"{q} = w{n}**3"]
        a, b = r.choice(NUMBERS), r.choice(NUMBERS)
        lines.append(f"t{n} = " + r.choice(PAIRS).format(a=a, b=b, p=p, q=q, x=x))
    return "\n".join([*lines, "loss J = " + " + ".join(f"t{n}" for n in range(TERMS)), ""])


def hold(text: str, params: dict[str, Any], inputs: dict[str, Any], near: float) -> None:
    expected = build(text, level=0).value_and_grad(params, **inputs)[1]
    found = build(text, level=1).value_and_grad(params, **inputs)[1]
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, rtol=near)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(8))
def test_gradients_stay_what_they_were(seed: int) -> None:
    rng = np.random.default_rng(seed)
    params = {f"w{n}": rng.uniform(0.5, 2, 5) for n in range(TERMS)} | {"s": np.array(0.75)}
    inputs = {f"x{n}": rng.uniform(0.5, 2, 5) for n in range(TERMS)}
    hold(program(seed), params, inputs, 1e-9)


def test_what_is_too_small_for_a_float_is_no_multiple_for_others() -> None:
    text = "dtype f32\ninput x: [3]\nparam w: [3]\np = w**2\nq = w**3\n"
    text += "loss J = sum(x * p) + sum(1e-16 * x * q)\n"
    x = np.full(3, 1e-30, np.float32)
    hold(text, {"w": np.ones(3, np.float32)}, {"x": x}, 1e-6)


def test_some_of_them_are_multiples() -> None:
    texts = [build(program(seed)).text for seed in range(8)]
    assert sum(bool(re.search(r"dJ_dp\d = (-|\S+ \* )dJ_dq\d  #", t)) for t in texts) > 4
