"""A row that is added to a product is one more row of its matrix at `-O2`; the numbers stay."""

from __future__ import annotations

import random
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


# What may be added to a product, and what else may read what it is made of.
PRODUCTS = ("{x} @ W", "{x} @ U.T", 'einsum("jk,nj->nk", W, {x})')
ROWS = ("+ c", "- c", "+ d", "- d", "+ one", "- s", "+ y", "+ y[:, :1]", "+ fixed", "+ f")
OTHERS = (
    "sum(sin({x}.T @ y))", "sum(sin(sum(y, axis=0)))", 'sum(cos(einsum("nj,nk->kj", {x}, y)))',
    'sum(einsum("nj,nj->n", {x}, {x}) * y[:, 0])', "sum(sin({x}.T @ {x}))", "sum({z} * y)",
    "sum(sin({x}.T @ {z}))", 'sum(sin(einsum("nj,nk->nk", {x}, {z})))', "sum(square({p}))",
    "sum(sum({z}, axis=0, keepdims=true) * y)", "sum(max({z}, axis=1)) + sum({x})",
    'sum(sin(einsum("nj,mk->jk", {x}, {z})))',
)  # fmt: skip


def program(seed: int) -> str:
    """Products of narrow rows to which rows are added, and other readers of all of that."""
    r = random.Random(seed)
    lines = ["dim N", "param x0: [N, 5]", "param x1: [N, 5]", "param y: [N, 90]", "param s"]
    lines += ["param W: [5, 90]", "param U: [90, 5]", "param c: [90]", "param d: [90]"]
    lines += ["param one: [1]", "input fixed: [90]", "param f: f32[90]"]
    terms = []
    for n in range(2):
        x = r.choice(["x0", "x1"])
        rows = " ".join([r.choice(ROWS[: r.choice([2, 10])]), *r.sample(ROWS, r.randint(0, 2))])
        lines.append(f"p{n} = " + r.choice(PRODUCTS).format(x=x))
        forms = [f"p{n} {rows}"] * 3 + [f"c - p{n}", f"d - (p{n} {rows})"]
        lines.append(f"z{n} = {r.choice(forms)}")
        terms.append(r.choice(["sum(sin({z}))", "sum(exp(-tanh({z})))"]).format(z=f"z{n}"))
        terms += [t.format(x=x, z=f"z{n}", p=f"p{n}") for t in r.sample(OTHERS, r.randint(0, 2))]
    return "\n".join([*lines, "loss J = " + " + ".join(terms), ""])


def arguments(n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(n)
    shapes = {"x0": (n, 5), "x1": (n, 5), "y": (n, 90), "W": (5, 90), "U": (90, 5)}
    shapes |= {"c": (90,), "d": (90,), "one": (1,), "s": (), "f": (90,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    params["f"] = params["f"].astype(np.float32)
    return params, {"fixed": rng.normal(size=90)}


@pytest.mark.parametrize("seed", range(24))
def test_a_bias_among_other_readers(seed: int) -> None:
    text = program(seed)
    plain, fast = build(text, level=0), build(text, level=2)
    params, inputs = arguments(7)
    expected, got = plain.value_and_grad(params, **inputs), fast.value_and_grad(params, **inputs)
    assert got[0] == pytest.approx(expected[0], rel=1e-11)
    for key, gradient in expected[1].items():
        near = 1e-5 if key == "f" else 1e-10
        np.testing.assert_allclose(got[1][key], gradient, rtol=near, atol=near)


# Sums that look like the gradient of a row, beside products that look like that of a matrix.
LOOKALIKES = (
    'sum(sin(einsum("nj,mk->jk", x0, z)) * sum(z, axis=0))',
    'sum(sin(einsum("nj,nk->k", x0, z)) * sum(z, axis=0))',
    'sum(sin(einsum("nj,nk->jk", x0, z)) * sum(z, axis=0, keepdims=true))',
    'sum(sin(einsum("nj,nk->nk", x0, z))) + sum(cos(sum(z, axis=0)))',
    "sum(sin(x0.T @ z)) + sum(cos(sum(z, axis=1)))",
    "sum(sin(g)) + sum(cos(h))",
    'sum(sin(einsum("nj,nki->ikj", x0, z3))) + sum(cos(sum(z3, axis=0)))',
    'sum(sin(einsum("jn,jk->nk", x0.T, W) + c)) + sum(z)',
)


@pytest.mark.parametrize("form", LOOKALIKES)
def test_what_looks_like_a_gradient(form: str) -> None:
    given = "dim N\nparam x0: [N, 5]\nparam x1: [N, 5]\nparam W: [5, 90]\nparam c: [90]\n"
    given += "param y: [N, 90]\ng = x0.T @ y\nh = sum(y, axis=0)\nz = x0 @ W + c\n"
    given += "z3 = reshape(z, [N, 30, 3])\n"
    text = f"{given}loss J = sum(sin(z)) + {form}\n"
    arrays, _ = arguments(7)
    params = {name: arrays[name] for name in ("x0", "x1", "W", "c", "y")}
    expected, got = (build(text, level=n).value_and_grad(params) for n in (0, 2))
    assert got[0] == pytest.approx(expected[0], rel=1e-11)
    for key, gradient in expected[1].items():
        np.testing.assert_allclose(got[1][key], gradient, rtol=1e-9, atol=1e-9)


def test_many_of_them_are_taken() -> None:
    texts = [build(program(seed), level=2).text for seed in range(24)]
    found = [t.partition("def value_and_grad")[2].partition("\ndef ")[0] for t in texts]
    assert sum(bool(re.search(r"np\.concatenate\(\[x\d\w*, ", t)) for t in found) > 8
