"""The network without its last layer: what it sees in handwritten digits."""

from pathlib import Path

import features  # build/features.py
import numpy as np

HERE = Path(__file__).parent
weights = np.load(HERE / "build" / "reader.npz")
params = {name: weights[name] for name in features.init_params()}
state = {name: weights[name] for name in features.__graph__["state"]}


def stretched(size):
    """A matrix that takes 8 numbers to more, by straight lines between them: [8, size]."""
    at = (np.arange(size) + 0.5) * 8 / size - 0.5
    return np.stack([np.interp(at, np.arange(8), one) for one in np.eye(8)])


def seen(ink):
    """What it sees at six places of pictures of 48 × 48, dark on white: [B, 64] to [B, 6, 120]."""
    digits = stretched(40).T @ ink.reshape(-1, 8, 8) @ stretched(32)
    grey = 1 - 2 * np.pad(digits, ((0, 0), (4, 4), (8, 8)))
    pictures = np.repeat(grey[:, np.newaxis], 3, axis=1).astype(np.float32)
    tens = np.array_split(pictures, len(pictures) // 10)
    return np.concatenate([features.forward(params, x=x, state=state)[0].features for x in tens])


def last_layer():
    """The last layer as it came, as far as it is about digits."""
    characters = (HERE / "build" / "characters.txt").read_text(encoding="utf-8").split("\n")
    columns = [1 + characters.index(digit) for digit in "0123456789"]  # column 0: no character
    return {"W": weights["linear_85.W"][:, columns], "b": weights["linear_85.b"][columns]}
