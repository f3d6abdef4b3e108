"""Learn how a rod cools from the heat equation alone, and compare with the series for it."""

import heat
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]


def series(x: Array, t: Array) -> Array:
    """The waves that x * (1 - x) is made of: each fades at a rate of its own."""
    k = np.pi * np.arange(1, 200, 2)
    waves = 8 / k**3 * np.sin(np.outer(x, k)) * np.exp(-0.1 * np.outer(t, k**2))
    return np.asarray(waves.sum(axis=1))


def cost(vector: Array) -> tuple[float, Array]:
    J, gradients = heat.value_and_grad(heat.unpack(vector), x=x, t=t)
    return J, heat.pack(gradients)


x, t = np.random.default_rng(0).uniform(size=(2, 400))
t **= 2  # more moments early on, when the ends cool fast
start = heat.pack(heat.init_params(1))
found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000})
print(f"J = {found.fun:.1e} after {found.nit} steps, from {cost(start)[0]:.1e}")

places, moments = (g.ravel() for g in np.meshgrid(np.linspace(0, 1, 51), np.linspace(0, 1, 51)))
u = heat.forward(heat.unpack(found.x), x=places, t=moments)[0].u
exact = series(places, moments)
for moment in (0, 0.5, 1):
    middle = np.flatnonzero((places == 0.5) & (moments == moment))[0]
    print(f"in the middle at {moment}: {u[middle]:.4f}, by the series {exact[middle]:.4f}")
error = np.abs(u - exact).max()
print(f"largest error at {u.size} places and moments: {error:.1e}")
assert error < 1e-3
