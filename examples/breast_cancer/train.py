"""Train a logistic regression by gradient descent and measure it on a fifth held out."""

from pathlib import Path
from typing import Any

import breast_cancer
import numpy as np

DATA = Path(__file__).parent.parent / "data" / "breast_cancer.csv"

table = np.loadtxt(DATA, delimiter=",", skiprows=1)
table = table[np.random.default_rng(0).permutation(len(table))]
x, benign = table[:, :30], table[:, 30]
held_out = len(table) // 5
mean, deviation = x[held_out:].mean(axis=0), x[held_out:].std(axis=0)
x = (x - mean) / deviation

params: Any = breast_cancer.init_params()
gradient: Any
rate = 0.5
for step in range(301):
    J, gradients = breast_cancer.value_and_grad(params, x=x[held_out:], benign=benign[held_out:])
    if step % 50 == 0:
        print(f"step {step:3}  J = {J:.4f}")
    for name, gradient in gradients.items():
        params[name] = params[name] - rate * gradient

logit = breast_cancer.predict(params, x=x[:held_out]).logit
accuracy = np.mean((logit > 0) == (benign[:held_out] == 1))
print(f"accuracy on {held_out} tumours held out: {accuracy:.1%}")
assert accuracy >= 0.96
