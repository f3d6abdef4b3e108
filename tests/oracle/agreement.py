"""A graph and a model of torch, given the same numbers: their values and gradients agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from tests.compiled import build

torch: Any = pytest.importorskip("torch", reason="needs torch: the extra `oracle` brings it")

Tensors = Mapping[str, Any]
TOLERANCE = 1e-9


def drawn(described: Mapping[str, Any], sizes: Mapping[str, int], rng: np.random.Generator) -> Any:
    """Random numbers for an entry of `__graph__`; integers are below 5."""
    shape = [sizes.get(n, n) for n in described["shape"]]
    if described["dtype"] == "int64":
        return rng.integers(0, 5, shape)
    return rng.normal(0, 0.5, shape)


def agree(
    text: str,
    model: Callable[[Tensors, Tensors], Mapping[str, Any]],
    *,
    seed: int = 0,
    **sizes: int,
) -> None:
    """Holds every output and every gradient against those of `model`, at both levels.

    `model` gets parameters and inputs as tensors and gives the outputs; the loss is called J.
    """
    for level in (0, 1):
        module = build(text, level=level)
        rng = np.random.default_rng(seed)
        params = {n: drawn(e, sizes, rng) for n, e in module.graph["params"].items()}
        inputs = {n: drawn(e, sizes, rng) for n, e in module.graph["inputs"].items()}
        outputs, saved = module.forward(*([params] if params else []), **inputs)
        gradients = module.backward(saved)

        ours = {n: torch.tensor(v) for n, v in params.items()}
        given = {n: torch.tensor(v) for n, v in inputs.items()}
        leaves = {n: t.requires_grad_() for n, t in {**ours, **given}.items() if n in gradients}
        theirs = model(ours, given)
        for name, value in theirs.items():
            close(getattr(outputs, name), value, name)
        assert set(gradients) == set(leaves)
        for name, wanted in zip(
            leaves, torch.autograd.grad(theirs["J"], list(leaves.values())), strict=True
        ):
            close(gradients[name], wanted, f"the gradient of {name}")


def close(found: Any, wanted: Any, what: str) -> None:
    """To 1e-9 of the largest element."""
    wanted = wanted.detach().numpy()
    scale = max(1.0, np.abs(wanted).max(initial=0))
    assert np.shape(found) == wanted.shape, what
    np.testing.assert_allclose(found, wanted, rtol=0, atol=TOLERANCE * scale, err_msg=what)


def call(module: Any, weights: Tensors, *args: Any, **keywords: Any) -> Any:
    """A module of torch with these weights, which stay what gradients are taken by."""
    return torch.func.functional_call(module, dict(weights), args, keywords)
