"""Hand `value_and_grad` to SciPy: L-BFGS fits a small network to the diabetes data.

The module is compiled with `--also pack`: SciPy sees one vector of all parameters.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy_minimize as net
from scipy.optimize import minimize

DATA = Path(__file__).parent.parent / "data" / "diabetes.csv"

table = np.loadtxt(DATA, delimiter=",", skiprows=1)
table = (table - table.mean(axis=0)) / table.std(axis=0)
x, y = table[:, :10], table[:, 10]


def cost(vector: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
    J, gradients = net.value_and_grad(net.unpack(vector), x=x, y=y)
    return J, net.pack(gradients)


start = net.pack(net.init_params(0))
found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000})
steepest = abs(found.jac).max()
explained = 1 - np.mean((net.predict(net.unpack(found.x), x=x).prediction - y) ** 2)
print(f"J = {found.fun:.4f} after {found.nit} steps, largest derivative {steepest:.0e}")
print(f"share of the variance explained: {explained:.3f}")
assert found.success and steepest < 1e-3 and explained > 0.53
