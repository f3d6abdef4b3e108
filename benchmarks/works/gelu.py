"""GELU by its tanh formula, over a million elements in f32: elementwise work alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.work import Row, Step, Values, Work

GRAPH = """\
dtype f32
dim N, D
input r: [N, D]
param x: [N, D]
loss J = sum(gelu(x, approximate="tanh") * r)
"""
_ROWS = 32  # of a block that stays in cache
_SLOPE, _CUBIC = math.sqrt(2 / math.pi), 0.044715


def data(rng: Any, N: int, D: int) -> tuple[Values, Values]:
    """Normal numbers."""
    return {"x": rng.normal(size=(N, D))}, {"r": rng.normal(size=(N, D))}


def by_hand(params: Values, inputs: Values) -> Step:
    """Blocks of rows, forwards and backwards while they are in cache.

    With u = k (x + c x³) and s = (1 + tanh u) / 2, the value is x s and its derivative
    s (1 + 2 (1 - s) x u').
    """
    x, r, f32 = params["x"], inputs["r"], np.float32
    shape = (_ROWS, x.shape[1])
    square_, slope_, step_ = np.empty(shape, f32), np.empty(shape, f32), np.empty(shape, f32)
    k, kc, kc3, half, one = map(f32, (_SLOPE, _SLOPE * _CUBIC, 3 * _SLOPE * _CUBIC, 0.5, 1))

    def value_and_grad() -> tuple[float, Any]:
        J, dx = 0.0, np.empty_like(x)
        for i in range(0, len(x), _ROWS):
            xs, rs, out = x[i : i + _ROWS], r[i : i + _ROWS], dx[i : i + _ROWS]
            square, slope, step = (a[: len(xs)] for a in (square_, slope_, step_))
            np.multiply(xs, xs, square)
            np.multiply(square, kc, step)
            np.add(step, k, step)
            np.multiply(step, xs, step)
            np.tanh(step, step)
            np.multiply(step, half, step)
            np.add(step, half, step)
            np.multiply(square, kc3, slope)
            np.add(slope, k, slope)
            np.multiply(slope, xs, slope)
            np.subtract(one, step, out)
            np.multiply(out, slope, out)
            np.add(out, out, out)
            np.add(out, one, out)
            np.multiply(step, rs, step)
            np.multiply(out, step, out)
            J += float(np.vdot(step, xs))
        return J, (dx,)

    return value_and_grad


def in_jax(jax: Any) -> Any:
    return lambda by, given: (jax.nn.gelu(by["x"], approximate=True) * given["r"]).sum()


def in_torch(torch: Any) -> Any:
    gelu = torch.nn.functional.gelu
    return lambda by, given: (gelu(by["x"], approximate="tanh") * given["r"]).sum()


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    def loss(by: Any, given: Any) -> Any:
        x = by["x"]
        u = anp.tanh(_SLOPE * (x + _CUBIC * x * x * x))
        return anp.sum(0.5 * x * (1 + u) * given["r"])

    return loss


WORK = Work(
    graph=GRAPH,
    rows=(Row("GELU", {"N": 1024, "D": 1024}, goals={"by hand": 1.15, "JAX": 1.2}),),
    data=data,
    by_hand=by_hand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
