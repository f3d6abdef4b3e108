"""Mini-batches with Adam on `pack`, one vector of all parameters; saved as npz and safetensors."""

import tempfile
from pathlib import Path
from typing import Any

import adam
import numpy as np
from safetensors.numpy import load_file, save_file

DATA = Path(__file__).parent.parent / "data" / "digits.csv"
BETA1, BETA2, EPSILON, EPOCHS = 0.9, 0.999, 1e-8, 25

rng = np.random.default_rng(0)
table = rng.permutation(np.loadtxt(DATA, dtype=np.int64, delimiter=",", skiprows=1))
x, label = (table[:, :64] / 16).astype(np.float32), table[:, 64]
held_out, train = len(table) // 5, np.arange(len(table) // 5, len(table))
print(adam.summary())
vector = adam.pack(adam.init_params(0))
mean, square, t = np.zeros_like(vector), np.zeros_like(vector), 0
for epoch in range(EPOCHS):
    rng.shuffle(train)
    for batch in np.array_split(train, len(train) // 32):
        t += 1
        J, gradients = adam.value_and_grad(adam.unpack(vector), x=x[batch], label=label[batch])
        gradient = adam.pack(gradients)
        mean += (1 - BETA1) * (gradient - mean)
        square += (1 - BETA2) * (gradient**2 - square)
        rate = 0.003 * (1 - epoch / EPOCHS) * np.sqrt(1 - BETA2**t) / (1 - BETA1**t)
        vector -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(EPSILON))
values: Any = adam.unpack(vector)
with tempfile.TemporaryDirectory() as folder:
    np.savez(f"{folder}/adam.npz", **values)
    save_file(values, f"{folder}/adam.safetensors")
    saved: Any = dict(np.load(f"{folder}/adam.npz")), load_file(f"{folder}/adam.safetensors")
guess = [adam.predict(p, x=x[:held_out]).logits.argmax(axis=1) for p in saved]
right = [np.mean(g == label[:held_out]) for g in guess]
print(f"held out: {right[0]:.2%} from npz, {right[1]:.2%} from safetensors")
assert right[0] == right[1] >= 0.96
