"""`average`: weights lie along the axes that are named, as NumPy has it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiled import build, refused
from tests.library.edges import by_level

X = np.arange(24.0).reshape(2, 3, 2, 2) ** 1.5


@by_level
@pytest.mark.parametrize("axis", [(0,), (1,), (-1,), (0, 1), (1, 2), (0, 2, 3)])
def test_weights_lie_along_the_axes(axis: tuple[int, ...], level: int) -> None:
    shape = [X.shape[a] for a in axis]
    weights = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    text = f"param x: {list(X.shape)}\ninput w: {shape}\n"
    text += f"loss J = sum(average(x, axis={list(axis)}, weights=w))\n"
    value, gradients = build(text, level=level).value_and_grad({"x": X}, w=weights)
    np.testing.assert_allclose(value, np.average(X, axis=axis, weights=weights).sum())
    kept = [s if a in {b % X.ndim for b in axis} else 1 for a, s in enumerate(X.shape)]
    share = np.broadcast_to(weights.reshape(kept) / weights.sum(), X.shape)
    np.testing.assert_allclose(gradients["x"], share)


def test_axes_that_do_not_ascend() -> None:
    text = "input x: [2, 3]\ninput w: [3, 2]\noutput y = average(x, axis=[1, 0], weights=w)\n"
    refused(text, "E0303", "in ascending order")
