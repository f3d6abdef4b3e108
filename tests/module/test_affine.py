"""A row that is added to a product is one more row of its matrix at `-O2`; the numbers stay."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from tests.compiled import build

HEAD = "dtype {dtype}\ndim N\nparam x: [N, 5]\nparam W: [{W}]\nparam c: [{c}]\n"
# How the product is written, the axes of W, those of c, and whether it is taken.
FORMS = {
    "product": ("x @ W + c", (5, 90), (90,), True),
    "turned": ("c + x @ W.T", (90, 5), (90,), True),
    "less": ("x @ W - c", (5, 90), (90,), True),
    "from": ("c - x @ W", (5, 90), (90,), False),
    "two axes": ('einsum("nj,kji->nki", x, W) - c', (30, 5, 3), (30, 3), True),
    "last": ('einsum("kij,nj->nki", W, x) + c', (30, 3, 5), (30, 3), True),
    "in another order": ('einsum("ikj,nj->nki", W, x) + c', (3, 30, 5), (30, 3), False),
    "narrow": ("x @ W + c", (5, 12), (12,), False),
    "not of all columns": ("x @ W + c", (5, 90), (1,), False),
}


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("name", FORMS)
def test_a_bias_in_a_product(name: str, dtype: str) -> None:
    form, W, c, taken = FORMS[name]
    head = HEAD.format(dtype=dtype, W=", ".join(map(str, W)), c=", ".join(map(str, c)))
    text = f"{head}z = {form}\nloss J = sum(sin(z) * z) + sum(square(x))\n"
    plain, fast = build(text, level=0), build(text, level=2)
    found = fast.text.partition("def value_and_grad")[2].partition("\ndef ")[0]
    assert bool(re.search(r"np\.concatenate\(\[x", found)) is taken
    real: Any = np.float32 if dtype == "f32" else np.float64
    near = 2e-4 if dtype == "f32" else 1e-12
    for n in (0, 1, 7, 1500):
        rng = np.random.default_rng(n)
        shapes = {"x": (n, 5), "W": W, "c": c}
        params = {key: rng.normal(size=shape).astype(real) for key, shape in shapes.items()}
        expected, got = plain.value_and_grad(params), fast.value_and_grad(params)
        assert got[0] == pytest.approx(expected[0], rel=near, abs=near * max(n, 1))
        for key, gradient in expected[1].items():
            size = float(np.max(np.abs(gradient), initial=1.0))
            np.testing.assert_allclose(got[1][key], gradient, rtol=near, atol=near * size)
