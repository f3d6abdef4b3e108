"""Operations of torch one by one: what is imported gives torch's values and derivatives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
F = torch.nn.functional

import gradc  # noqa: E402
from tests.importing.torch_agreement import converted, named_inputs  # noqa: E402

AT_ONCE = 16
"""Operations of one module: to export one takes longer than to run it."""

LISTED = "".join(
    Path(__file__).with_name(f"torch_{name}.txt").read_text(encoding="utf-8")
    for name in ("operations", "counterparts")
)
OPERATIONS: dict[str, Callable[[Any, Any, Any, Any, Any], Any]] = {
    name: eval(f"lambda x, y, v, m, i, s: {text}")
    for name, _, text in (line.partition(": ") for line in LISTED.splitlines() if line[0] != "#")
}
NAMES = list(OPERATIONS)


class Several(torch.nn.Module):
    def __init__(self, names: list[str]):
        super().__init__()
        self.names = names

    def forward(self, x: Any, y: Any, v: Any, m: Any, i: Any) -> dict[str, Any]:
        s = m @ m.T + torch.eye(6)
        return {f"o{n}": OPERATIONS[name](x, y, v, m, i, s) for n, name in enumerate(self.names)}


def arguments() -> tuple[Any, ...]:
    torch.manual_seed(0)
    return (
        torch.randn(2, 4, 6, 6),
        torch.rand(2, 4, 6, 6) + 0.25,
        torch.randn(3, 4, 5),
        torch.randn(6, 6),
        torch.tensor([2, 0, 3]),
    )


@pytest.mark.parametrize("start", range(0, len(NAMES), AT_ONCE))
def test_values_and_derivatives_are_those_of_torch(start: int) -> None:
    names = NAMES[start : start + AT_ONCE]
    inputs = arguments()
    found = converted(Several(names), inputs)
    floats = [n for n, x in named_inputs(found, inputs).items() if x.dtype == np.float32]
    net = gradc.compile(f"{found.text}\nwrt {', '.join(floats)}\n")
    outputs, saved = net.forward(**named_inputs(found, inputs))
    given = named_inputs(found, inputs)
    leaves = [x.requires_grad_() if x.is_floating_point() else x for x in inputs]
    wanted = Several(names)(*leaves)
    for name, got, want in zip(names, outputs, wanted.values(), strict=True):
        np.testing.assert_allclose(
            got, want.detach().numpy(), rtol=2e-5, atol=2e-5, err_msg=f"{name}\n{found.text}"
        )
    nothing = {f"d{k}": np.zeros(w.shape, "f4") for k, w in wanted.items() if w.requires_grad}
    for name, key, want in zip(names, wanted, wanted.values(), strict=True):
        if not want.requires_grad:
            continue
        cotangent = torch.randn_like(want)
        slopes = torch.autograd.grad(
            want, leaves[:4], cotangent, retain_graph=True, allow_unused=True
        )
        gradients = net.backward(saved, **{**nothing, f"d{key}": cotangent.numpy()})
        by_name = dict(zip(given, slopes, strict=False))
        for leaf in floats:
            slope = by_name[leaf]
            expected = np.zeros_like(gradients[leaf]) if slope is None else slope.numpy()
            scale = max(np.abs(expected).max(), 1.0)
            difference = np.abs(gradients[leaf] - expected).max() / scale
            assert difference < 2e-5, f"{name} by {leaf}: {difference}"
