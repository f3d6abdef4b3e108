"""`--sparse`: matrices as entries, found with as few products as their patterns allow."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradc.ir.builder import Builder
from gradc.ir.node import Value
from gradc.ir.origin import Origin
from gradc.ir.types import Type
from gradc.passes.offer.colour import coloured
from gradc.passes.offer.counting import nested, numbers
from gradc.verification.interpret import Interpreter
from tests.cli.conftest import Run, folder, run  # noqa: F401 - fixtures
from tests.compiled import build, refused
from tests.library.cases import LIBRARY

BOTH = ("jacobian", "hessian")

BAND = """
param u: [30] = 0.5
output r = u[2:] - 2 * u[1:-1] + sin(u[:-2])
"""
CHAIN = "param u: [30] ~ normal(1)\nloss J = sum((u[1:] - u[:-1]**2)**2)\n"
MOVED = """
param u: [12] ~ normal(1)
param K: [3, 4] ~ normal(1)
p = pad(K, [[1, 0], [0, 1]])
d = diff(u)
output a = d**3
output b = sum(p**2, axis=0) * 3
output c = stack([u[2], u[5]])**2
output e = roll(u, 2) * flip(u)
output f = (K @ u[:4])**2
output g = u[[0, 3, 4]]**2
output h = expand_dims(u, 1) * K[0]
output k = concatenate([u[1:3], u[::-3]], axis=0)**2
output n = cumsum(K**2, axis=1)
output o = mean(K.T**2, axis=1)
output q = exp(u) / sum(exp(u))
output t = where(u > 0, u, u**2)
output w = broadcast_to(u, [2, 12])**2 + reshape(u, [1, 12])
loss J = sum(d**4) + sum(p**3) + sum(K.T**3) + sum(u[[0, 3, 4]]**3)
"""
DIAGONAL = """
param t: [1, 5] ~ normal(1)
param c = 2
output v = sum(t) * c
output u = sin(t) + exp(t)
"""
VIEWS = """
param turn: [5, 3] ~ normal(1)
param shift: [2] ~ normal(1)
x = sin(turn)[:, newaxis] * reshape(arange(12.0), [4, 3])
output y = sum(x**2, axis=2) + shift[0]
output z = stack([x[..., 0] * x[..., 1], x[..., 1] + x[..., 2]], axis=-1) * shift
output v = turn[::2, 1]**2
"""
PRODUCTS = """
const D = [[1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]]
param u: [4] ~ normal(1)
param K: [4, 3] ~ normal(1)
output a = (D @ u)**2
output b = (u @ transpose(D))**3
output c = (D @ K)**2
output e = (K @ D)**2
output f = einsum("ij,i->ij", K, u)**2
output g = einsum("ij,ij->i", K, K)
output h = einsum("ij,kj->ik", K, K[:2])
output k = take(u, [[0, 2], [3, 1]], axis=0)**2
output l = tril(K**2) + triu(K, 1)
output n = repeat(u**2, 2) * repeat(u, 2)
output o = take(K, [0, 3], axis=0)**2
loss J = sum((D @ u)**4) + sum(take(u, [[0, 2], [3, 1]], axis=0)**3) + sum(tril(K)**3)
"""
STEPS = """
param u: [6] ~ normal(1)
param v: [2] ~ normal(1)
scan h = v[0] over u_t in u {
    next h = 0.9 * h + sin(u_t)
    output each = u_t**2
    output before = h**2
}
output each
output before
output last = h
"""
LOOP = """
param w: [3] = 0.3
param z: [3] = 0.1
scan q = z times 3 {
    next q = q + 0.1 * sin(q * w)
}
output q
output s = w**2
"""


def dense(block: Any, rows: tuple[int, ...], columns: tuple[int, ...]) -> Any:
    numbers, i, j = block
    found = np.zeros((int(np.prod(rows)), int(np.prod(columns))))
    np.add.at(found, (i, j), numbers)
    return found.reshape((*rows, *columns))


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("text", [BAND, CHAIN, MOVED, DIAGONAL, VIEWS, PRODUCTS, STEPS, LOOP])
def test_entries_are_those_of_the_matrix(text: str, level: int) -> None:
    sparse = build(text, level=level, also=BOTH, sparse=True)
    whole = build(text, level=level, also=BOTH)
    params = sparse.init_params(3)
    shapes = {name: np.shape(value) for name, value in params.items()}
    shapes |= {name: np.shape(v) for name, v in whole.outputs(params)._asdict().items()}
    for kind in BOTH:
        if not hasattr(whole, kind):
            continue
        found, wanted = getattr(sparse, kind)(params), getattr(whole, kind)(params)
        for row, blocks in wanted.items():
            for name, block in blocks.items():
                made = dense(found[row][name], shapes[row], shapes[name])
                np.testing.assert_allclose(made, block, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    ("listed", "nest"),
    [
        ([4, 5, 6, 7], [(4, 1)]),
        ([0, 1, 0, 1, 0, 1], [(3, 0), (2, 1)]),
        ([2, 2, 5, 5, 8, 8], [(3, 3), (2, 0)]),
        ([0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5], [(2, 3), (2, 0), (3, 1)]),
        ([1, 2, 11, 12, 1, 2, 11, 12], [(2, 0), (2, 10), (2, 1)]),
        ([0, 4, 1, 5, 0, 4, 1, 5, 2, 6, 3, 7, 2, 6, 3, 7], [(2, 2), (2, 0), (2, 1), (2, 4)]),
        ([3, 3, 3], [(3, 0)]),
        ([0, 1, 3, 4, 6], None),
        ([0, 1, 3, 4, 6, 8], None),
    ],
)
def test_numbers_that_loops_count_are_counted(listed: list[int], nest: Any) -> None:
    assert nested(listed) == nest
    builder = Builder(LIBRARY, Origin(None, ""))
    made = numbers(builder, listed, "rows")
    assert made.type == Type("i64", (len(listed),))
    values: dict[Value, Any] = {}
    Interpreter({}).run(builder.nodes, values)
    np.testing.assert_array_equal(values[made], listed)


def test_rows_and_columns_are_not_listed() -> None:
    text = build(VIEWS, also=("jacobian",), sparse=True).text
    assert "np.array([" not in text[text.index("def jacobian") :]
    assert max(map(len, text.splitlines())) <= 100


def products(text: str, function: str) -> list[int]:
    """How often each loop of a function runs."""
    body = text[text.index(f"def {function}") :]
    return [int(n) for n in re.findall(r"for t in range\((\d+)\)", body[: body.index("return {")])]


def test_a_band_of_three_needs_three_products() -> None:
    module = build(BAND, also=("jacobian",), sparse=True)
    assert products(module.text, "jacobian") == [3]
    numbers, rows, columns = module.jacobian(module.init_params())["r"]["u"]
    assert len(numbers) == len(rows) == len(columns) == 84
    assert set((columns - rows).tolist()) == {0, 1, 2}
    module = build(CHAIN, also=("hessian",), sparse=True)
    assert products(module.text, "hessian") == [3]


def counts(text: str) -> dict[str, int]:
    """How many numbers a block by the first parameter has, by outputs."""
    module = build(text, also=("jacobian",), sparse=True)
    found = module.jacobian(module.init_params(1))
    return {name: len(next(iter(blocks.values()))[0]) for name, blocks in found.items()}


def test_products_move_what_they_have_no_zero_for() -> None:
    found = counts(PRODUCTS)
    assert found == {
        "a": 6, "b": 6, "c": 0, "e": 0, "f": 12, "g": 0, "h": 0, "k": 4, "l": 0, "n": 8, "o": 0,
        "J": 4,
    }  # fmt: skip
    by_matrix = PRODUCTS.replace("param u: [4] ~ normal(1)\n", "") + "param u: [4] ~ normal(1)\n"
    found = counts(by_matrix)
    assert (found["c"], found["f"], found["g"], found["l"], found["o"]) == (18, 12, 12, 12, 6)


@pytest.mark.parametrize(
    "output", ["u[at]**2", "take(K, at, axis=1)**2", "M @ u**2", "u[at + 0 * at]"]
)
@pytest.mark.parametrize("rows", [2, 9])  # fewer and more than there are columns
def test_positions_and_matrices_of_a_call_are_not_known(output: str, rows: int) -> None:
    """What is read at a place that an input says may depend on all; the numbers are right."""
    text = f"""
input at: i64[{rows}]
input M: [{rows}, 4]
param u: [4] ~ normal(1)
param K: [3, 4] ~ normal(1)
output y = {output}
loss J = sum(y**3)
"""
    sparse, whole = (build(text, also=BOTH, sparse=s) for s in (True, False))
    inputs = {"at": np.arange(rows) * 3 % 4, "M": np.ones((rows, 4))}
    params = sparse.init_params(2)
    by = "K" if "K" in output else "u"
    for kind, row in (("jacobian", "y"), ("hessian", by)):
        found = getattr(sparse, kind)(params, **inputs)[row][by]
        block = getattr(whole, kind)(params, **inputs)[row][by]
        shape = (block.size // params[by].size, params[by].size)
        made = dense(found, shape[:1], shape[1:])
        np.testing.assert_allclose(made, block.reshape(shape), rtol=1e-12)
        assert kind == "hessian" or len(found[0]) == made.size


def test_loops_are_followed_step_by_step() -> None:
    assert counts(STEPS) == {"each": 6, "before": 15, "last": 6}


def test_what_is_not_known_counts_as_dense() -> None:
    assert counts("param u: [4] ~ normal(1)\noutput y = sort(u)\n") == {"y": 16}


def test_what_each_element_makes_of_itself_is_a_diagonal() -> None:
    module = build(LOOP, also=("jacobian",), sparse=True)
    found = module.jacobian(module.init_params())
    assert len(found["q"]["z"][0]) == 3
    assert len(found["s"]["w"][0]) == 3
    assert len(found["s"]["z"][0]) == 0


def test_columns_of_one_colour_share_no_row() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        columns = [
            set(rng.choice(20, rng.integers(0, 5), replace=False).tolist()) for _ in range(30)
        ]
        colours = coloured(columns)
        for colour in set(colours):
            rows = [r for c, rs in zip(colours, columns, strict=True) if c == colour for r in rs]
            assert len(rows) == len(set(rows))


def test_results_are_the_callers_own() -> None:
    module = build(MOVED, also=("jacobian",), sparse=True)
    params = module.init_params()
    found = [a for row in module.jacobian(params).values() for block in row.values() for a in block]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(found) for b in found[:i])
    before = [a.copy() for a in found]
    for array in found:
        array[...] = 7
    again = [a for row in module.jacobian(params).values() for block in row.values() for a in block]
    for one, other in zip(before, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_sizes_have_to_be_fixed() -> None:
    text = "dim B\ninput x: [B]\nparam w: [3] = 1\nloss J = sum(w) * sum(x)\n"
    refused(text, "E0503", "`--sparse`: the dimension `B` is not fixed", also=BOTH, sparse=True)
    build(text, also=BOTH, sparse=True, dims={"B": 4})


def test_the_option(run: Run, folder: Path) -> None:  # noqa: F811
    (folder / "band.graph").write_text(BAND + "loss J = sum(r)\n", encoding="utf-8")
    refusal = run("compile", "band.graph", "--sparse")
    assert (refusal.code, "`--sparse` says how `--also jacobian`" in refusal.err) == (2, True)
    assert run("compile", "band.graph", "--also", "jacobian", "--sparse").code == 0
    assert run("compile", "band.graph", "--also", "jacobian", "--sparse", "--check").code == 0
    result = run("verify", "band.graph", "--also", "jvp,jacobian,hessian", "--sparse")
    assert (result.code, "also right: jvp, jacobian, hessian" in result.out) == (0, True)
