"""Learn to draw points from eight heaps in a ring, by the word of a critic that learns as well."""

from typing import Any

import critic
import numpy as np
import numpy.typing as npt

rng, angle = np.random.default_rng(0), np.arange(8) * np.pi / 4
heaps = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
params: Any = critic.init_params(0)
means = {name: np.zeros_like(value) for name, value in params.items()}
squares = {name: np.zeros_like(value) for name, value in params.items()}


def real(count: int) -> npt.NDArray[np.float64]:
    return heaps[rng.integers(8, size=count)] + rng.normal(0, 0.1, (count, 2))


def step(loss: str) -> None:
    """One step of Adam down one of the losses."""
    gradients = getattr(critic, f"value_and_grad_{loss}")(params, real=real(64), rng=rng)[1]
    for name, gradient in gradients.items():
        means[name] += 0.5 * (gradient - means[name])
        squares[name] += 0.1 * (gradient**2 - squares[name])
        params[name] = params[name] - 2e-3 * means[name] / (np.sqrt(squares[name]) + 1e-8)


for i in range(1501):
    for _ in range(5 if i else 300):
        step("D")
    step("G")
    if i % 500 == 0:
        fake, distance = critic.forward(params, real=real(2000), rng=rng)[0][:2]
        apart = np.linalg.norm(fake[:, None] - heaps, axis=2)
        near, most = apart.min(axis=1) < 0.5, np.bincount(apart.argmin(axis=1)).max() / 2000
        print(f"{i} steps: distance {distance:.3f}, {near.mean():.0%} in heaps, {most:.0%} in one")
assert distance < 0.2 and near.mean() > 0.8
assert most < 0.2  # an eighth is in each
