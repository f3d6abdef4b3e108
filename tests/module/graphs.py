"""Graphs of several kinds, with arguments to call them with."""

from typing import Any

import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(4, 3))
LABELS = np.array([0, 2, 1, 2])

GRAPHS: dict[str, tuple[str, dict[str, Any]]] = {
    "scalars": (
        """
input x = -2
param w = 2
param b: f32 = 8
c = w * x
d = sin(c + b) / (c * c + 1)
loss J = 0.5 * d**2 - d
""",
        {"x": -2.0},
    ),
    "classifier": (
        """
dim B, D = 3, H = 5, K = 3
dtype f32
input x: [B, D]
input label: i64[B]
param W1: [D, H] ~ he_normal
param b1: [H] = 0.1
param W2: [H, K] ~ he_normal
param b2: [K] = 0
h = relu(x @ W1 + b1)
logits = h @ W2 + b2
output logits
loss J = cross_entropy(logits, label)
""",
        {"x": X.astype(np.float32), "label": LABELS},
    ),
    "layers": (
        """
from nn import Dense, LayerNorm, LSTMCell
dim B
input x: [B, 3]
hidden = tanh(Dense(x, 4) as first)
again = LayerNorm(hidden)
h, c = LSTMCell(again, hidden, hidden) as cell
penalty = sum(square(first.W)) + sum(abs(cell.U))
output h
loss J = mean(c * h) + 0.01 * penalty
""",
        {"x": X},
    ),
    "cotangents": (
        """
input x: [4, 3]
param w: [3] = [1, 2, 3]
param unused: [2, 2] = 1
output p = exp(x * w / 10)
output q = sum(p, axis=0) @ w
output r = p.T
output n = 3
wrt x, w, unused
""",
        {"x": X},
    ),
    "slices": (
        """
dim B
input x: [B, 3]
param w: [2] = 1
const k: [3] = [1, 2, 3]
a, b, c = split(x * k, 3, axis=1)
y = concatenate([a[1:], b[:-1] * c[1:]], axis=1) * w
z = where(y > 0, y, 2 * y)[::-1]
output z
loss J = sum(z * z) + sum(cumsum(x, axis=0)) / B
wrt w, x
""",
        {"x": X},
    ),
    "shared": (
        """
input x: [4, 3]
param u: [3] = 1
param v: [3] = 2
s = u + v
output same = x
loss J = sum(s)
wrt u, v, x
""",
        {"x": X},
    ),
    "rules": (
        """
fn clipped(x) = sign(x)
vjp clipped(x) -> y; dy {
    dx = dy * (abs(x) <= 1)
}
input x: [4, 3]
param w: [3] = 0.5
loss J = sum(softmax(clipped(x * w)) * logsumexp(x, axis=0)) + prod(w)
""",
        {"x": X},
    ),
}
