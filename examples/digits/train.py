"""Train the classifier with Adam on four fifths of the digits and measure it on the rest."""

from pathlib import Path
from typing import Any

import digits
import numpy as np

DATA = Path(__file__).parent.parent / "data" / "digits.csv"

rng = np.random.default_rng(0)
table = rng.permutation(np.loadtxt(DATA, dtype=np.int64, delimiter=",", skiprows=1))
x, label = (table[:, :64] / 16).astype(np.float32), table[:, 64]
held_out = len(table) // 5
train = np.arange(held_out, len(table))

params: Any = digits.init_params(0)
g: Any
mean = {name: np.zeros_like(value) for name, value in params.items()}  # of the gradients
square = {name: np.zeros_like(value) for name, value in params.items()}  # of their squares
beta1, beta2, epsilon, epochs, t = 0.9, 0.999, 1e-8, 30, 0
for epoch in range(epochs):
    rate = 0.003 * (1 - epoch / epochs)
    rng.shuffle(train)
    for batch in np.array_split(train, len(train) // 32):
        t += 1
        J, gradients = digits.value_and_grad(params, x=x[batch], label=label[batch])
        for name, g in gradients.items():
            mean[name] = beta1 * mean[name] + (1 - beta1) * g
            square[name] = beta2 * square[name] + (1 - beta2) * g**2
            m, s = mean[name] / (1 - beta1**t), square[name] / (1 - beta2**t)
            params[name] = params[name] - rate * m / (np.sqrt(s) + epsilon)
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1:2}  J of the last batch = {J:.4f}")

logits = digits.predict(params, x=x[:held_out]).logits
accuracy = np.mean(logits.argmax(axis=1) == label[:held_out])
print(f"accuracy on {held_out} digits held out: {accuracy:.1%}")
assert accuracy >= 0.97
