"""Rows of few numbers in loops over blocks, which `-O2` turns: random programs, held to `-O0`."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from tests.compiled import build

HEAD = "dim N, M\ninput ids: i64[N]\ninput t: [N, {k}]\nparam a: [N, {k}]\nparam b: [N, {k}]\n"
HEAD += "param row: [{k}]\nparam one: [1, {k}]\nparam table: [M, {k}]\n"
# What makes a value of so many columns of others: x, y of the same number, c a column, r a row.
WIDE = (
    "{x} * {c}", "{x} + {r}", "{x} / (1 + square({c}))", "sin({x}) * {y}", "{x} - {y}",
    "concatenate([{x}[:, 1:], {c}], axis=1)", "{x} - max({x}, axis=1, keepdims=true)",
    "where({x} > 0, {x}, {c})", "cumsum({x}, axis=-1)", "take(table, ids, axis=0) * {x}",
    "{x} @ turn", 'einsum("ni,ij->nj", {x}, turn)', "broadcast_to({c}, {x}.shape) * {x}",
    "softmax({x})", "{x} - mean({y}, axis=0)", "stack([{columns}], axis=1)",
    "stop_gradient({x}) * {y}",
)  # fmt: skip
COLUMN = (
    "sum({x}, axis=1, keepdims=true)", "{x}[:, {i}:{j}]", "{x}[..., {i}][:, newaxis]",
    "mean({x} * {y}, axis=1, keepdims=true)", "tanh({c})", "logsumexp({x}, axis=1)[:, newaxis]",
)  # fmt: skip
LOSSES = (
    "sum(square({x} - t))", "sum({x} * {r})", "sum(tanh({x}[:, 0]) * {c}[:, 0])",
    "sum(square(sum({x}, axis=0)))", "sum(take({x}, ids, axis=0) * t)",
)  # fmt: skip


def program(seed: int) -> tuple[str, int]:
    """A graph whose values have rows of so many numbers."""
    r = random.Random(seed)
    k = r.choice([2, 2, 3, 3, 5, 8])
    wide, columns = ["a", "b"], ["a[:, :1]", "t[:, 1:2]"]
    lines = [HEAD.format(k=k), f"param turn: [{k}, {k}]"]

    def filled(form: str) -> str:
        i = r.randrange(k)
        taken = ", ".join(f"{r.choice(wide)}[:, {r.randrange(k)}]" for _ in range(k))
        return form.format(
            x=r.choice(wide[-3:]), y=r.choice(wide), c=r.choice(columns), i=i, j=i + 1,
            r=r.choice(["row", "one"]), columns=taken,
        )  # fmt: skip

    for n in range(r.randint(5, 9)):
        kind, forms = ("w", WIDE) if r.random() < 0.65 else ("c", COLUMN)
        lines.append(f"{kind}{n} = {filled(r.choice(forms))}")
        (wide if kind == "w" else columns).append(f"{kind}{n}")
    lines.append("loss J = " + " + ".join(filled(f) for f in r.sample(LOSSES, 2)))
    return "\n".join(lines) + "\n", k


def arguments(k: int, n: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(n)
    m = max(n, 1)  # rows of the table
    shapes = {"a": (n, k), "b": (n, k), "row": (k,), "one": (1, k), "table": (m, k), "turn": (k, k)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return params, {"ids": rng.integers(0, m, n), "t": rng.normal(size=(n, k))}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(40))
def test_columns_are_what_rows_are(seed: int) -> None:
    text, k = program(seed)
    rows, columns = build(text, level=0), build(text, level=2)
    workspace = columns.Workspace()
    for n in (7, 40_001, 0, 1, 7):
        params, inputs = arguments(k, n)
        expected = rows.value_and_grad(params, **inputs)
        found = columns.value_and_grad(params, **inputs, workspace=workspace)
        scale = max([1.0, abs(expected[0])])
        assert found[0] == pytest.approx(expected[0], rel=1e-9, abs=1e-9 * scale, nan_ok=True)
        for name, gradient in expected[1].items():
            size = float(np.max(np.abs(gradient), initial=1.0))
            np.testing.assert_allclose(found[1][name], gradient, rtol=1e-8, atol=1e-9 * size)
            # (What is cumulated backwards is flipped.)
            assert "cumsum" in text or found[1][name].flags.c_contiguous, name


def test_most_of_them_are_turned() -> None:
    texts = [build(program(seed)[0], level=2).text for seed in range(40)]
    assert sum("_columns" in t.partition("def value_and_grad")[2] for t in texts) > 20
