"""The digits MLP as one writes it down first: a direct NumPy translation of the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def value_and_grad(params: dict[str, Array], *, x: Array, label: Array) -> tuple[float, Any]:
    """The loss and its gradient."""
    saved, J = forward(params, x, label)
    return float(J), backward(saved)


def forward(params: dict[str, Array], x: Array, label: Array) -> tuple[Any, Array]:
    """The loss, and what `backward` needs."""
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    z1 = x @ W1 + b1
    h1 = np.maximum(z1, 0)
    logits = h1 @ W2 + b2
    shifted = logits - logits.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    J = -logp[np.arange(len(label)), label].mean()
    return (x, label, W2, z1, h1, logp), J


def backward(saved: Any) -> dict[str, Array]:
    """The gradient of the loss."""
    x, label, W2, z1, h1, logp = saved
    dlogits = np.exp(logp)
    dlogits[np.arange(len(label)), label] -= 1
    dlogits = dlogits / len(label)
    dW2 = h1.T @ dlogits
    db2 = dlogits.sum(axis=0)
    dh1 = dlogits @ W2.T
    dz1 = dh1 * (z1 > 0)
    dW1 = x.T @ dz1
    db1 = dz1.sum(axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
