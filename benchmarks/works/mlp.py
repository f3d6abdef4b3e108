"""The classifier of 8 × 8 digits of the examples, in f32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.work import Row, Step, Values, Work

GRAPH = (Path(__file__).parents[2] / "examples" / "digits" / "digits.graph").read_text("utf-8")


def data(rng: Any, B: int, D: int = 64, H: int = 256, K: int = 10) -> tuple[Values, Values]:
    """Weights as they are drawn for a start, pixels, and labels."""
    params = {
        "W1": rng.normal(size=(D, H)) * (2 / D) ** 0.5,
        "b1": 0.1 * rng.normal(size=H),
        "W2": rng.normal(size=(H, K)) * (2 / H) ** 0.5,
        "b2": 0.1 * rng.normal(size=K),
    }
    return params, {"x": rng.random((B, D)), "label": rng.integers(0, K, B)}


def by_hand(params: Values, inputs: Values) -> Step:
    """Everything that a call makes for itself lies in buffers; sums of columns are products."""
    W1, b1, W2, b2 = params.values()
    x, label = inputs["x"], inputs["label"]
    f32 = np.float32
    h, dh = np.empty((len(x), len(b1)), f32), np.empty((len(x), len(b1)), f32)
    z, ones, alive = np.empty((len(x), len(b2)), f32), np.ones(len(x), f32), np.empty(h.shape, bool)
    # The places of the labels in z, laid out as one row.
    chosen = np.arange(len(x)) * len(b2)

    def value_and_grad() -> tuple[float, Any]:
        np.dot(x, W1, h)
        np.add(h, b1, h)
        np.maximum(h, f32(0), out=h)
        np.dot(h, W2, z)
        np.add(z, b2, z)
        np.subtract(z, z.max(axis=1, keepdims=True), z)
        at = chosen + label
        flat = z.reshape(-1)
        right = flat[at]
        np.exp(z, z)
        total = z.sum(axis=1, keepdims=True)
        J = (float(np.log(total).sum()) - float(right.sum())) / len(x)

        np.divide(z, total, z)
        flat[at] -= f32(1)
        np.multiply(z, f32(1 / len(x)), z)
        np.dot(z, W2.T, dh)
        np.greater(h, f32(0), alive)
        np.multiply(dh, alive, dh)
        return J, (np.dot(x.T, dh), np.dot(ones, dh), np.dot(h.T, z), np.dot(ones, z))

    return value_and_grad


def in_jax(jax: Any) -> Any:
    def loss(by: Any, given: Any) -> Any:
        h = jax.nn.relu(given["x"] @ by["W1"] + by["b1"])
        logp = jax.nn.log_softmax(h @ by["W2"] + by["b2"])
        return -jax.numpy.mean(jax.numpy.take_along_axis(logp, given["label"][:, None], axis=1))

    return loss


def in_torch(torch: Any) -> Any:
    F = torch.nn.functional

    def loss(by: Any, given: Any) -> Any:
        h = F.relu(torch.addmm(by["b1"], given["x"], by["W1"]))
        return F.cross_entropy(torch.addmm(by["b2"], h, by["W2"]), given["label"])

    return loss


def in_autograd(autograd: Any) -> Any:
    import autograd.numpy as anp

    def loss(by: Any, given: Any) -> Any:
        h = anp.maximum(anp.dot(given["x"], by["W1"]) + by["b1"], 0)
        z = anp.dot(h, by["W2"]) + by["b2"]
        z = z - anp.max(z, axis=1, keepdims=True)
        logp = z - anp.log(anp.sum(anp.exp(z), axis=1, keepdims=True))
        return -anp.mean(logp[anp.arange(len(z)), given["label"]])

    return loss


WORK = Work(
    graph=GRAPH,
    rows=tuple(
        Row(f"MLP, batch {batch}", {"B": batch}, goals={"by hand": 1.15, "JAX": 1.0})
        for batch in (32, 256)
    ),
    data=data,
    by_hand=by_hand,
    peers={"JAX": in_jax, "torch": in_torch, "autograd": in_autograd},
)
