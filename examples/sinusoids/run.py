"""Learn to learn sinusoids: afterwards ten points and one step are enough for a new one."""

import numpy as np
import numpy.typing as npt
import sinusoids

Array = npt.NDArray[np.float64]
rng = np.random.default_rng(0)


def sinusoid(others: int) -> dict[str, Array]:
    """Points of a new sinusoid, of any height and phase."""
    height, phase = rng.uniform(0.1, 5), rng.uniform(0, np.pi)
    x, x_other = rng.uniform(-5, 5, (10, 1)), rng.uniform(-5, 5, (others, 1))
    y, y_other = (height * np.sin(points + phase) for points in (x, x_other))
    return {"x": x, "y": y, "x_other": x_other, "y_other": y_other}


def error(weights: Array) -> float:
    """The mean squared error on 300 new sinusoids, after one step on each."""
    params = sinusoids.unpack(weights)
    return float(np.mean([sinusoids.forward(params, **sinusoid(100))[0].J for _ in range(300)]))


weights = start = sinusoids.pack(sinusoids.init_params(0))
mean, square = np.zeros_like(start), np.zeros_like(start)
for _ in range(2500):
    params = sinusoids.unpack(weights)
    found = [sinusoids.value_and_grad(params, **sinusoid(10))[1] for _ in range(5)]
    gradient = sum(map(sinusoids.pack, found), np.zeros_like(start))
    mean += 0.1 * (gradient - mean)
    square += 0.01 * (gradient**2 - square)
    weights = weights - 2e-3 * mean / (np.sqrt(square) + 1e-8)
before, after = error(start), error(weights)
print(f"error after one step: {before:.2f} from random weights, {after:.2f} from those found")
assert after < before / 3
