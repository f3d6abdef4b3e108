"""A softmax of each row, in f32."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Step, Values, Work

GRAPH = """\
dtype f32
dim N, D
input r: [N, D]
param x: [N, D]
loss J = sum(softmax(x, axis=1) * r)
"""
_ROWS = 32  # of a block that stays in cache


def data(rng: Any, N: int, D: int) -> tuple[Values, Values]:
    """Normal numbers."""
    return {"x": rng.normal(size=(N, D))}, {"r": rng.normal(size=(N, D))}


def by_hand(params: Values, inputs: Values) -> Step:
    """Blocks of rows; what a row sums to is a product with ones."""
    x, r, f32 = params["x"], inputs["r"], np.float32
    p_, row_ = np.empty((_ROWS, x.shape[1]), f32), np.empty(_ROWS, f32)
    ones = np.ones(x.shape[1], f32)

    def value_and_grad() -> tuple[float, Any]:
        J, dx = 0.0, np.empty_like(x)
        for i in range(0, len(x), _ROWS):
            xs, rs, out = x[i : i + _ROWS], r[i : i + _ROWS], dx[i : i + _ROWS]
            p, row = p_[: len(xs)], row_[: len(xs)]
            column = row[:, None]
            np.maximum.reduce(xs, 1, None, row)
            np.subtract(xs, column, p)
            np.exp(p, p)
            np.dot(p, ones, row)
            np.reciprocal(row, row)
            np.multiply(p, column, p)
            np.einsum("ij,ij->i", p, rs, out=row)
            J += float(np.add.reduce(row))
            np.subtract(rs, column, out)
            np.multiply(out, p, out)
        return J, (dx,)

    return value_and_grad


def in_jax(jax: Any) -> Any:
    return lambda by, given: (jax.nn.softmax(by["x"], axis=1) * given["r"]).sum()


def in_torch(torch: Any) -> Any:
    return lambda by, given: (torch.softmax(by["x"], dim=1) * given["r"]).sum()


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    def loss(by: Any, given: Any) -> Any:
        e = anp.exp(by["x"] - anp.max(by["x"], axis=1, keepdims=True))
        return anp.sum(e / anp.sum(e, axis=1, keepdims=True) * given["r"])

    return loss


WORK = Work(
    graph=GRAPH,
    rows=(Row("softmax", {"N": 1024, "D": 1024}, goals={"by hand": 1.15, "JAX": 1.1}),),
    data=data,
    by_hand=by_hand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
