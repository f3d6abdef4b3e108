"""Decompositions in C, of matrices of all shapes: NumPy's, with the signs that it gives vectors."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from gradc.compiler import compile_source
from gradc.source import Source
from gradc.verification.emitted import Point
from tests.targets_c.agreement import C
from tests.targets_c.built import Built, Failed, build

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")

SQUARE = """
dtype {dtype}
dim N
param x: [N, N]
output y = {call}
"""
RECTANGULAR = """
dtype {dtype}
dim M, N
param x: [M, N]
{names} = {call}
{outputs}
"""


def built(text: str, folder: Path) -> Built:
    compilation = compile_source(Source("net.graph", text), target=C)
    return Built(compilation, build([compilation], folder))


def several(call: str, names: str, dtype: str, folder: Path) -> Built:
    outputs = "\n".join(f"output {name}" for name in names.split(", "))
    text = RECTANGULAR.format(dtype=dtype, names=names, call=call, outputs=outputs)
    return built(text, folder)


def outputs(of: Built, x: Any) -> list[Any]:
    names = of.interface.dims
    dims = dict(zip(names, x.shape, strict=False))
    memory, workspace = of.workspace(dims)
    first = of._first(Point(dims, {}, {"x": x}, {}))
    filled = of._struct(of.interface.outputs, None, dims)
    of._call("forward", *first, filled, workspace)
    of._unhurt(memory)
    return of._read(of.interface.outputs, filled)


def matrices(dtype: str) -> Iterator[Any]:
    """Of all shapes, of less than full rank, of zeros, of few numbers, of many scales."""
    rng = np.random.default_rng(0)
    shapes = [(m, n) for m in range(1, 7) for n in range(1, 7)]
    for shape in [*shapes, (9, 5), (10, 5), (5, 9), (5, 10), (20, 3), (3, 20), (24, 20), (13, 24)]:
        yield rng.normal(size=shape).astype(dtype)
    for shape in [(4, 4), (6, 4), (4, 6), (3, 8), (8, 3)]:
        yield (rng.normal(size=(shape[0], 2)) @ rng.normal(size=(2, shape[1]))).astype(dtype)
        yield np.zeros(shape, dtype)
        yield np.eye(*shape, dtype=dtype)
        yield rng.integers(-2, 3, shape).astype(dtype)
        yield (rng.normal(size=shape) * np.logspace(0, 5, shape[1])).astype(dtype)
        yield (rng.normal(size=shape) * 1e15).astype(dtype)


def is_close(found: Any, wanted: Any, tol: float) -> bool:
    return bool(np.abs(found - wanted).max(initial=0) <= tol * np.abs(wanted).max(initial=1e-30))


@pytest.mark.parametrize(("dtype", "tol"), [("f64", 1e-11), ("f32", 1e-4)])
def test_singular_values_and_vectors(dtype: str, tol: float, tmp_path: Path) -> None:
    of = several("svd(x)", "u, s, vh", dtype, tmp_path)
    same: list[bool] = []
    for x in matrices(f"float{dtype[1:]}"):
        u, s, vh = outputs(of, x)
        wanted = np.linalg.svd(x, full_matrices=False)
        assert is_close(s, wanted[1], tol)
        assert is_close((u * s) @ vh, x, tol)
        for v in (u.T @ u, vh @ vh.T):
            assert is_close(v, np.eye(len(s)), tol)
        if np.diff(s).max(initial=-1) < -1e-3 * s[0] and s[-1] > 1e-3 * s[0]:
            same.append(is_close(u, wanted[0], 1e3 * tol) and is_close(vh, wanted[2], 1e3 * tol))
    # A step more or less, where it hardly matters whether there is one, turns a vector over.
    assert len(same) > 40
    assert np.mean(same) > 0.95


@pytest.mark.parametrize(("dtype", "tol"), [("f64", 1e-11), ("f32", 1e-4)])
def test_eigenvalues_and_vectors(dtype: str, tol: float, tmp_path: Path) -> None:
    text = f"dtype {dtype}\ndim N\nparam x: [N, N]\nw, v = eigh(x)\noutput w\noutput v\n"
    of, count = built(text, tmp_path), 0
    for x in matrices(f"float{dtype[1:]}"):
        x = x[: min(x.shape), : min(x.shape)]
        w, v = outputs(of, x)
        wanted = np.linalg.eigh(x)
        x = np.tril(x) + np.tril(x, -1).T
        size = np.abs(w).max()
        assert is_close(w, wanted[0], tol)
        assert is_close(v @ np.diag(w) @ v.T, x, tol)
        assert is_close(v.T @ v, np.eye(len(w)), tol)
        if len(w) < 26 and np.diff(w).min(initial=np.inf) > 1e-3 * size:
            count += 1
            assert is_close(v, wanted[1], 1e3 * tol), x
    assert count > 40


@pytest.mark.parametrize(("dtype", "tol"), [("f64", 1e-11), ("f32", 1e-4)])
def test_vectors_of_large_matrices_up_to_their_signs(
    dtype: str, tol: float, tmp_path: Path
) -> None:
    """LAPACK works in blocks there, which turns some of them over."""
    rng = np.random.default_rng(3)
    of = several("svd(x)", "u, s, vh", dtype, tmp_path)
    for shape in [(26, 26), (40, 40), (70, 33), (33, 70)]:
        x = rng.normal(size=shape).astype(f"float{dtype[1:]}")
        u, s, vh = outputs(of, x)
        wanted = np.linalg.svd(x, full_matrices=False)
        signs = np.sign((u * wanted[0]).sum(axis=0))
        assert is_close(s, wanted[1], tol)
        assert is_close(u * signs, wanted[0], 1e4 * tol)
        assert is_close(vh * signs[:, None], wanted[2], 1e4 * tol)


def test_eigenvectors_of_large_matrices_up_to_their_signs(tmp_path: Path) -> None:
    of = built("dim N\nparam x: [N, N]\nw, v = eigh(x)\noutput w\noutput v\n", tmp_path)
    for size in (26, 40, 70):
        x = np.random.default_rng(size).normal(size=(size, size))
        w, v = outputs(of, x)
        wanted = np.linalg.eigh(x)
        assert is_close(w, wanted[0], 1e-11)
        assert is_close(v * np.sign((v * wanted[1]).sum(axis=0)), wanted[1], 1e-7)


@pytest.mark.parametrize(("dtype", "tol"), [("f64", 1e-11), ("f32", 1e-4)])
def test_columns_at_right_angles(dtype: str, tol: float, tmp_path: Path) -> None:
    of = several("qr(x)", "q, r", dtype, tmp_path)
    for x in matrices(f"float{dtype[1:]}"):
        q, r = outputs(of, x)
        wanted = np.linalg.qr(x)
        assert is_close(q @ r, x, tol)
        assert is_close(q.T @ q, np.eye(q.shape[1]), tol)
        assert np.array_equal(r, np.triu(r))
        if np.linalg.matrix_rank(x) == min(x.shape):
            assert is_close(q, wanted[0], 1e4 * tol), x


@pytest.mark.parametrize("function", ["inv", "det", "cholesky", "expm", "pinv", "slogdet"])
def test_of_square_matrices(function: str, tmp_path: Path) -> None:
    if function == "slogdet":
        text = "dim N\nparam x: [N, N]\ns, y = slogdet(x)\noutput s\noutput y\n"
        of = built(text, tmp_path)
    else:
        of = built(SQUARE.format(dtype="f64", call=f"{function}(x)"), tmp_path)
    rng = np.random.default_rng(1)
    for n in [*range(1, 8), 20]:
        x = rng.normal(size=(n, n))
        if function == "cholesky":
            x = x @ x.T + np.eye(n)
        reference = scipy.linalg.expm if function == "expm" else getattr(np.linalg, function)
        wanted = reference(x) if function == "slogdet" else [reference(x)]
        for found, value in zip(outputs(of, x), wanted, strict=True):
            assert is_close(np.asarray(found), np.asarray(value), 1e-10)


@pytest.mark.parametrize(
    ("call", "x", "message"),
    [
        ("inv(x)", [[1.0, 2.0], [2.0, 4.0]], "a matrix is singular"),
        ("solve(x, [1.0, 2.0])", [[0.0, 0.0], [0.0, 1.0]], "a matrix is singular"),
        ("cholesky(x)", [[1.0, 2.0], [2.0, 1.0]], "a matrix is not positive definite"),
        ("pinv(x)", [[np.nan, 2.0], [2.0, 1.0]], "does not converge"),
    ],
)
def test_what_cannot_be_done_has_a_code(call: str, x: Any, message: str, tmp_path: Path) -> None:
    of = built(f"param x: [2, 2]\noutput y = {call}\n", tmp_path)
    with pytest.raises(Failed, match=message):
        outputs(of, np.array(x))
