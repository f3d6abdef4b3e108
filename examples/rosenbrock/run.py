"""Find the bottom of Rosenbrock's valley with SciPy, given the gradient."""

import numpy as np
import numpy.typing as npt
import rosenbrock
from scipy.optimize import minimize, rosen, rosen_der


def cost(x: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
    J, gradients = rosenbrock.value_and_grad({"x": x})
    return J, gradients["x"]


start = np.random.default_rng(0).normal(0, 1, 20)
J, gradient = cost(start)
print(f"largest difference from SciPy's own: {np.abs(gradient - rosen_der(start)).max():.0e}")
assert np.isclose(J, rosen(start), rtol=1e-13)
assert np.allclose(gradient, rosen_der(start), rtol=1e-12)

with_gradient = minimize(cost, rosenbrock.init_params()["x"], jac=True, method="BFGS")
without = minimize(rosen, rosenbrock.init_params()["x"], method="BFGS")
error = np.abs(with_gradient.x - 1).max()
print(f"with the gradient: {with_gradient.nfev} calls, every x within {error:.0e} of 1")
print(f"without it: {without.nfev} calls")
assert error < 1e-4 and without.nfev > 10 * with_gradient.nfev
