"""Newton's method by products with the Hessian, which is never made, against L-BFGS."""

from pathlib import Path

import newton
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]
DATA = Path(__file__).parent.parent / "data" / "breast_cancer.csv"
x, benign = np.hsplit(np.loadtxt(DATA, delimiter=",", skiprows=1), [30])
known = {"x": (x - x.mean(axis=0)) / x.std(axis=0), "benign": benign[:, 0]}


def cost(point: Array) -> tuple[float, Array]:
    J, gradients = newton.value_and_grad(newton.unpack(point), **known)
    return J, newton.pack(gradients)


def solved(point: Array, gradient: Array) -> Array:
    """The inverse of the Hessian times the gradient, by conjugate gradients."""
    found, left, way = 0 * gradient, gradient, gradient
    while left @ left > 1e-6 * gradient @ gradient:
        bent = newton.pack(newton.hvp(newton.unpack(point), newton.unpack(way), **known))
        length = left @ left / (way @ bent)
        found, before, left = found + length * way, left, left - length * bent
        way = left + left @ left / (before @ before) * way
    return found


point, steps = newton.pack(newton.init_params()), 0
other = minimize(cost, point, jac=True, method="L-BFGS-B", options={"ftol": 0, "gtol": 1e-8})
while np.abs(gradient := cost(point)[1]).max() > 1e-8:
    point, steps = point - solved(point, gradient), steps + 1
apart = np.abs(point - other.x).max()
print(f"found after {steps} steps, after {other.nit} of L-BFGS; {apart:.0e} apart")
assert apart < 1e-5
assert steps < other.nit / 3
