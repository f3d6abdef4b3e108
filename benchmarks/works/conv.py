"""A convolutional classifier of 28 × 28 images: two convolutions with pooling, in f32."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dtype f32
dim B
from nn import Conv2d, Dense
input x: [B, 1, 28, 28]
input y: i64[B]
conv1 = Conv2d(x, 16, 3, padding=1)
p1 = max_pool2d(relu(conv1), 2)
conv2 = Conv2d(p1, 32, 3, padding=1)
p2 = max_pool2d(relu(conv2), 2)
dense = Dense(reshape(p2, [-1, 1568]), 10)
loss J = cross_entropy(dense, y)
"""
_SIDE, _NARROW, _WIDE, _CLASSES = 28, 16, 32, 10
_IMAGES = 8  # of a block, so that its columns stay in cache
_WINDOW = [(i, j) for i in range(3) for j in range(3)]


def data(rng: Any, B: int) -> tuple[Values, Values]:
    """Weights as they are drawn for a start, pixels, labels."""
    flat = _WIDE * (_SIDE // 4) ** 2
    params = {
        "conv1.W": rng.normal(size=(_NARROW, 1, 3, 3)) / 3,
        "conv1.b": 0.1 * rng.normal(size=_NARROW),
        "conv2.W": rng.normal(size=(_WIDE, _NARROW, 3, 3)) / 12,
        "conv2.b": 0.1 * rng.normal(size=_WIDE),
        "dense.W": rng.normal(size=(flat, _CLASSES)) / flat**0.5,
        "dense.b": 0.1 * rng.normal(size=_CLASSES),
    }
    return params, {"x": rng.random((B, 1, 28, 28)), "y": rng.integers(0, _CLASSES, B)}


class ByHand:
    """Channels last, one product for the windows of a few images at a time.

    The largest of four commutes with the bias and the ReLU, so pooling comes first and both work
    on a quarter. Windows are kept for the gradients of the weights.
    """

    def __init__(self, params: Values, inputs: Values) -> None:
        self.params, self.x, self.label = params, inputs["x"], inputs["y"]
        B, half, quarter = len(self.x), _SIDE // 2, _SIDE // 4

        def empty(*shape: int) -> Any:
            return np.empty(shape, np.float32)

        def zeros(*shape: int) -> Any:
            return np.zeros(shape, np.float32)

        self.image = zeros(B, _SIDE + 2, _SIDE + 2)
        self.columns1, self.z1 = empty(B, _SIDE, _SIDE, 9), empty(B, _SIDE, _SIDE, _NARROW)
        self.most1 = empty(B, half, half, _NARROW)
        self.inner = zeros(_IMAGES, half + 2, half + 2, _NARROW)  # with its padding
        self.columns2, self.z2 = empty(B, half, half, 9, _NARROW), empty(B, half, half, _WIDE)
        self.most2, self.p2 = empty(B, quarter, quarter, _WIDE), empty(B, quarter, quarter, _WIDE)
        self.logits, self.dp2 = empty(B, _CLASSES), empty(B, quarter, quarter, _WIDE)
        self.dz1, self.dz2 = empty(_IMAGES, *self.z1.shape[1:]), empty(_IMAGES, *self.z2.shape[1:])
        self.dinner = zeros(_IMAGES, half + 2, half + 2, _WIDE)
        self.dcolumns = empty(_IMAGES, half, half, 9, _WIDE)
        self.dp1, self.open1 = (
            empty(_IMAGES, half, half, _NARROW),
            empty(_IMAGES, half, half, _NARROW),
        )
        self.ones = np.ones(_IMAGES * _SIDE * _SIDE, np.float32)

    def __call__(self) -> tuple[float, Any]:
        K1, b1, K2, b2, W, b = self.params.values()
        B, quarter = len(self.x), _SIDE // 4
        first = K1.transpose(2, 3, 1, 0).reshape(9, _NARROW)
        second = np.ascontiguousarray(K2.transpose(2, 3, 1, 0)).reshape(9 * _NARROW, _WIDE)
        # The rows of the dense weights, as the channels-last image is laid out.
        rows = W.reshape(_WIDE, quarter**2, _CLASSES).transpose(1, 0, 2).reshape(-1, _CLASSES)
        self.image[:, 1:-1, 1:-1] = self.x[:, 0]
        for i in range(0, B, _IMAGES):
            self._forward(slice(i, i + _IMAGES), first, b1, second, b2)
        flat = self.p2.reshape(B, -1)
        J, d = self._classify(flat, rows, b)

        dW = np.dot(flat.T, d).reshape(quarter**2, _WIDE, _CLASSES).transpose(1, 0, 2)
        np.dot(d, rows.T, self.dp2.reshape(B, -1))
        np.multiply(self.dp2, self.p2 > 0, self.dp2)
        # The windows of a cotangent meet the weights turned round.
        turned = K2.transpose(2, 3, 0, 1)[::-1, ::-1].reshape(9 * _WIDE, _NARROW)
        sums = [np.zeros(s, np.float32) for s in (first.shape, _NARROW, second.shape, _WIDE)]
        for i in range(0, B, _IMAGES):
            self._backward(slice(i, i + _IMAGES), b1, turned, sums)
        dK1, db1, dK2, db2 = sums
        dK1 = dK1.reshape(3, 3, 1, _NARROW).transpose(3, 2, 0, 1)
        dK2 = dK2.reshape(3, 3, _NARROW, _WIDE).transpose(3, 2, 0, 1)
        return J, (dK1, db1, dK2, db2, dW.reshape(W.shape), d.sum(axis=0))

    def _forward(self, block: slice, first: Any, b1: Any, second: Any, b2: Any) -> None:
        image, columns, z, most = (
            a[block] for a in (self.image, self.columns1, self.z1, self.most1)
        )
        for t, (i, j) in enumerate(_WINDOW):
            columns[..., t] = image[:, i : i + _SIDE, j : j + _SIDE]
        np.dot(columns.reshape(-1, 9), first, z.reshape(-1, _NARROW))
        _pool(z, most)
        inner = self.inner[: len(z)]
        middle = inner[:, 1:-1, 1:-1]
        np.add(most, b1, middle)
        np.maximum(middle, np.float32(0), out=middle)

        columns, z, most, p2 = (a[block] for a in (self.columns2, self.z2, self.most2, self.p2))
        for t, (i, j) in enumerate(_WINDOW):
            columns[..., t, :] = inner[:, i : i + _SIDE // 2, j : j + _SIDE // 2]
        np.dot(columns.reshape(-1, len(second)), second, z.reshape(-1, _WIDE))
        _pool(z, most)
        np.add(most, b2, p2)
        np.maximum(p2, np.float32(0), out=p2)

    def _classify(self, flat: Any, W: Any, b: Any) -> tuple[float, Any]:
        """The cross-entropy, and the cotangent of the logits."""
        z, at = self.logits, (np.arange(len(flat)), self.label)
        np.dot(flat, W, z)
        np.add(z, b, z)
        np.subtract(z, z.max(axis=1, keepdims=True), z)
        right = float(z[at].sum())
        np.exp(z, z)
        total = z.sum(axis=1, keepdims=True)
        J = (float(np.log(total).sum()) - right) / len(z)
        np.divide(z, total, z)
        z[at] -= np.float32(1)
        np.multiply(z, np.float32(1 / len(z)), z)
        return J, z

    def _backward(self, block: slice, b1: Any, turned: Any, sums: list[Any]) -> None:
        dK1, db1, dK2, db2 = sums
        z, n = self.z2[block], len(self.z2[block])
        dz, inner, columns = self.dz2[:n], self.dinner[:n], self.dcolumns[:n]
        _unpool(z, self.most2[block], self.dp2[block], dz)
        rows = dz.reshape(-1, _WIDE)
        dK2 += np.dot(self.columns2[block].reshape(len(rows), -1).T, rows)
        db2 += np.dot(self.ones[: len(rows)], rows)
        inner[:, 1:-1, 1:-1] = dz
        for t, (i, j) in enumerate(_WINDOW):
            columns[..., t, :] = inner[:, i : i + _SIDE // 2, j : j + _SIDE // 2]
        dp, open_ = self.dp1[:n], self.open1[:n]
        np.dot(columns.reshape(-1, len(turned)), turned, dp.reshape(-1, _NARROW))

        z, dz, most = self.z1[block], self.dz1[:n], self.most1[block]
        np.greater(most, -b1, open_)
        np.multiply(dp, open_, dp)
        _unpool(z, most, dp, dz)
        rows = dz.reshape(-1, _NARROW)
        dK1 += np.dot(self.columns1[block].reshape(len(rows), 9).T, rows)
        db1 += np.dot(self.ones[: len(rows)], rows)


def _pool(z: Any, out: Any) -> None:
    """The largest of each two by two: of neighbours in a row first."""
    pairs = np.maximum(z[:, :, ::2], z[:, :, 1::2])
    np.maximum(pairs[:, ::2], pairs[:, 1::2], out=out)


def _unpool(z: Any, most: Any, d: Any, out: Any) -> None:
    """Each cotangent goes to the first of its four that is the largest."""
    left = d.copy()
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        here = left * (z[:, i::2, j::2] == most)
        out[:, i::2, j::2] = here
        np.subtract(left, here, left)


def in_jax(jax: Any) -> Any:
    jnp, lax = jax.numpy, jax.lax
    layout = ("NCHW", "OIHW", "NCHW")

    def layer(x: Any, W: Any, b: Any) -> Any:
        z = lax.conv_general_dilated(x, W, (1, 1), "SAME", dimension_numbers=layout)
        z = jax.nn.relu(z + b[:, None, None])
        return lax.reduce_window(z, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(by: Any, given: Any) -> Any:
        p = layer(given["x"], by["conv1.W"], by["conv1.b"])
        p = layer(p, by["conv2.W"], by["conv2.b"])
        logp = jax.nn.log_softmax(p.reshape(len(p), -1) @ by["dense.W"] + by["dense.b"])
        return -jnp.mean(jnp.take_along_axis(logp, given["y"][:, None], axis=1))

    return loss


def in_torch(torch: Any) -> Any:
    F = torch.nn.functional

    def loss(by: Any, given: Any) -> Any:
        p = F.max_pool2d(F.relu(F.conv2d(given["x"], by["conv1.W"], by["conv1.b"], padding=1)), 2)
        p = F.max_pool2d(F.relu(F.conv2d(p, by["conv2.W"], by["conv2.b"], padding=1)), 2)
        return F.cross_entropy(p.flatten(1) @ by["dense.W"] + by["dense.b"], given["y"])

    return loss


WORK = Work(
    graph=GRAPH,
    rows=(Row("conv net, batch 32", {"B": 32}, goals={"by hand": 1.15, "JAX": 1.3}),),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch},
)
