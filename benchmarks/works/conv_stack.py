"""Two convolutions of real size, 64 to 64 to 128 channels on 901 × 161, in f32."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.work import Row, Values, Work

GRAPH = """\
dtype f32
dim B
dim H = 901, W = 161
from nn import Conv2d, Dense
input x: [B, 64, H, W]
input y: i64[B]
conv1 = Conv2d(x, 64, 3, padding=1)
h1 = relu(conv1)
conv2 = Conv2d(h1, 128, 3, padding=1)
h2 = relu(conv2)
dense = Dense(mean(h2, axis=[2, 3]), 10)
loss J = cross_entropy(dense, y)
"""
_IN, _MIDDLE, _OUT, _CLASSES = 64, 64, 128, 10
_ROWS = 8  # of a tile: its windows are 3 MB
_WINDOW = [(i, j) for i in range(3) for j in range(3)]


def data(rng: Any, B: int, H: int, W: int) -> tuple[Values, Values]:
    """Weights as they are drawn for a start, an image, a label."""
    params = {
        "conv1.W": rng.normal(size=(_MIDDLE, _IN, 3, 3)) / (9 * _IN / 2) ** 0.5,
        "conv1.b": 0.1 * rng.normal(size=_MIDDLE),
        "conv2.W": rng.normal(size=(_OUT, _MIDDLE, 3, 3)) / (9 * _MIDDLE / 2) ** 0.5,
        "conv2.b": 0.1 * rng.normal(size=_OUT),
        "dense.W": rng.normal(size=(_OUT, _CLASSES)) / _OUT**0.5,
        "dense.b": 0.1 * rng.normal(size=_CLASSES),
    }
    x = rng.standard_normal((B, _IN, H, W), dtype=np.float32)
    return params, {"x": x, "y": rng.integers(0, _CLASSES, B)}


class ByHand:
    """Channels last; the windows of a few rows at a time meet the weights in one product.

    Backwards they are made again, which costs less than keeping nine times the image.
    """

    def __init__(self, params: Values, inputs: Values) -> None:
        self.params, self.x, self.label = params, inputs["x"], inputs["y"]
        B, _, H, W = self.x.shape
        self.size = (B, H, W)

        def padded(channels: int) -> Any:
            return np.zeros((B, H + 2, W + 2, channels), np.float32)

        self.image, self.inner, self.dz = padded(_IN), padded(_MIDDLE), padded(_OUT)
        self.h2 = np.empty((B, H, W, _OUT), np.float32)
        self.columns = np.empty(_ROWS * W * 9 * _OUT, np.float32)
        self.tile = np.empty((_ROWS, W, _MIDDLE), np.float32)
        self.ones = np.ones(_ROWS * W, np.float32)

    def __call__(self) -> tuple[float, Any]:
        return self.forward(), self.backward()

    def forward(self) -> float:
        K1, b1, K2, b2, W, b = self.params.values()
        B = self.size[0]
        self.image[:, 1:-1, 1:-1] = self.x.transpose(0, 2, 3, 1)
        self._convolve(self.image, _weights(K1), b1, self.inner[:, 1:-1, 1:-1])
        self._convolve(self.inner, _weights(K2), b2, self.h2)
        self.pooled = self.h2.reshape(B, -1, _OUT).mean(axis=1)
        z, at = np.dot(self.pooled, W) + b, (np.arange(B), self.label)
        z -= z.max(axis=1, keepdims=True)
        right = float(z[at].sum())
        self.p = np.exp(z)
        total = self.p.sum(axis=1, keepdims=True)
        self.p /= total
        return (float(np.log(total).sum()) - right) / B

    def backward(self) -> Any:
        K1, _, K2, _, W, _ = self.params.values()
        B, H, width = self.size
        d = self.p.copy()
        d[np.arange(B), self.label] -= 1
        d /= B
        dpooled = np.dot(d, W.T) * np.float32(1 / (H * width))
        sums = [np.zeros(s, np.float32) for s in (K1.size, _MIDDLE, K2.size, _OUT)]
        dK1, db1 = sums[0].reshape(9 * _IN, _MIDDLE), sums[1]
        dK2, db2 = sums[2].reshape(9 * _MIDDLE, _OUT), sums[3]
        # The windows of a cotangent meet the weights turned round.
        turned = K2.transpose(2, 3, 0, 1)[::-1, ::-1].reshape(9 * _OUT, _MIDDLE)
        for n in range(B):
            np.multiply(self.h2[n] > 0, dpooled[n], self.dz[n, 1:-1, 1:-1])
            for row in range(0, H, _ROWS):
                most = min(_ROWS, H - row)
                rows = self.dz[n, row + 1 : row + 1 + most, 1:-1].reshape(-1, _OUT)
                dK2 += np.dot(self._windows(self.inner[n], row, most).T, rows)
                db2 += np.dot(self.ones[: len(rows)], rows)
                tile = self.tile[:most]
                np.dot(self._windows(self.dz[n], row, most), turned, tile.reshape(-1, _MIDDLE))
                np.multiply(tile, self.inner[n, row + 1 : row + 1 + most, 1:-1] > 0, tile)
                rows = tile.reshape(-1, _MIDDLE)
                dK1 += np.dot(self._windows(self.image[n], row, most).T, rows)
                db1 += np.dot(self.ones[: len(rows)], rows)
        dK1 = dK1.reshape(3, 3, _IN, _MIDDLE).transpose(3, 2, 0, 1)
        dK2 = dK2.reshape(3, 3, _MIDDLE, _OUT).transpose(3, 2, 0, 1)
        return dK1, db1, dK2, db2, np.dot(self.pooled.T, d), d.sum(axis=0)

    def _convolve(self, image: Any, weights: Any, b: Any, out: Any) -> None:
        """The ReLU of a convolution and its bias, tile by tile."""
        B, H, W = self.size
        zero = np.float32(0)
        for n in range(B):
            for row in range(0, H, _ROWS):
                most = min(_ROWS, H - row)
                z = np.dot(self._windows(image[n], row, most), weights)
                np.add(z, b, z)
                np.maximum(z.reshape(most, W, -1), zero, out=out[n, row : row + most])

    def _windows(self, image: Any, row: int, most: int) -> Any:
        """The windows of some rows: a row for each pixel."""
        W, channels = self.size[2], image.shape[2]
        columns = self.columns[: most * W * 9 * channels].reshape(most, W, 9, channels)
        for t, (i, j) in enumerate(_WINDOW):
            columns[:, :, t] = image[row + i : row + i + most, j : j + W]
        return columns.reshape(most * W, -1)


def _weights(K: Any) -> Any:
    return np.ascontiguousarray(K.transpose(2, 3, 1, 0)).reshape(-1, len(K))


def in_jax(jax: Any) -> Any:
    jnp, layout = jax.numpy, ("NCHW", "OIHW", "NCHW")

    def layer(x: Any, W: Any, b: Any) -> Any:
        z = jax.lax.conv_general_dilated(x, W, (1, 1), "SAME", dimension_numbers=layout)
        return jax.nn.relu(z + b[:, None, None])

    def loss(by: Any, given: Any) -> Any:
        h = layer(given["x"], by["conv1.W"], by["conv1.b"])
        h = layer(h, by["conv2.W"], by["conv2.b"])
        logp = jax.nn.log_softmax(h.mean(axis=(2, 3)) @ by["dense.W"] + by["dense.b"])
        return -jnp.mean(jnp.take_along_axis(logp, given["y"][:, None], axis=1))

    return loss


def in_torch(torch: Any) -> Any:
    F = torch.nn.functional

    def loss(by: Any, given: Any) -> Any:
        h = F.relu(F.conv2d(given["x"], by["conv1.W"], by["conv1.b"], padding=1))
        h = F.relu(F.conv2d(h, by["conv2.W"], by["conv2.b"], padding=1))
        return F.cross_entropy(h.mean(dim=(2, 3)) @ by["dense.W"] + by["dense.b"], given["y"])

    return loss


WORK = Work(
    graph=GRAPH,
    rows=(
        Row(
            "conv stack, forwards",
            {"B": 1},
            {"H": 901, "W": 161},
            goals={"by hand": 1.15, "torch": 1.1},
            part="forward",
        ),
        Row(
            "conv stack, backwards",
            {"B": 1},
            {"H": 901, "W": 161},
            goals={"by hand": 1.15, "torch": 1.3},
            part="backward",
        ),
        Row("conv stack", {"B": 1}, {"H": 901, "W": 161}),
    ),
    data=data,
    by_hand=ByHand,
    peers={"JAX": in_jax, "torch": in_torch},
)
