"""Learn the energy of clusters of six atoms: from energies alone, and from forces as well."""

from collections.abc import Callable

import forces
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]


def morse(x: Array) -> tuple[Array, Array]:
    """What is to be found out: the energies and forces of Morse's potential."""
    apart = x[:, :, None] - x[:, None]
    r = np.sqrt(np.square(apart).sum(axis=3) + np.eye(6))
    near = np.exp(-3 * (r - 1)) * (1 - np.eye(6))
    slope = 6 * (near - near**2)
    return np.sum(near**2 / 2 - near, axis=(1, 2)), -np.sum((slope / r)[..., None] * apart, axis=2)


def fitted(learn: Callable[..., tuple[float, forces.Params]]) -> forces.Params:
    """The network that a loss finds."""

    def cost(vector: Array) -> tuple[float, Array]:
        J, gradients = learn(forces.unpack(vector), x=x, energy=energy, force=force)
        return J, forces.pack(gradients)

    start = forces.pack(forces.init_params(2))
    found = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return forces.unpack(found.x)


rng = np.random.default_rng(0)
octahedron = np.concatenate([np.eye(3), -np.eye(3)]) / 1.3
x, unseen = (octahedron + rng.normal(0, 0.08, (count, 6, 3)) for count in (60, 400))
(energy, force), truth = morse(x), morse(unseen)[1]
error = []
for learn in (forces.value_and_grad_alone, forces.value_and_grad_both):
    F = forces.predict(fitted(learn), x=unseen).F
    assert np.abs(F.sum(axis=1)).max() < 1e-12  # no cluster pushes itself away
    error.append(np.std(F - truth) / np.std(truth))
print(f"learnt from energies: forces on 400 other clusters are off by {error[0]:.1%}")
print(f"learnt from both: forces on 400 other clusters are off by {error[1]:.1%}")
assert error[1] < 0.06
assert error[0] > 3 * error[1]
