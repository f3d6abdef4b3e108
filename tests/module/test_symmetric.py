"""Sparse Hessians: each entry is found once, by few products, and stands there twice."""

import itertools
import random
import re
from typing import Any

import numpy as np
import pytest

from gradc.passes.offer.symmetric import star_coloured
from tests.compiled import build
from tests.module.test_sparse import dense

ALSO = ("hessian",)


def entries(module: Any, params: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The matrix of all parameters together, and its entries block by block."""
    sizes = {name: np.size(value) for name, value in params.items()}
    blocks = module.hessian(params)
    whole = [[dense(blocks[r][c], (sizes[r],), (sizes[c],)) for c in sizes] for r in sizes]
    return np.block(whole), [block for row in blocks.values() for block in row.values()]


def products(text: str) -> int:
    body = text.partition("def hessian")[2].partition("    return {")[0]
    return sum(int(n) for n in re.findall(r"for t in range\((\d+)\)", body))


def program(rng: random.Random) -> str:
    """A loss in which few elements of its parameters meet."""
    sizes = {name: rng.randint(1, 7) for name in "uvw"[: rng.randint(1, 3)]}
    lines = [f"param {name}: [{n}] ~ normal(1)" for name, n in sizes.items()]
    lines.append("param k = 0.5")
    elements = [f"{name}[{i}]" for name, n in sizes.items() for i in range(n)]
    terms = ["k**2"]
    for _ in range(rng.randint(2, 10)):
        some = rng.sample(elements, min(len(elements), rng.randint(1, 3)))
        form = rng.choice(["sin({})", "exp(0.3 * {})", "({})**3", "tanh({})"])
        terms.append(form.format(rng.choice([" * ", " + "]).join(some)))
    if rng.random() < 0.5:
        terms.append(f"{rng.choice(['k', elements[0]])} * sum({rng.choice(list(sizes))}**2)")
    return "\n".join([*lines, f"loss J = {' + '.join(terms)}"])


@pytest.mark.parametrize("seed", range(24))
def test_entries_are_those_of_the_dense_matrix_and_equal_on_both_sides(seed: int) -> None:
    text = program(random.Random(seed))
    sparse = build(text, level=seed % 3, also=ALSO, sparse=True)
    whole = build(text, level=seed % 3, also=ALSO)
    params = sparse.init_params(seed)
    found, blocks = entries(sparse, params)
    sizes = [np.size(v) for v in params.values()]
    wanted = np.block(
        [
            [np.reshape(b, (m, n)) for b, n in zip(row.values(), sizes, strict=True)]
            for row, m in zip(whole.hessian(params).values(), sizes, strict=True)
        ]
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(found, found.T)
    for _, rows, columns in blocks:
        assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == len(rows)


HUB = "param u: [12] ~ normal(1)\nparam s = 0.5\nloss J = "


@pytest.mark.parametrize(
    ("loss", "count"),
    [
        ("sum(u[1:]**3) + u[0] * sum(u**2)", 2),  # an arrow: 12 by columns
        ("s * sum(sin(u))", 1),  # beside the one that moves s
        ("sum((u[1:] - u[:-1]**2)**2)", 3),  # a band
        ("sum(u)**3", 12),  # all meet
    ],
)
def test_how_many_products_it_takes(loss: str, count: int) -> None:
    assert products(build(HUB + loss, also=ALSO, sparse=True).text) == count


def test_rules_of_ones_own_need_not_be_symmetric() -> None:
    text = (
        "param u: [2] = [2, 3]\nfn f(a, b) = a * b\n"
        "vjp f(a, b) -> y; dy {\n    da = dy * b**2\n    db = dy * a\n}\nloss J = f(u[0], u[1])\n"
    )
    found, _ = entries(build(text, also=ALSO, sparse=True), {"u": np.array([2.0, 3.0])})
    np.testing.assert_allclose(found, [[0, 6], [1, 0]])


def near(rng: np.random.Generator, n: int, chance: float) -> list[list[int]]:
    met = np.triu(rng.random((n, n)) < chance, 1)
    return [np.flatnonzero(row).tolist() for row in met | met.T]


@pytest.mark.parametrize("seed", range(30))
def test_no_path_of_four_has_two_colours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = near(rng, 14, rng.uniform(0.05, 0.5))
    kinds = [str(k) for k in rng.integers(0, 1 + seed % 3, 14)]
    numbers = star_coloured(graph, kinds)
    assert numbers is not None
    colours = list(zip(kinds, numbers, strict=True))
    for a, b in itertools.permutations(range(14), 2):
        if b not in graph[a]:
            continue
        assert colours[a] != colours[b]
        ends = [(z, y) for z, y in ((z, y) for z in graph[a] for y in graph[b])]
        for z, y in ends:
            if z not in (b, y) and y != a:
                assert len({colours[i] for i in (z, a, b, y)}) > 2


def test_what_is_nearly_dense_is_left_to_columns() -> None:
    full = [[j for j in range(300) if j != i] for i in range(300)]
    assert star_coloured(full, [""] * 300) is None
