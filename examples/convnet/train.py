"""Train the network with Adam from three seeds; measure it on a fifth of the digits held out."""

from pathlib import Path
from typing import Any

import convnet
import numpy as np

DATA = Path(__file__).parent.parent / "data" / "digits.csv"
BETA1, BETA2, EPSILON, EPOCHS = 0.9, 0.999, 1e-8, 12

table = np.loadtxt(DATA, dtype=np.int64, delimiter=",", skiprows=1)
table = np.random.default_rng(0).permutation(table)
image, label = (table[:, :64].reshape(-1, 1, 8, 8) / 16).astype(np.float32), table[:, 64]
held_out = len(table) // 5
accuracies = []
for seed in range(3):
    rng = np.random.default_rng(seed)
    params: Any = convnet.init_params(rng)
    g: Any
    mean = {name: np.zeros_like(value) for name, value in params.items()}  # of the gradients
    square = {name: np.zeros_like(value) for name, value in params.items()}  # of their squares
    train, t = np.arange(held_out, len(table)), 0
    for epoch in range(EPOCHS):
        rng.shuffle(train)
        for batch in np.array_split(train, len(train) // 32):
            t += 1
            given: dict[str, Any] = {"image": image[batch], "label": label[batch]}
            J, gradients = convnet.value_and_grad(params, **given, rng=rng, training=True)
            for name, g in gradients.items():
                mean[name] += (1 - BETA1) * (g - mean[name])
                square[name] += (1 - BETA2) * (g**2 - square[name])
                m, s = mean[name] / (1 - BETA1**t), square[name] / (1 - BETA2**t)
                params[name] -= 0.005 * (1 - epoch / EPOCHS) * m / (np.sqrt(s) + EPSILON)
    logits = convnet.predict(params, image=image[:held_out]).logits
    accuracies.append(np.mean(logits.argmax(axis=1) == label[:held_out]))
    print(f"seed {seed}: J of the last batch = {J:.4f}, {accuracies[-1]:.1%} right")
print(f"accuracy on {held_out} digits held out, mean of three seeds: {np.mean(accuracies):.2%}")
assert np.mean(accuracies) >= 0.98
