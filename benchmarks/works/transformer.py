"""A transformer block with attention of one head, in f32: 4 sequences of 128, 256 wide."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dtype f32
dim B, T
dim D = 256
input x: [B, T, D]
input r: [B, T, D]
param g1: [D]
param b1: [D]
param Wqkv: [D, 3 * D]
param bqkv: [3 * D]
param Wo: [D, D]
param bo: [D]
param g2: [D]
param b2: [D]
param W1: [D, 4 * D]
param c1: [4 * D]
param W2: [4 * D, D]
param c2: [D]
q, k, v = split(layer_norm(x, weight=g1, bias=b1) @ Wqkv + bqkv, 3, axis=-1)
h = x + scaled_dot_product_attention(q, k, v) @ Wo + bo
m = layer_norm(h, weight=g2, bias=b2)
y = h + gelu(m @ W1 + c1, approximate="tanh") @ W2 + c2
loss J = mean(y * r)
"""
_ROWS, _EPS = 32, 1e-5
_SLOPE, _CUBIC = math.sqrt(2 / math.pi), 0.044715


def data(rng: Any, B: int, T: int, D: int = 256) -> tuple[Values, Values]:
    """Weights as they are drawn for a start."""

    def weight(rows: int, columns: int) -> Any:
        return rng.normal(size=(rows, columns)) / rows**0.5

    def bias(size: int, about: float = 0.0) -> Any:
        return about + 0.1 * rng.normal(size=size)

    params = {"g1": bias(D, 1.0), "b1": bias(D), "Wqkv": weight(D, 3 * D), "bqkv": bias(3 * D)}
    params |= {"Wo": weight(D, D), "bo": bias(D), "g2": bias(D, 1.0), "b2": bias(D)}
    params |= {"W1": weight(D, 4 * D), "c1": bias(4 * D), "W2": weight(4 * D, D), "c2": bias(D)}
    return params, {"x": rng.normal(size=(B, T, D)), "r": rng.normal(size=(B, T, D))}


class ByHand:
    """Every temporary in a buffer of its own, all rows as one matrix, GELU in blocks of rows."""

    def __init__(self, params: Values, inputs: Values) -> None:
        self.params = params
        self.x, self.r = inputs["x"], inputs["r"]
        B, T, D = self.x.shape
        self.shape, n = (B, T, D), B * T

        def empty(*shape: int) -> Any:
            return np.empty(shape, np.float32)

        self.a, self.h1, self.h, self.h2, self.m = (empty(n, D) for _ in range(5))
        self.dy, self.work, self.o, self.do = (empty(n, D) for _ in range(4))
        self.qkv, self.dqkv = empty(n, 3 * D), empty(n, 3 * D)
        self.u, self.gelu, self.slope = (empty(n, 4 * D) for _ in range(3))
        self.p, self.dp, self.row = empty(B, T, T), empty(B, T, T), empty(B, T)
        self.scale1, self.scale2, self.mean, self.along = (empty(n) for _ in range(4))
        self.block1, self.block2 = empty(_ROWS, 4 * D), empty(_ROWS, 4 * D)
        self.ones, self.over_D = np.ones(n, np.float32), np.full(D, 1 / D, np.float32)

    def __call__(self) -> tuple[float, Any]:
        g1, b1, Wqkv, bqkv, Wo, bo, g2, b2, W1, c1, W2, c2 = self.params.values()
        B, T, D = self.shape
        x, r, ones = self.x.reshape(B * T, D), self.r.reshape(B * T, D), self.ones
        h, m, dy, work = self.h, self.m, self.dy, self.work

        self._normalise(x, self.h1, self.scale1, g1, b1, self.a)
        np.dot(self.a, Wqkv, self.qkv)
        np.add(self.qkv, bqkv, self.qkv)
        self._attend()
        np.dot(self.o, Wo, h)
        np.add(h, bo, h)
        np.add(h, x, h)
        self._normalise(h, self.h2, self.scale2, g2, b2, m)
        np.dot(m, W1, self.u)
        self._gelu(c1)
        np.multiply(r, np.float32(1 / r.size), dy)
        np.dot(self.gelu, W2, work)
        np.add(work, c2, work)
        np.add(work, h, work)
        J = float(np.vdot(work, dy))

        dW2, dc2 = np.dot(self.gelu.T, dy), np.dot(ones, dy)
        np.dot(dy, W2.T, self.u)
        np.multiply(self.u, self.slope, self.u)
        dW1, dc1 = np.dot(m.T, self.u), np.dot(ones, self.u)
        np.dot(self.u, W1.T, m)
        dg2, db2 = self._normalised(m, self.h2, self.scale2, g2)
        np.add(dy, m, dy)
        dWo, dbo = np.dot(self.o.T, dy), np.dot(ones, dy)
        np.dot(dy, Wo.T, self.do)
        self._attended()
        dWqkv, dbqkv = np.dot(self.a.T, self.dqkv), np.dot(ones, self.dqkv)
        np.dot(self.dqkv, Wqkv.T, work)
        db1 = np.dot(ones, work)
        np.multiply(work, self.h1, work)
        dg1 = np.dot(ones, work)
        return J, (dg1, db1, dWqkv, dbqkv, dWo, dbo, dg2, db2, dW1, dc1, dW2, dc2)

    def _normalise(self, x: Any, h: Any, scale: Any, g: Any, b: Any, out: Any) -> None:
        np.dot(x, self.over_D, self.mean)
        np.subtract(x, self.mean[:, None], h)
        np.einsum("ij,ij->i", h, h, out=scale)
        np.multiply(scale, np.float32(1 / x.shape[1]), scale)
        np.add(scale, np.float32(_EPS), scale)
        np.sqrt(scale, scale)
        np.reciprocal(scale, scale)
        np.multiply(h, scale[:, None], h)
        np.multiply(h, g, out)
        np.add(out, b, out)

    def _normalised(self, d: Any, h: Any, scale: Any, g: Any) -> tuple[Any, Any]:
        """The gradients of weight and bias; d becomes the cotangent of what was normalised."""
        dh, work, mean, along = np.multiply(d, h, self.work), self.work, self.mean, self.along
        dg, db = np.dot(self.ones, dh), np.dot(self.ones, d)
        over = g * np.float32(1 / len(g))
        np.dot(dh, over, along)
        np.dot(d, over, mean)
        np.multiply(h, along[:, None], work)
        np.add(work, mean[:, None], work)
        np.multiply(d, g, d)
        np.subtract(d, work, d)
        np.multiply(d, scale[:, None], d)
        return dg, db

    def _parts(self, joint: Any) -> tuple[Any, Any, Any]:
        B, T, D = self.shape
        whole = joint.reshape(B, T, 3 * D)
        return whole[..., :D], whole[..., D : 2 * D], whole[..., 2 * D :]

    def _attend(self) -> None:
        q, k, v = self._parts(self.qkv)
        p, row = self.p, self.row
        np.matmul(q, k.mT, p)
        np.multiply(p, np.float32(1 / math.sqrt(self.shape[2])), p)
        np.maximum.reduce(p, 2, None, row)
        np.subtract(p, row[..., None], p)
        np.exp(p, p)
        np.add.reduce(p, 2, None, row)
        np.divide(p, row[..., None], p)
        np.matmul(p, v, self.o.reshape(self.shape))

    def _attended(self) -> None:
        (q, k, v), (dq, dk, dv) = self._parts(self.qkv), self._parts(self.dqkv)
        p, dp, row, do = self.p, self.dp, self.row, self.do.reshape(self.shape)
        np.matmul(p.mT, do, dv)
        np.matmul(do, v.mT, dp)
        np.einsum("bij,bij->bi", dp, p, out=row)
        np.subtract(dp, row[..., None], dp)
        np.multiply(dp, p, dp)
        np.multiply(dp, np.float32(1 / math.sqrt(self.shape[2])), dp)
        np.matmul(dp, k, dq)
        np.matmul(dp.mT, q, dk)

    def _gelu(self, bias: Any) -> None:
        """GELU and its derivative: with s = (1 + tanh(k (u + c u³))) / 2 as in `gelu`."""
        f32 = np.float32
        k, kc, kc3, half, one = map(f32, (_SLOPE, _SLOPE * _CUBIC, 3 * _SLOPE * _CUBIC, 0.5, 1))
        for i in range(0, len(self.u), _ROWS):
            u, out, slope = (a[i : i + _ROWS] for a in (self.u, self.gelu, self.slope))
            square, step = self.block1[: len(u)], self.block2[: len(u)]
            np.add(u, bias, u)
            np.multiply(u, u, square)
            np.multiply(square, kc, step)
            np.add(step, k, step)
            np.multiply(step, u, step)
            np.tanh(step, step)
            np.multiply(step, half, step)
            np.add(step, half, step)
            np.multiply(square, kc3, square)
            np.add(square, k, square)
            np.multiply(square, u, square)
            np.multiply(u, step, out)
            np.subtract(one, step, slope)
            np.multiply(slope, square, slope)
            np.add(slope, slope, slope)
            np.add(slope, one, slope)
            np.multiply(slope, step, slope)


def _in(np_: Any, gelu: Any, softmax: Any) -> Any:
    def norm(x: Any, g: Any, b: Any) -> Any:
        centred = x - np_.mean(x, axis=-1, keepdims=True)
        spread = np_.sqrt(np_.mean(centred * centred, axis=-1, keepdims=True) + _EPS)
        return centred / spread * g + b

    def loss(by: Any, given: Any) -> Any:
        x, D = given["x"], given["x"].shape[-1]
        joint = np_.matmul(norm(x, by["g1"], by["b1"]), by["Wqkv"]) + by["bqkv"]
        q, k, v = joint[..., :D], joint[..., D : 2 * D], joint[..., 2 * D :]
        scores = np_.matmul(q, np_.swapaxes(k, 1, 2)) * (1 / math.sqrt(D))
        h = x + np_.matmul(np_.matmul(softmax(scores), v), by["Wo"]) + by["bo"]
        m = norm(h, by["g2"], by["b2"])
        y = h + np_.matmul(gelu(np_.matmul(m, by["W1"]) + by["c1"]), by["W2"]) + by["c2"]
        return np_.mean(y * given["r"])

    return loss


def in_jax(jax: Any) -> Any:
    return _in(jax.numpy, lambda u: jax.nn.gelu(u, approximate=True), jax.nn.softmax)


def in_torch(torch: Any) -> Any:
    F = torch.nn.functional

    def loss(by: Any, given: Any) -> Any:
        x = given["x"]
        width = x.shape[-1:]
        a = F.layer_norm(x, width, by["g1"], by["b1"], _EPS)
        q, k, v = (a @ by["Wqkv"] + by["bqkv"]).chunk(3, dim=-1)
        h = x + F.scaled_dot_product_attention(q, k, v) @ by["Wo"] + by["bo"]
        m = F.layer_norm(h, width, by["g2"], by["b2"], _EPS)
        y = h + F.gelu(m @ by["W1"] + by["c1"], approximate="tanh") @ by["W2"] + by["c2"]
        return (y * given["r"]).mean()

    return loss


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    def gelu(u: Any) -> Any:
        return 0.5 * u * (1 + anp.tanh(_SLOPE * (u + _CUBIC * u * u * u)))

    def softmax(s: Any) -> Any:
        e = anp.exp(s - anp.max(s, axis=-1, keepdims=True))
        return e / anp.sum(e, axis=-1, keepdims=True)

    return _in(anp, gelu, softmax)


WORK = Work(
    graph=GRAPH,
    rows=(Row("transformer block", {"B": 4, "T": 128}, goals={"by hand": 1.15, "JAX": 0.95}),),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
