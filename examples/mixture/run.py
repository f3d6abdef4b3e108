"""Fit three normal distributions to points drawn from three, by maximum likelihood with SciPy."""

import mixture
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

rng = np.random.default_rng(0)
weights, centres = [0.5, 0.3, 0.2], np.array([[0, 0], [3, 1], [-1, 4]])
roots = np.array([[[1, 0], [0.5, 0.5]], [[0.6, 0], [-0.5, 0.8]], [[1.2, 0], [0, 0.4]]])
which = rng.choice(3, 1500, p=weights)
x = centres[which] + np.einsum("nij,nj->ni", roots[which], rng.normal(0, 1, (1500, 2)))


def cost(vector: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
    J, gradients = mixture.value_and_grad(mixture.unpack(vector), x=x)
    return J, mixture.pack(gradients)


start = mixture.pack(mixture.init_params(4))
found = minimize(cost, start, jac=True, method="BFGS", options={"gtol": 1e-7})
params = mixture.unpack(found.x)
outputs = mixture.forward(params, x=x)[0]
weight = np.exp(params["weight"]) / np.exp(params["weight"]).sum()
for k in np.argsort(-weight):
    print(f"weight {weight[k]:.3f}, centre {params['centre'][k].round(2)}")
print(f"J = {found.fun:.4f} after {found.nit} steps")
# At the maximum each weight and centre is the mean that the shares say it is.
share = outputs.share / outputs.share.sum(axis=0)
assert np.allclose(outputs.share.mean(axis=0), weight, atol=1e-5)
assert np.allclose(share.T @ x, params["centre"], atol=1e-5)
assert np.allclose(np.sort(weight)[::-1], weights, atol=0.03)
