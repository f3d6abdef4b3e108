"""Matrices without elements, of one, and batches of none, in JAX, against NumPy."""

from __future__ import annotations

import pytest

from gradc.compiler import Options
from gradc.source import Source
from tests.targets_jax.agreement import agree

SQUARE = [
    "det(a)", "inv(a + 3 * eye(N))", "slogdet(a + 3 * eye(N))", "cholesky(a @ a.mT + eye(N))",
    "eigh(a + a.mT)", "logdet(a @ a.mT + eye(N))", "expm(a)", "matrix_power(a, 3)",
    "matrix_power(a + 3 * eye(N), -2)", "solve(a + 3 * eye(N), a)", "trace(a)", "svd(a)",
    "triangular_solve(a + 3 * eye(N), a)", "pinv(a + 3 * eye(N))", "qr(a)",
]  # fmt: skip
NAMES = {"slogdet": "s, y", "eigh": "y, v", "svd": "u, y, v", "qr": "q, y"}


@pytest.mark.parametrize("call", SQUARE)
@pytest.mark.parametrize("shape", ["N, N", "2, N, N", "0, N, N"])
def test_matrices_of_few_elements(call: str, shape: str) -> None:
    names = NAMES.get(call.partition("(")[0], "y")
    for size in (0, 1):
        if size == 0 and shape == "0, N, N":
            continue
        text = f"dim N = {size}\nparam a: [{shape}]\n{names} = {call}\noutput y\n"
        agree(Source("net.graph", text), Options())
