"""Train a small transformer on a novel with Adam; compare it with counts of pairs."""

from pathlib import Path
from typing import Any

import gpt
import numpy as np

text = (Path(__file__).parent.parent / "data" / "austen.txt").read_text(encoding="ascii")
alphabet, ids = np.unique(list(text), return_inverse=True)
train, test = np.split(ids, [len(ids) * 9 // 10])
counts = np.full((len(alphabet), len(alphabet)), 0.05)
np.add.at(counts, (train[:-1], train[1:]), 1)
pairs = -np.log2(counts / counts.sum(axis=1, keepdims=True))[test[:-1], test[1:]].mean()

BETA1, BETA2, EPSILON, STEPS, T, B = 0.9, 0.99, 1e-8, 2200, 32, 8
rng = np.random.default_rng(0)
params: Any = gpt.init_params(rng)
g: Any
mean = {name: np.zeros_like(value) for name, value in params.items()}  # of the gradients
square = {name: np.zeros_like(value) for name, value in params.items()}  # of their squares
for t in range(1, STEPS + 1):
    rows = rng.integers(len(train) - T, size=(B, 1)) + np.arange(T + 1)
    J, gradients = gpt.value_and_grad(params, ids=train[rows[:, :-1]], following=train[rows[:, 1:]])
    rate = 0.005 * min(t / 100, 1 - t / STEPS)
    for name, g in gradients.items():
        mean[name] += (1 - BETA1) * (g - mean[name])
        square[name] += (1 - BETA2) * (g**2 - square[name])
        m, s = mean[name] / (1 - BETA1**t), square[name] / (1 - BETA2**t)
        params[name] -= rate * m / (np.sqrt(s) + EPSILON)
    if t % 400 == 0:
        print(f"step {t}: {J / np.log(2):.3f} bits per character")

whole = test[: (len(test) - 1) // T * T + 1]
given = {"ids": whole[:-1].reshape(-1, T), "following": whole[1:].reshape(-1, T)}
bits = gpt.forward(params, **given)[0].J / np.log(2)
print(f"held out: {bits:.3f} bits per character, by counts of pairs {pairs:.3f}")
assert bits < pairs - 1
