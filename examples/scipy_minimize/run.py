"""Hand `value_and_grad` to SciPy: L-BFGS fits a small network to the diabetes data."""

from pathlib import Path

import numpy as np
import scipy_minimize
from scipy.optimize import minimize

DATA = Path(__file__).parent.parent / "data" / "diabetes.csv"

table = np.loadtxt(DATA, delimiter=",", skiprows=1)
table = (table - table.mean(axis=0)) / table.std(axis=0)
x, y = table[:, :10], table[:, 10]
start = scipy_minimize.init_params(0)
ends = np.cumsum([np.size(value) for value in start.values()])


def pack(values):
    """One vector from a dictionary of arrays and numbers."""
    return np.concatenate([np.ravel(values[name]) for name in start])


def unpack(vector):
    """The dictionary that `pack` made the vector from."""
    parts = zip(start, np.split(vector, ends[:-1]), strict=True)
    return {name: part.reshape(np.shape(start[name])) for name, part in parts}


def cost(vector):
    J, gradients = scipy_minimize.value_and_grad(unpack(vector), x=x, y=y)
    return J, pack(gradients)


found = minimize(cost, pack(start), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
steepest = abs(found.jac).max()
explained = 1 - np.mean((scipy_minimize.predict(unpack(found.x), x=x).prediction - y) ** 2)
print(f"J = {found.fun:.4f} after {found.nit} steps, largest derivative {steepest:.0e}")
print(f"share of the variance explained: {explained:.3f}")
assert found.success and steepest < 1e-3 and explained > 0.53
