"""Forces as the gradient of an energy: checked by differences, then a short trajectory."""

import lennard_jones
import numpy as np
import numpy.typing as npt


def forces(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Minus the gradient of the energy."""
    return -lennard_jones.value_and_grad(x=x)[1]["x"]


rng = np.random.default_rng(0)
grid = np.stack(np.meshgrid(range(5), range(5), range(4), indexing="ij"), axis=-1).reshape(-1, 3)
x = 1.12 * grid + rng.normal(0, 0.03, grid.shape)
force = forces(x)
scale = np.abs(force).max()
print(f"sum of the forces on {len(x)} particles: {np.abs(force.sum(axis=0)).max():.0e}")
assert np.abs(force.sum(axis=0)).max() < 1e-12 * scale * len(x)

# Push some particles a little and see what the energy does.
for i, axis in rng.integers((len(x), 3), size=(20, 2)):
    step = np.zeros_like(x)
    step[i, axis] = 1e-5
    up, down = (lennard_jones.forward(x=x + s)[0].energy for s in (step, -step))
    assert abs((down - up) / 2e-5 - force[i, axis]) < 1e-6 * scale

# Velocity Verlet, in units where mass, depth and diameter are 1.
v, dt, totals = rng.normal(0, 0.3, x.shape), 0.004, []
for _ in range(500):
    v += dt / 2 * force
    x = x + dt * v
    force = forces(x)
    v += dt / 2 * force
    totals.append(lennard_jones.forward(x=x)[0].energy + 0.5 * np.sum(v**2))
drift = (max(totals) - min(totals)) / 0.5 / np.sum(v**2)
print(f"energy {totals[0]:.3f}; over 500 steps it varies by {drift:.1e} of the kinetic energy")
assert drift < 1e-2
