"""The network without its last layer: what it sees in handwritten digits."""

from pathlib import Path

import features  # build/features.py
import numpy as np

HERE = Path(__file__).parent
weights = np.load(HERE / "build" / "reader.npz")
params = {name: weights[name] for name in features.init_params()}
state = {name: weights[name] for name in features.__graph__["state"]}


def table(count=None):
    """Digits in an order of no meaning: how much ink, 0 to 1, and which they are."""
    rows = np.loadtxt(HERE.parent / "data" / "digits.csv", np.int64, delimiter=",", skiprows=1)
    rows = np.random.default_rng(0).permutation(rows)[:count]
    return (rows[:, :64] / 16).astype(np.float32), rows[:, 64]


def stretched(size):
    """A matrix that takes 8 numbers to more, by straight lines between them: [8, size]."""
    at = (np.arange(size) + 0.5) * 8 / size - 0.5
    return np.stack([np.interp(at, np.arange(8), one) for one in np.eye(8)])


def pictures(ink):
    """Digits in pictures of 48 × 48, dark on white: [B, 64] to [B, 3, 48, 48]."""
    digits = stretched(40).T @ ink.reshape(-1, 8, 8) @ stretched(32)
    grey = 1 - 2 * np.pad(digits, ((0, 0), (4, 4), (8, 8)))
    return np.repeat(grey[:, np.newaxis], 3, axis=1).astype(np.float32)


def seen(ink):
    """What the network sees in digits, at six places of a picture: [B, 64] to [B, 6, 120]."""
    tens = np.array_split(pictures(ink), -(-len(ink) // 10))
    return np.concatenate([features.forward(params, x=x, state=state)[0].features for x in tens])


def last_layer():
    """The last layer as it came, as far as it is about digits."""
    characters = (HERE / "build" / "characters.txt").read_text(encoding="utf-8").split("\n")
    columns = [1 + characters.index(digit) for digit in "0123456789"]  # column 0: no character
    return {"W": weights["linear_85.W"][:, columns], "b": weights["linear_85.b"][columns]}
