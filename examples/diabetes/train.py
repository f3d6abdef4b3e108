"""Fit the diabetes data by gradient descent, and compare with the exact least-squares line."""

from pathlib import Path
from typing import Any

import diabetes
import numpy as np

DATA = Path(__file__).parent.parent / "data" / "diabetes.csv"

table = np.loadtxt(DATA, delimiter=",", skiprows=1)
table = (table - table.mean(axis=0)) / table.std(axis=0)
x, y = table[:, :10], table[:, 10]

params: Any = diabetes.init_params()
gradient: Any
rate = 0.1
for step in range(3001):
    J, gradients = diabetes.value_and_grad(params, x=x, y=y)
    if step % 500 == 0:
        print(f"step {step:4}  J = {J:.6f}")
    for name, gradient in gradients.items():
        params[name] = params[name] - rate * gradient

residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
best = np.mean(residual**2)
print(f"J = {J:.6f} by gradient descent, {best:.6f} by the exact solution")
print(f"share of the variance explained: {1 - J:.4f}")
assert J - best < 1e-4
assert 1 - J > 0.517
