"""A layer normalisation of each row with weight and bias, in f32."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Step, Values, Work

GRAPH = """\
dtype f32
dim N, D
input r: [N, D]
param x: [N, D]
param gamma: [D]
param beta: [D]
loss J = sum(layer_norm(x, weight=gamma, bias=beta) * r)
"""
_ROWS, _EPS = 32, 1e-5


def data(rng: Any, N: int, D: int) -> tuple[Values, Values]:
    """Normal numbers."""
    params = {"x": rng.normal(size=(N, D)), "gamma": 1 + 0.1 * rng.normal(size=D)}
    return {**params, "beta": rng.normal(size=D)}, {"r": rng.normal(size=(N, D))}


def by_hand(params: Values, inputs: Values) -> Step:
    """Blocks of rows; every mean of a row is a product.

    The loss is linear in gamma and beta, so it comes of their gradients. The cotangent of a
    standardised row h is r gamma, and its means with 1 and with h are r · gamma and (r h) · gamma.
    """
    x, gamma, beta = params.values()
    r, f32, D = inputs["r"], np.float32, x.shape[1]
    h_, rh_ = np.empty((_ROWS, D), f32), np.empty((_ROWS, D), f32)
    mean_, scale_, along_ = (np.empty(_ROWS, f32) for _ in range(3))
    over_D, rows_ = np.full(D, 1 / D, f32), np.ones(_ROWS, f32)
    each, eps = f32(1 / D), f32(_EPS)

    def value_and_grad() -> tuple[float, Any]:
        dx, dgamma, dbeta = np.empty_like(x), np.zeros(D, f32), np.zeros(D, f32)
        weight = gamma * each
        for i in range(0, len(x), _ROWS):
            xs, rs, out = x[i : i + _ROWS], r[i : i + _ROWS], dx[i : i + _ROWS]
            n = len(xs)
            h, rh, mean, scale, along, rows = (
                a[:n] for a in (h_, rh_, mean_, scale_, along_, rows_)
            )
            np.dot(xs, over_D, mean)
            np.subtract(xs, mean[:, None], h)
            np.einsum("ij,ij->i", h, h, out=scale)
            np.multiply(scale, each, scale)
            np.add(scale, eps, scale)
            np.sqrt(scale, scale)
            np.reciprocal(scale, scale)
            np.multiply(h, scale[:, None], h)

            np.multiply(rs, h, rh)
            np.add(dgamma, np.dot(rows, rh), dgamma)
            np.add(dbeta, np.dot(rows, rs), dbeta)
            np.dot(rs, weight, mean)
            np.dot(rh, weight, along)
            np.multiply(h, along[:, None], h)
            np.add(h, mean[:, None], h)
            np.multiply(rs, gamma, out)
            np.subtract(out, h, out)
            np.multiply(out, scale[:, None], out)
        J = float(np.dot(dgamma, gamma)) + float(np.dot(dbeta, beta))
        return J, (dx, dgamma, dbeta)

    return value_and_grad


def _in(np_: Any) -> Any:
    """JAX and autograd have NumPy's names."""

    def loss(by: Any, given: Any) -> Any:
        x = by["x"]
        centred = x - np_.mean(x, axis=1, keepdims=True)
        spread = np_.sqrt(np_.mean(centred * centred, axis=1, keepdims=True) + _EPS)
        return np_.sum((centred / spread * by["gamma"] + by["beta"]) * given["r"])

    return loss


def in_jax(jax: Any) -> Any:
    return _in(jax.numpy)


def in_torch(torch: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        x = by["x"]
        normed = torch.nn.functional.layer_norm(x, x.shape[1:], by["gamma"], by["beta"], _EPS)
        return (normed * given["r"]).sum()

    return loss


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    return _in(anp)


WORK = Work(
    graph=GRAPH,
    rows=(Row("layer norm", {"N": 1024, "D": 1024}, goals={"by hand": 1.15, "JAX": 0.4}),),
    data=data,
    by_hand=by_hand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
