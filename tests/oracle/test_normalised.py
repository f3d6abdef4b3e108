"""Batch normalisation against torch's: while training, over several calls, and afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compiled import build
from tests.oracle.agreement import call, close, torch

TEXT = """
from nn import BatchNorm
dim B
input x: [B, 3SHAPE]
input t: [B, 3SHAPE]
output y = BatchNorm(x)
loss J = sum(y * t)
wrt x, y.weight, y.bias
"""


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("shape", [(), (5,), (4, 2)])
def test_batch_norm(shape: tuple[int, ...], level: int) -> None:
    text = TEXT.replace("SHAPE", "".join(f", {n}" for n in shape))
    module = build(text, level=level)
    rng = np.random.default_rng(0)
    params = {"y.weight": rng.normal(1, 0.3, 3), "y.bias": rng.normal(0, 1, 3)}
    kind: Any = torch.nn.BatchNorm2d if len(shape) == 2 else torch.nn.BatchNorm1d
    layer = kind(3, dtype=torch.float64)
    state = None
    for training in (True, True, True, False):
        layer.train(training)
        x, t = rng.normal(2, 3, (6, 3, *shape)), rng.normal(0, 1, (6, 3, *shape))
        outputs, saved, state = module.forward(params, x=x, t=t, state=state, training=training)
        gradients = module.backward(saved)

        weights = {n: torch.tensor(v, requires_grad=True) for n, v in params.items()}
        picture = torch.tensor(x, requires_grad=True)
        named = {n.removeprefix("y."): t for n, t in weights.items()}
        buffers = dict(layer.named_buffers())  # which torch writes to
        y = call(layer, {**named, **buffers}, picture)
        loss = (y * torch.tensor(t)).sum()
        wanted = torch.autograd.grad(loss, [picture, *weights.values()])
        close(outputs.y, y, "y")
        close(outputs.J, loss, "J")
        for name, gradient in zip(["x", *weights], wanted, strict=True):
            close(gradients[name], gradient, name)
        close(state["y.mean"], layer.running_mean, "running mean")
        close(state["y.var"], layer.running_var, "running variance")
