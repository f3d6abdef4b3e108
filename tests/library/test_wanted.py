"""Operations by torch's, SciPy's and NumPy's names: what their examples cannot say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.diagnostics import DiagnosticError
from tests.compiled import build
from tests.library.edges import along, by_level, inf, nan, run

LOGITS = np.array([[1.0, 2, 3], [2, -1, 0], [0.5, 0.1, 0.2], [inf, 0, 1]])
WEIGHTS = np.array([0.5, 2, 1])


@by_level
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_labels_that_do_not_count(reduction: str, level: int) -> None:
    """They give no loss and no derivative, whatever their scores are; as torch has it."""
    text = f"""\
input y: i64[4]
param z: [4, 3]
param w: [3]
c = cross_entropy(z, y, weight=w, ignore_index=-100, reduction="{reduction}")
output J = sum(c)
output c
"""
    module = build(text, level=level)
    outputs, saved = module.forward({"z": LOGITS, "w": WEIGHTS}, y=[2, 0, 1, -100])
    logp = LOGITS[:3] - np.log(np.exp(LOGITS[:3]).sum(1, keepdims=True))
    picked = WEIGHTS[[2, 0, 1]]
    losses = np.append(-picked * logp[range(3), [2, 0, 1]], 0)
    expected = {"mean": losses.sum() / picked.sum(), "sum": losses.sum(), "none": losses}
    np.testing.assert_allclose(outputs.c, expected[reduction], rtol=1e-13)
    slopes = (np.exp(logp) - np.eye(3)[[2, 0, 1]]) * picked[:, None]
    slopes = np.vstack([slopes, np.zeros(3)]) / (picked.sum() if reduction == "mean" else 1)
    np.testing.assert_allclose(module.backward(saved, dJ=1.0)["z"], slopes, rtol=1e-12, atol=1e-15)


@by_level
def test_nothing_counts(level: int) -> None:
    """The mean of nothing is NaN, as torch's; the sum is 0."""
    text = "param z: [2, 3]\noutput a = nll_loss(z, [1, 1], ignore_index=1)\n"
    text += 'output b = nll_loss(z, [1, 1], ignore_index=1, reduction="sum")\n'
    text += "output c = cross_entropy(z, [-100, 1], ignore_index=-100)\n"
    with np.errstate(invalid="ignore"):
        outputs = build(text, level=level).outputs({"z": np.ones((2, 3))})
    assert np.isnan(outputs.a)
    assert outputs.b == 0
    np.testing.assert_allclose(outputs.c, np.log(3))


@by_level
@pytest.mark.parametrize("row", [0, -3])
def test_rows_of_padding(row: int, level: int) -> None:
    text = f"param t: [3, 2] = 1\noutput y = embedding([0, 2, 0], t, padding_idx={row})\n"
    outputs, gradients = run(text, level, {"dy": np.arange(6.0).reshape(3, 2)})
    np.testing.assert_array_equal(outputs.y, 1)
    np.testing.assert_array_equal(gradients["t"], [[0, 0], [0, 0], [2, 3]])


@by_level
def test_lengths_of_zero(level: int) -> None:
    """A vector that is 0 stays 0 and has its cotangent over `eps`; equal points stay apart by 0."""
    text = "param x: [2, 2] = [[0, 0], [3, 4]]\noutput y = normalize(x)\noutput d = cdist(x, x)\n"
    outputs, gradients = run(text, level, {"dd": np.ones((2, 2))})
    np.testing.assert_allclose(outputs.y, [[0, 0], [0.6, 0.8]])
    np.testing.assert_allclose(outputs.d, [[0, 5], [5, 0]])
    np.testing.assert_allclose(gradients["x"], [[-1.2, -1.6], [1.2, 1.6]])
    _, gradients = run(text, level, {"dy": np.ones((2, 2)) * 1e-12})
    np.testing.assert_allclose(gradients["x"][0], [1, 1])


@by_level
def test_the_ends_of_erfinv(level: int) -> None:
    values, slopes = along("erfinv(x)", [-1.0, 1, 1.5, nan], level)
    np.testing.assert_array_equal(values, [-inf, inf, nan, nan])
    np.testing.assert_array_equal(slopes, [inf, inf, nan, nan])


MATRIX = np.array([[1.0, -2, 3], [4, 5, -6]])


@by_level
@pytest.mark.parametrize("ord", ["1", "-1", "2", "-2", "inf", "-inf", '"fro"', '"nuc"'])
def test_norms_of_matrices(ord: str, level: int) -> None:  # noqa: A002
    known = {"inf": inf, "-inf": -inf, '"fro"': "fro", '"nuc"': "nuc"}
    expected = np.linalg.norm(MATRIX, known[ord] if ord in known else int(ord))
    text = (
        f"dim M, N\ninput x: [M, N]\ninput b: [2, M, N]\noutput y = norm(x, {ord}, axis=[0, 1])\n"
    )
    text += f"output z = norm(b, ord={ord}, axis=[-2, -1], keepdims=true)\n"
    outputs = build(text, level=level).outputs(x=MATRIX, b=[MATRIX, 2 * MATRIX])
    np.testing.assert_allclose(outputs.y, expected, rtol=1e-13)
    np.testing.assert_allclose(outputs.z, [[[expected]], [[2 * expected]]], rtol=1e-13)


@by_level
def test_norms_along_two_axes_without_an_order(level: int) -> None:
    outputs = build("input x: [2, 3]\noutput y, z = norm(x, axis=[0, 1]), norm(x)\n", level=level)
    found = outputs.outputs(x=MATRIX)
    np.testing.assert_allclose([found.y, found.z], np.linalg.norm(MATRIX))


@by_level
@pytest.mark.parametrize("shape", [(4, 2), (3, 3), (2, 4)])
@pytest.mark.parametrize("wanted", ["q", "r", "both"])
def test_qr_of_any_sizes(shape: tuple[int, int], wanted: str, level: int) -> None:
    """Sizes that only calls tell, one result or both: derivatives are those of differences."""
    rng = np.random.default_rng(5)
    x, v = rng.normal(size=shape), rng.normal(size=shape)
    module = build("dim M, N\nparam x: [M, N]\nq, r = qr(x)\noutput q, r\n", level=level)
    (q, r), saved = module.forward({"x": x})
    np.testing.assert_allclose(q @ r, x, atol=1e-13)
    given = {"q": rng.normal(size=q.shape), "r": rng.normal(size=r.shape)}
    given = {f"d{n}": a for n, a in given.items() if wanted in (n, "both")}

    def weighed(x: Any) -> Any:
        found = np.linalg.qr(x)
        return sum((a * getattr(found, n[1].upper())).sum() for n, a in given.items())

    slope = (weighed(x + 1e-6 * v) - weighed(x - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose((module.backward(saved, **given)["x"] * v).sum(), slope, rtol=1e-6)


@by_level
def test_exponentials_of_matrices(level: int) -> None:
    module = build("dim N\ninput x: [N, N]\noutput y = expm(x)\n", level=level)
    turn = np.array([[0, -np.pi / 2], [np.pi / 2, 0]])
    np.testing.assert_allclose(module.outputs(x=turn).y, [[0, -1], [1, 0]], atol=1e-15)
    np.testing.assert_allclose(module.outputs(x=np.zeros((3, 3))).y, np.eye(3), rtol=1e-15)
    np.testing.assert_allclose(module.outputs(x=np.diag([50.0, -50])).y, np.diag(np.exp([50, -50])))
    assert module.outputs(x=np.zeros((0, 0))).y.shape == (0, 0)
    assert np.isnan(module.outputs(x=[[nan, 0], [0, 1]]).y).all()


REFUSED = {
    'norm(x, ord="fro", axis=0)': "two axes, not 1",
    "norm(x, ord=3, axis=[0, 1])": "no norm of matrices",
    'norm(x, ord="euclid")': '"fro" or "nuc"',
    "embedding([0], x, padding_idx=3)": "no row 3",
    "cross_entropy(x, softmax(x), ignore_index=1)": "these are probabilities",
    "cross_entropy(x, [-1, -100], ignore_index=-100)": "this is -1",
    "cdist(x, x[:, :2])": "do not broadcast",
    "cdist(x[0], x)": "[3]",
    "qr(x[0])": "a matrix is needed",
    "expm(x)": "a square matrix is needed",
    "normalize(x[0])": "no axis 1",
}


@pytest.mark.parametrize("call", REFUSED)
def test_refusals(call: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        build(f"input x: [2, 3]\noutput y = {call}\n")
    found: Any = caught.value.diagnostics[0]
    assert REFUSED[call] in f"{found.message} {' '.join(found.helps)} {found.text}"
