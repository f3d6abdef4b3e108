"""Find the tastes and traits behind ratings made from a seed, by Adam on all of them at once."""

from typing import Any

import factors
import numpy as np

PEOPLE, FILMS, K, NOISE = 400, 200, 3, 0.4
BETA1, BETA2, EPSILON, STEPS = 0.9, 0.999, 1e-8, 300

rng = np.random.default_rng(0)
taste, trait = rng.normal(0, 1, (PEOPLE, K)), rng.normal(0, 0.5, (FILMS, K))
likes = 3.5 + rng.normal(0, 0.3, (PEOPLE, 1)) + rng.normal(0, 0.5, FILMS) + taste @ trait.T
seen = rng.permutation(PEOPLE * FILMS)[:16_000]  # a fifth of all pairs
person, film = np.divmod(seen, FILMS)
rating = likes[person, film] + rng.normal(0, NOISE, len(seen))
train, test = slice(3_000, None), slice(3_000)
given = {"person": person[train], "film": film[train], "rating": rating[train]}

params: Any = factors.init_params(0)
params["overall"] = np.mean(rating[train])
g: Any
mean = {name: np.zeros_like(value) for name, value in params.items()}  # of the gradients
square = {name: np.zeros_like(value) for name, value in params.items()}  # of their squares
for t in range(1, STEPS + 1):
    J, gradients = factors.value_and_grad(params, **given)
    for name, g in gradients.items():
        mean[name] = BETA1 * mean[name] + (1 - BETA1) * g
        square[name] = BETA2 * square[name] + (1 - BETA2) * g**2
        m, s = mean[name] / (1 - BETA1**t), square[name] / (1 - BETA2**t)
        params[name] = params[name] - 0.03 * (1 - t / STEPS) * m / (np.sqrt(s) + EPSILON)
    if t % 50 == 0:
        print(f"step {t}: J = {J:.4f}")

guess = factors.predict(params, person=person[test], film=film[test]).prediction
error = np.sqrt(np.mean((guess - rating[test]) ** 2))
plain = np.sqrt(np.mean((rating[train].mean() - rating[test]) ** 2))
print(f"error on 3000 ratings held out: {error:.3f}; of their mean {plain:.3f}; noise {NOISE}")
assert error < 0.5
