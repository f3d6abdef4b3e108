"""Learn the energy of clusters of six atoms: from energies alone, and from forces as well."""

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
    push = 6 * (near**2 - near) / r
    return np.sum(near**2 / 2 - near, axis=(1, 2)), np.sum(push[..., None] * apart, axis=2)


def error(loss: str) -> float:
    """How far the forces are off on other clusters, once a loss is learnt."""

    def cost(vector: Array) -> tuple[float, Array]:
        J, gradients = getattr(forces, f"value_and_grad_{loss}")(forces.unpack(vector), **known)
        return J, forces.pack(gradients)

    start = forces.pack(forces.init_params(2))
    end = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    F, truth = forces.predict(forces.unpack(end.x), x=others).F, morse(others)[1]
    assert np.abs(F.sum(axis=1)).max() < 1e-12  # no cluster pushes itself away
    return float(np.std(F - truth) / np.std(truth))


corners = np.concatenate([np.eye(3), -np.eye(3)]) / 1.3
x, others = np.split(np.random.default_rng(0).normal(corners, 0.08, (460, 6, 3)), [60])
known = dict(zip(("x", "energy", "force"), (x, *morse(x)), strict=True))
alone, both = error("alone"), error("both")
print(f"forces are off by {alone:.1%} where energies are learnt, by {both:.1%} with the forces")
assert both < min(0.06, alone / 3)
