"""State in a scan: steps follow each other as calls do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compiled import build

HEAD = "from nn import BatchNorm\ndim B\ninput x: [3, B, 4]\nparam w: [4] = [1, -2, 0.5, 3]\n"

LOOP = f"""{HEAD}
scan h = 0 * x[0] over x_t in x {{
    next h = tanh(h + (BatchNorm(x_t * w + h) as bn))
}}
loss J = sum(h ** 2)
"""

STEPS = f"""{HEAD}
first = BatchNorm(x[0] * w) as bn
h1 = tanh(first)
h2 = tanh(h1 + bn(x[1] * w + h1))
h3 = tanh(h2 + bn(x[2] * w + h2))
loss J = sum(h3 ** 2)
"""

OUTSIDE = f"""{HEAD}
bn = BatchNorm(x[0] * w)
h1 = tanh(bn)
scan h = h1 over x_t in x[1:] {{
    next h = tanh(h + bn(x_t * w + h))
}}
loss J = sum(h ** 2)
"""

WITHIN = f"""{HEAD}
scan h = 0 * x[0] times 1 {{
    scan k = h over x_t in x {{
        next k = tanh(k + (BatchNorm(x_t * w + k) as bn))
    }}
    next h = k
}}
loss J = sum(h ** 2)
"""


def _called(text: str, level: int, training: bool) -> tuple[Any, Any, Any]:
    module = build(text, level=level)
    rng = np.random.default_rng(7)
    x = rng.normal(size=(3, 5, 4))
    params = module.init_params()
    params = {n: a + 0.1 * rng.normal(size=np.shape(a)) for n, a in sorted(params.items())}
    state = {"bn.mean": rng.normal(size=4), "bn.var": rng.uniform(0.5, 2, 4)}
    return module.value_and_grad(params, x=x, state=state, training=training)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("text", [LOOP, OUTSIDE, WITHIN], ids=["loop", "outside", "within"])
def test_steps_follow_each_other(text: str, level: int, training: bool) -> None:
    value, gradients, state = _called(text, level, training)
    expected, by_hand, after = _called(STEPS, 0, training)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    assert gradients.keys() == by_hand.keys()
    for found, hoped in ((gradients, by_hand), (state, after)):
        for name, array in hoped.items():
            np.testing.assert_allclose(found[name], array, rtol=1e-10, atol=1e-13, err_msg=name)


OWN = """
layer Counted(x) {
    state calls: i64 = 0
    state total: [2] = 0
    update calls = calls + 1
    update total = total + x
    return total
}
input x: [3, 2]
param w: [2] = 2
scan h = zeros([2]) over x_t in x {
    next h = h + (Counted(x_t * w) as counted)
    output seen = counted.calls
}
output h
output seen
"""


@pytest.mark.parametrize("level", [0, 1, 2])
def test_state_of_a_layer_of_ones_own(level: int) -> None:
    """What a step reads of it counts in derivatives; a member is what the call was given."""
    module = build(OWN, level=level)
    x = np.array([[1.0, 2], [3, 5], [7, 11]])
    outputs, saved, state = module.forward(module.init_params(), x=x)
    np.testing.assert_array_equal(outputs.h, 2 * (2 * x[0] + x[1]))
    np.testing.assert_array_equal(outputs.seen, [0, 0, 0])
    assert state["counted.calls"] == 3
    np.testing.assert_array_equal(state["counted.total"], 2 * x.sum(axis=0))
    np.testing.assert_array_equal(module.backward(saved, dh=np.ones(2))["w"], 2 * x[0] + x[1])
