"""Train the autoencoder with Adam; compare its bound with what pixels cost one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import vae

DATA = Path(__file__).parent.parent / "data" / "digits.csv"

rng = np.random.default_rng(0)
table = rng.permutation(np.loadtxt(DATA, delimiter=",", skiprows=1))
x = (table[:, :64] > 7).astype(np.float32)  # ink or paper
held_out, train = x[: len(x) // 5], x[len(x) // 5 :]
likely = np.clip(train.mean(axis=0), 1e-4, 1 - 1e-4)
alone = -(held_out * np.log(likely) + (1 - held_out) * np.log(1 - likely)).sum(axis=1).mean()

params: Any = vae.init_params(rng)
g: Any
mean = {name: np.zeros_like(value) for name, value in params.items()}  # of the gradients
square = {name: np.zeros_like(value) for name, value in params.items()}  # of their squares
beta1, beta2, epsilon, epochs, t = 0.9, 0.999, 1e-8, 80, 0
for epoch in range(epochs):
    rng.shuffle(train)
    for batch in np.array_split(train, len(train) // 64):
        t += 1
        J, gradients = vae.value_and_grad(params, x=batch, rng=rng)
        for name, g in gradients.items():
            mean[name] += (1 - beta1) * (g - mean[name])
            square[name] += (1 - beta2) * (g**2 - square[name])
            m, s = mean[name] / (1 - beta1**t), square[name] / (1 - beta2**t)
            params[name] -= 0.005 * (1 - epoch / epochs) * m / (np.sqrt(s) + epsilon)
    if epoch % 20 == 19:
        print(f"epoch {epoch + 1}: J of the last batch = {J:.2f}")

found = vae.forward(params, x=held_out, rng=0)[0]
print(f"held out: {found.misfit:.2f} + {found.divergence:.2f} = {found.J:.2f} nats a picture")
print(f"pixel by pixel: {alone:.2f} nats, mean error {np.abs(found.picture - held_out).mean():.3f}")
assert found.misfit + found.divergence < alone - 5
