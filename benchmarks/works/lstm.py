"""A long short-term memory that runs along a sequence, in f32."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dtype f32
dim T, B
dim D = 32, H = 64
input x: [T, B, D]
input y: [B, H]
from nn import LSTMCell
scan h, c = zeros([B, H]), zeros([B, H]) over x_t in x {
    next h, c = LSTMCell(x_t, h, c) as cell
}
loss J = mean(square(h - y))
"""
_H = 64
_GATES = 4  # input, forget, cell, output, side by side


def data(rng: Any, T: int, B: int, D: int = 32) -> tuple[Values, Values]:
    """Weights small enough that nothing saturates."""
    params = {
        "cell.W": rng.normal(size=(D, _GATES * _H)) / D**0.5,
        "cell.U": rng.normal(size=(_H, _GATES * _H)) / _H**0.5,
        "cell.b": 0.1 * rng.normal(size=_GATES * _H),
    }
    return params, {"x": rng.normal(size=(T, B, D)), "y": rng.normal(size=(B, _H))}


class ByHand:
    """One product for all steps before the loop and after it; within it, one tanh for all gates.

    A sigmoid is (1 + tanh(z / 2)) / 2, so the weights of three gates are halved first. What the
    cotangents of a step are multiplied by does not depend on them: it is made for all steps at
    once, before the loop that goes back.
    """

    def __init__(self, params: Values, inputs: Values) -> None:
        self.W, self.U, self.b = params.values()
        self.x, self.y = inputs["x"], inputs["y"]
        T, B, _ = self.x.shape
        self.T, self.B = T, B

        def empty(*shape: int) -> Any:
            return np.empty(shape, np.float32)

        self.scale = np.full(_GATES * _H, 0.5, np.float32)
        self.shift = self.scale.copy()
        self.scale[2 * _H : 3 * _H], self.shift[2 * _H : 3 * _H] = 1, 0
        self.z, self.slope = empty(T, B, _GATES, _H), empty(T, B, _GATES, _H)
        self.dz = empty(T, B, _GATES, _H)
        self.h, self.c = empty(T + 1, B, _H), empty(T + 1, B, _H)
        self.h[0] = self.c[0] = 0
        self.tanh_c, self.through = empty(T, B, _H), empty(T, B, _H)
        self.ones = np.ones(T * B, np.float32)
        self.recurrent, self.product, self.dh = empty(B, _GATES * _H), empty(B, _H), empty(B, _H)
        # Views of each step, made once.
        flat, dflat = self.z.reshape(T, B, -1), self.dz.reshape(T, B, -1)
        gates = [z.transpose(1, 0, 2) for z in self.z]
        carried = zip(self.c[:-1], self.c[1:], self.tanh_c, self.h[1:], strict=True)
        self.steps = [
            (h, z, *four, *cell)
            for h, z, four, cell in zip(self.h[:-1], flat, gates, carried, strict=True)
        ]
        dz, slope = self.dz, self.slope
        three = zip(dflat, dz[:, :, :3], slope[:, :, :3], strict=True)
        last = zip(dz[:, :, 3], slope[:, :, 3], self.through, self.z[:, :, 1], strict=True)
        self.back = [(*a, *b) for a, b in zip(three, last, strict=True)][::-1]

    def __call__(self) -> tuple[float, Any]:
        T, B, z = self.T, self.B, self.z
        rows = z.reshape(T * B, -1)
        np.dot(self.x.reshape(T * B, -1), self.W * self.scale, rows)
        np.add(rows, self.b * self.scale, rows)
        U, recurrent, product = self.U * self.scale, self.recurrent, self.product
        for h, zt, i, f, g, o, c, next_c, tanh_c, next_h in self.steps:
            np.dot(h, U, recurrent)
            np.add(zt, recurrent, zt)
            np.tanh(zt, zt)
            np.multiply(zt, self.scale, zt)
            np.add(zt, self.shift, zt)
            np.multiply(f, c, next_c)
            np.multiply(i, g, product)
            np.add(next_c, product, next_c)
            np.tanh(next_c, tanh_c)
            np.multiply(o, tanh_c, next_h)

        dh = np.subtract(self.h[T], self.y, self.dh)
        J = float(np.vdot(dh, dh)) / dh.size
        np.multiply(dh, np.float32(2 / dh.size), dh)
        self._slopes()
        dc = np.zeros_like(dh)
        across, UT = dc[:, None], self.U.T.copy()  # twice as fast as a view of it
        for dzt, three, slopes, do, slope_o, through, f in self.back:
            np.multiply(dh, through, product)
            np.add(dc, product, dc)
            np.multiply(slopes, across, three)
            np.multiply(dh, slope_o, do)
            np.multiply(dc, f, dc)
            np.dot(dzt, UT, dh)
        drows = self.dz.reshape(T * B, -1)
        dW = np.dot(self.x.reshape(T * B, -1).T, drows)
        dU = np.dot(self.h[:T].reshape(T * B, -1).T, drows)
        return J, (dW, dU, np.dot(self.ones, drows))

    def _slopes(self) -> None:
        """What dc is multiplied by for the first three gates, dh for the last and for dc."""
        one, slope, through, tanh_c = np.float32(1), self.slope, self.through, self.tanh_c
        i, _, g, o = self.z.transpose(2, 0, 1, 3)
        to_i, to_f, to_g, to_o = slope.transpose(2, 0, 1, 3)
        np.subtract(one, self.z, slope)
        np.multiply(slope, self.z, slope)
        np.multiply(to_i, g, to_i)
        np.multiply(to_f, self.c[: self.T], to_f)
        np.multiply(g, g, to_g)
        np.subtract(one, to_g, to_g)
        np.multiply(to_g, i, to_g)
        np.multiply(to_o, tanh_c, to_o)
        np.multiply(tanh_c, tanh_c, through)
        np.subtract(one, through, through)
        np.multiply(through, o, through)


def in_jax(jax: Any) -> Any:
    jnp = jax.numpy

    def loss(by: Any, given: Any) -> Any:
        W, U, b, x = by["cell.W"], by["cell.U"], by["cell.b"], given["x"]

        def step(carried: Any, x_t: Any) -> Any:
            h, c = carried
            i, f, g, o = jnp.split(x_t @ W + h @ U + b, _GATES, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        start = jnp.zeros((x.shape[1], _H), x.dtype)
        (h, _), _ = jax.lax.scan(step, (start, start), x)
        return jnp.mean((h - given["y"]) ** 2)

    return loss


def in_torch(torch: Any) -> Any:
    """What `torch.nn.LSTM` calls, its second bias none."""

    def loss(by: Any, given: Any) -> Any:
        x = given["x"]
        start = torch.zeros(1, x.shape[1], _H)
        weights = [by["cell.W"].T, by["cell.U"].T, by["cell.b"], torch.zeros(_GATES * _H)]
        _, h, _ = torch.lstm(x, (start, start), weights, True, 1, 0.0, True, False, False)
        return ((h[0] - given["y"]) ** 2).mean()

    return loss


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    def loss(by: Any, given: Any) -> Any:
        x = given["x"]
        h = c = anp.zeros((x.shape[1], _H), x.dtype)
        for x_t in x:
            z = anp.dot(x_t, by["cell.W"]) + anp.dot(h, by["cell.U"]) + by["cell.b"]
            s = 0.5 * (1 + anp.tanh(0.5 * z))
            i, f, o = s[:, :_H], s[:, _H : 2 * _H], s[:, 3 * _H :]
            c = f * c + i * anp.tanh(z[:, 2 * _H : 3 * _H])
            h = o * anp.tanh(c)
        return anp.mean((h - given["y"]) ** 2)

    return loss


WORK = Work(
    graph=GRAPH,
    rows=(Row("LSTM, 64 steps", {"T": 64, "B": 32}, goals={"by hand": 1.15, "JAX": 1.0}),),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
    torch_compiles=False,
)
