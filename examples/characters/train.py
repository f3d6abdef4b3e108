"""Train an LSTM on a novel with Adam; compare it with counts of pairs on a tenth held out."""

from pathlib import Path
from typing import Any

import characters
import numpy as np

text = (Path(__file__).parent.parent / "data" / "austen.txt").read_text(encoding="ascii")
alphabet, ids = np.unique(list(text), return_inverse=True)
train, test = np.split(ids, [len(ids) * 9 // 10])
counts = np.full((len(alphabet), len(alphabet)), 0.05)
np.add.at(counts, (train[:-1], train[1:]), 1)
pairs = -np.log2(counts / counts.sum(axis=1, keepdims=True))[test[:-1], test[1:]].mean()

BETA1, BETA2, EPSILON, STEPS, T, B, H = 0.9, 0.999, 1e-8, 900, 32, 32, 192
params: Any = characters.init_params(0)
g: Any
mean = {name: np.zeros_like(value) for name, value in params.items()}  # of the gradients
square = {name: np.zeros_like(value) for name, value in params.items()}  # of their squares
columns = train[: len(train) // B * B].reshape(B, -1).T  # each column goes on where it was
h = c = np.zeros((B, H), np.float32)
for t in range(1, STEPS + 1):
    start = t * T % (len(columns) - T - 1)
    batch = {"ids": columns[start : start + T], "following": columns[start + 1 : start + T + 1]}
    outputs, saved = characters.forward(params, **batch, h0=h, c0=c)
    h, c = outputs.h, outputs.c
    for name, g in characters.backward(saved).items():
        mean[name] += (1 - BETA1) * (g - mean[name])
        square[name] += (1 - BETA2) * (g**2 - square[name])
        m, s = mean[name] / (1 - BETA1**t), square[name] / (1 - BETA2**t)
        params[name] -= 0.015 * (1 - t / STEPS) * m / (np.sqrt(s) + EPSILON)
    if t % 150 == 0:
        print(f"step {t}: {outputs.J / np.log(2):.3f} bits per character")

given = {"ids": test[:-1, None], "following": test[1:, None]}
bits = characters.forward(params, **given, h0=h[:1] * 0, c0=c[:1] * 0)[0].J / np.log(2)
print(f"held out: {bits:.3f} bits per character, by counts of pairs {pairs:.3f}")
assert bits < pairs - 1
