"""Fit the equations of Lotka and Volterra to the pelts that the Hudson's Bay Company counted."""

from typing import Any

import lynx
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]
# From 1900 to 1920, in thousands.
HARES = """30 47.2 70.2 77.4 36.3 20.6 18.1 21.4 22 25.4 27.1
    40.3 57 76.6 52.3 19.5 11.2 7.6 14.6 16.2 24.7"""
LYNXES = "4 6.1 9.8 35.2 59.4 41.7 19 13 8.3 9.1 7.4 8 12.3 19.5 45.7 51.1 29.7 15.8 9.7 10.1 8.6"
pelts = np.array([HARES.split(), LYNXES.split()], np.float64).T


def cost(vector: Array) -> tuple[float, Array]:
    J, gradients = lynx.value_and_grad(lynx.unpack(vector), pelts=pelts)
    return J, lynx.pack(gradients)


params: Any = lynx.unpack(minimize(cost, lynx.pack(lynx.init_params()), jac=True).x)
# What Carpenter (2018) finds in the same numbers.
known = {"birth": 0.55, "eaten": 0.028, "death": 0.8, "fed": 0.024}
for name, published in known.items():
    print(f"{name} {params[name]:.4f}, published {published}")
    assert abs(params[name] / published - 1) < 0.05

# How the numbers move with the rate of births, and what differences say of it.
by_birth: Any = lynx.forward(params, pelts=pelts)[0].by_birth
for bump in (1e-5, -1e-5):
    bumped: Any = {**params, "birth": params["birth"] + bump}
    by_birth = by_birth - lynx.forward(bumped, pelts=pelts)[0].years / (2 * bump)
print(f"sensitivities are within {np.abs(by_birth).max():.0e} of differences")
assert np.abs(by_birth).max() < 1e-6
