"""What loops that are made short at -O2 hand out is the caller's; draws are those of forward."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options
from tests.loops.test_short import agree
from tests.loops.test_unrolled import arguments, module
from tests.seldom import seldom

_VALUES = ("x_t * w", "next h", "h", "h * next h", "tanh(x_t @ M)", "h * x_t", "next g", "g * w")


def repeated(seed: int) -> str:
    """A graph that collects values of a loop's steps, some of them twice, and returns some."""
    drawn = random.Random(seed)
    lines = [
        "dim T", "dim H = 3", "input x: [T, H]", "param w: [H]", "param v: [H]", "param M: [H, H]",
        "scan h, g, s = w, v, zeros([H]) over x_t in x {",
        "    next h = tanh(h * w + x_t)",
        f"    next g = {drawn.choice(['sin(g * v) + next h @ M', '(x_t @ M + h @ M) * g'])}",
        f"    next s = s + {drawn.choice(_VALUES)}",
    ]  # fmt: skip
    chosen = [drawn.choice(_VALUES) for _ in range(2)]
    for k, value in enumerate([*chosen, *drawn.choices(chosen, k=2)]):
        lines += [f"    e{k} = {value}", f"    output o{k} = e{k}"]
    lines.append("}")
    lines += [f"output o{k}" for k in drawn.sample(range(4), 2)]
    lines += [f"output {name}" for name in drawn.sample(["h", "g", "s"], 2)]
    read = drawn.sample(["h", "g", "s", "o0", "o1", "o2", "o3"], 3)
    lines.append(f"loss J = {' + '.join([f'sum(square({name}))' for name in read])}")
    return "\n".join(lines) + "\n"


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("seed", seldom(range(16), lambda seed: seed >= 8))
def test_what_is_collected_twice(seed: int) -> None:
    text = repeated(seed)
    for steps in (9, 0):
        agree(text, Options(level=2), {"T": steps})
    plain, fast = [module(text, Options(level=level)) for level in (0, 2)]
    params = plain["init_params"]()
    x = np.random.default_rng(seed).normal(size=(5, 3))
    wanted = plain["forward"](params, x=x)[0]
    found = fast["forward"](params, x=x)[0]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
    arrays = [array for array in found if isinstance(array, np.ndarray)]
    for k, array in enumerate(arrays):
        assert not any(np.shares_memory(array, other) for other in arrays[k + 1 :])


SAVED_STATES = """
dim B, T
input x: [T, B, 3]
param p: [3, 5]
scan h, s = ones([B, 5]), zeros([B, 5]) over x_t in x {
    next h = tanh(x_t @ p * h)
    next s = s + h * next h
}
output s
loss J = sum(square(s)) + sum(h)
"""
# Two gradients that are the same sum of products.
EQUAL_GRADIENTS = """
dim B, T
input x: [T, B, 4]
input y: [B, 3]
param v: [3]
param M: [3, 3]
param P: [4, 3]
param Q: [4, 3]
scan h, g = zeros([B, 3]) + v, y over x_t in x {
    next h = (x_t @ P + x_t @ Q) @ M * h * 0.5
    next g = next h
}
loss J = sum(g * 0.7)
"""


@pytest.mark.parametrize("text", [SAVED_STATES, EQUAL_GRADIENTS])
def test_what_is_made_once_is_handed_out(text: str) -> None:
    for steps in (9, 1, 0):
        agree(text, Options(level=2), {"T": steps, "B": 2})


def test_equal_gradients_share_no_memory() -> None:
    fast = module(EQUAL_GRADIENTS, Options(level=2))
    given = {"x": np.ones((9, 2, 4)), "y": np.ones((2, 3))}
    _, gradients = fast["value_and_grad"](fast["init_params"](), **given)
    assert not np.shares_memory(gradients["P"], gradients["Q"])


UNREAD_NUMBER = """
dim T = 6
input z: [T]
param p: []
scan h, unread = p, 0.5 over z_t in z {
    next h = h * p + random_normal([]) * z_t
    next unread = random_normal([])
}
loss J = square(h)
"""
UNREAD_DROPOUT = """
dim T = 6
input z: [T, 2]
param p: [2]
scan h, unread = p, p over z_t in z {
    next h = tanh(h * z_t)
    next unread = dropout(z_t, 0.5)
    output ys = p * z_t
}
loss J = sum(square(ys)) + sum(h)
"""
RETURNED_NUMBER = """
dim T = 6
input z: [T]
param p: []
scan h, other = p, 0.5 over z_t in z {
    next other = other + random_normal([])
    next h = h * p + random_normal([]) * z_t
}
output other
loss J = square(h)
"""


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("checkpoint", [None, 2])
@pytest.mark.parametrize("text", [UNREAD_NUMBER, UNREAD_DROPOUT, RETURNED_NUMBER])
def test_all_functions_draw_what_forward_draws(
    text: str, level: int, checkpoint: int | None
) -> None:
    plain = module(text, Options(level=0))
    fast = module(text, Options(level=level, checkpoint=checkpoint, also=("jvp", "hvp")))
    params, inputs = arguments(plain)
    given: dict[str, Any] = dict(inputs)
    for function in (plain["forward"], fast["forward"]):
        names = function.__annotations__
        given |= {"rng": 3} if "rng" in names else {}
        given |= {"training": True} if "training" in names else {}
    outputs, saved = plain["forward"](params, **given)
    wanted = plain["backward"](saved)
    ours, saved = fast["forward"](params, **given)
    assert pytest.approx(outputs.J, rel=1e-12) == ours.J
    value, gradients = fast["value_and_grad"](params, **given)
    assert value == pytest.approx(outputs.J, rel=1e-12)
    in_turn = fast["backward"](saved)
    moved = fast["jvp"](params, params, **given)
    along = sum(float(np.sum(wanted[name] * params[name])) for name in params)
    assert pytest.approx(along, rel=1e-9) == moved.J
    step = 1e-6
    longer = {name: value * (1 + step) for name, value in params.items()}
    other = plain["backward"](plain["forward"](longer, **given)[1])
    hessian = fast["hvp"](params, params, **given)
    for name, gradient in wanted.items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-12)
        np.testing.assert_allclose(in_turn[name], gradient, rtol=1e-12)
        change = (other[name] - gradient) / step
        np.testing.assert_allclose(hessian[name], change, rtol=1e-4, atol=1e-4)
