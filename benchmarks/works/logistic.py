"""Logistic regression of 30 features: one example, and a batch of 32."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.work import Absent, Row, Step, Values, Work

SINGLE = """\
dim D
input x: [D]
## 1 or 0.
input y
param w: [D]
param b = 0
z = w @ x + b
loss J = softplus(z) - y * z
"""
BATCH = """\
dim B, D
input x: [B, D]
## 1 or 0, each.
input y: [B]
param w: [D]
param b = 0
z = x @ w + b
loss J = mean(softplus(z) - y * z)
"""


def data(rng: Any, D: int, B: int = 0) -> tuple[Values, Values]:
    """Features of mean 0, and coins."""
    params = {"w": rng.normal(size=D) / 5, "b": 0.1}
    if not B:
        return params, {"x": rng.normal(size=D), "y": 1.0}
    return params, {"x": rng.normal(size=(B, D)), "y": 1.0 * (rng.random(B) < 0.5)}


def by_hand(params: Values, inputs: Values) -> Step:
    """The single example in Python's floats but for two products, the batch in one buffer."""
    w, b, x, y = params["w"], params["b"], inputs["x"], inputs["y"]
    if x.ndim == 1:
        return lambda: _single(w, b, x, y)
    z, cost, ones = np.empty(len(x)), np.empty(len(x)), np.ones(len(x))

    def batch() -> tuple[float, Any]:
        np.dot(x, w, z)
        np.add(z, b, z)
        np.logaddexp(z, 0.0, cost)
        J = (float(np.dot(ones, cost)) - float(np.dot(y, z))) / len(x)
        # The sigmoid of z is (1 + tanh(z / 2)) / 2.
        np.multiply(z, 0.5, z)
        np.tanh(z, z)
        np.add(z, 1.0, z)
        np.multiply(z, 0.5, z)
        np.subtract(z, y, z)
        np.multiply(z, 1 / len(x), z)
        return J, (np.dot(z, x), float(np.dot(ones, z)))

    return batch


def _single(w: Any, b: float, x: Any, y: float) -> tuple[float, Any]:
    z = float(np.dot(w, x)) + b
    small = math.exp(-abs(z))
    J = max(z, 0.0) + math.log1p(small) - y * z
    d = (1.0 if z >= 0 else small) / (1.0 + small) - y
    return J, (d * x, d)


def in_jax(jax: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        z = given["x"] @ by["w"] + by["b"]
        return jax.numpy.mean(jax.nn.softplus(z) - given["y"] * z)

    return loss


def in_torch(torch: Any) -> Any:
    cost = torch.nn.functional.binary_cross_entropy_with_logits
    return lambda by, given: cost(given["x"] @ by["w"] + by["b"], given["y"])


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    def loss(by: Any, given: Any) -> Any:
        z = anp.dot(given["x"], by["w"]) + by["b"]
        return anp.mean(anp.logaddexp(z, 0.0) - given["y"] * z)

    return loss


def in_casadi(casadi: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        if given["x"].numel() != by["w"].numel():
            raise Absent("scalars alone")
        z = casadi.dot(given["x"], by["w"]) + by["b"]
        return casadi.log1p(casadi.exp(-casadi.fabs(z))) + casadi.fmax(z, 0) - given["y"] * z

    return loss


WORK = Work(
    graph=SINGLE,
    rows=(
        Row("logistic, single", {"D": 30}, goals={"by hand": 1.75, "JAX": 0.95}),
        Row(
            "logistic, batch 32",
            {"B": 32, "D": 30},
            goals={"by hand": 2.0, "JAX": 0.55},
            graph=BATCH,
        ),
    ),
    data=data,
    by_hand=by_hand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd, "CasADi": in_casadi},
)
