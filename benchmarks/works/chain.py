"""A chain of elementwise operations over a million numbers that ends in a mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Step, Values, Work

GRAPH = """\
dtype f32
dim N
input x: [N]
param a = 1
param b = 0
param c = 1
param d = 0
loss J = mean(tanh(a * x + b) * sigmoid(c * x + d))
wrt x, a, b, c, d
"""
_BLOCK = 32_768  # elements that stay in cache


def data(rng: Any, N: int) -> tuple[Values, Values]:
    """Normal numbers."""
    return {"a": 0.9, "b": 0.1, "c": 1.1, "d": -0.2}, {"x": rng.normal(size=N)}


def by_hand(params: Values, inputs: Values) -> Step:
    """Blocks, forwards and backwards; a sigmoid is (1 + tanh(z / 2)) / 2, sums are products."""
    a, b, c, d = params.values()
    x = inputs["x"]
    kind = x.dtype.type
    one, N = kind(1), len(x)
    half_c, half_d = kind(c / 2), kind(d / 2)
    by_v, by_u = kind(c / (4 * N)), kind(a / (2 * N))
    t_, g_, w_ = (np.empty(_BLOCK, kind) for _ in range(3))
    ones_ = np.ones(_BLOCK, kind)

    def value_and_grad() -> tuple[float, Any]:
        J = du = du_x = dv = dv_x = 0.0
        dx = np.empty_like(x)
        for i in range(0, N, _BLOCK):
            xs, out = x[i : i + _BLOCK], dx[i : i + _BLOCK]
            t, g, w, ones = (array[: len(xs)] for array in (t_, g_, w_, ones_))
            np.multiply(xs, a, t)
            np.add(t, b, t)
            np.tanh(t, t)
            np.multiply(xs, half_c, g)
            np.add(g, half_d, g)
            np.tanh(g, g)
            # Four times the derivative by v = c x + d.
            np.multiply(g, g, w)
            np.subtract(one, w, w)
            np.multiply(w, t, w)
            np.add(g, one, g)
            J += float(np.dot(t, g))
            # Twice the derivative by u = a x + b.
            np.multiply(t, t, t)
            np.subtract(one, t, t)
            np.multiply(t, g, t)
            du += float(np.dot(t, ones))
            du_x += float(np.dot(t, xs))
            dv += float(np.dot(w, ones))
            dv_x += float(np.dot(w, xs))
            np.multiply(w, by_v, w)
            np.multiply(t, by_u, t)
            np.add(w, t, out)
        few, most = 0.25 / N, 0.5 / N
        return J * most, (dx, du_x * most, du * most, dv_x * few, dv * few)

    return value_and_grad


def in_jax(jax: Any) -> Any:
    jnp = jax.numpy

    def loss(by: Any, given: Any) -> Any:
        gate = jax.nn.sigmoid(by["c"] * by["x"] + by["d"])
        return jnp.mean(jnp.tanh(by["a"] * by["x"] + by["b"]) * gate)

    return loss


def in_torch(torch: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        gate = torch.sigmoid(by["c"] * by["x"] + by["d"])
        return (torch.tanh(by["a"] * by["x"] + by["b"]) * gate).mean()

    return loss


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    def loss(by: Any, given: Any) -> Any:
        gate = 1 / (1 + anp.exp(-(by["c"] * by["x"] + by["d"])))
        return anp.mean(anp.tanh(by["a"] * by["x"] + by["b"]) * gate)

    return loss


WORK = Work(
    graph=GRAPH,
    rows=(
        Row("chain, f32", {"N": 1_000_000}, goals={"by hand": 1.15, "JAX": 1.0}),
        Row(
            "chain, f64",
            {"N": 1_000_000},
            goals={"by hand": 1.15, "JAX": 0.5},
            graph=GRAPH.replace("dtype f32\n", ""),
        ),
    ),
    data=data,
    by_hand=by_hand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
