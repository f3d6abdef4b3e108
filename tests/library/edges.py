"""What the tests of the edges share: functions of one number, and graphs run where they start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compiled import build

inf, nan = np.inf, np.nan
by_level = pytest.mark.parametrize("level", [0, 1, 2])


def along(expression: str, x: Any, level: int, dtype: str = "f64") -> tuple[Any, Any]:
    """Values and derivatives of a function of one number."""
    x = np.asarray(x, {"f64": np.float64, "f32": np.float32}[dtype])
    text = f"dim N\ndtype {dtype}\nparam x: [N] = 0\noutput y = {expression}\n"
    module = build(text, level=level)
    outputs, saved = module.forward({"x": x})
    return outputs.y, module.backward(saved, dy=np.ones_like(x))["x"]


def run(text: str, level: int, cotangents: dict[str, Any] | None = None, **inputs: Any) -> Any:
    """Outputs and gradients of a graph at its starting values."""
    module = build(text, level=level)
    params = [module.init_params()] if module.graph["params"] else []
    outputs, saved = module.forward(*params, **inputs)
    return outputs, module.backward(saved, **(cotangents or {}))
