"""Random numbers: from the caller's generator, in the order of the file, the same for backward."""

from __future__ import annotations

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.state.test_state import module

DROPOUT = """
dim B
input x: [B, 50]
param w: [50] = 1
h = dropout(x * w, 0.2)
output h
loss J = sum(square(h))
"""


@pytest.mark.parametrize("level", [0, 1])
def test_backward_sees_the_mask_of_forward(level: int) -> None:
    found = module(DROPOUT, level)
    x, params = np.ones((4, 50)), {"w": np.full(50, 2.0)}
    outputs, saved = found["forward"](params, x=x, rng=3, training=True)
    kept = outputs.h != 0
    assert 0.6 < kept.mean() < 0.95
    np.testing.assert_allclose(outputs.h[kept], 2.0 / 0.8)
    gradient = found["backward"](saved)["w"]
    np.testing.assert_allclose(gradient, (2 * outputs.h * kept / 0.8).sum(axis=0))
    again, _ = found["forward"](params, x=x, rng=3, training=True)
    np.testing.assert_array_equal(again.h, outputs.h)
    other, _ = found["forward"](params, x=x, rng=4, training=True)
    assert (other.h != outputs.h).any()


def test_without_training_nothing_is_drawn() -> None:
    found = module(DROPOUT)
    x, params = np.random.default_rng(0).normal(0, 1, (4, 50)), {"w": np.full(50, 2.0)}
    outputs, saved = found["forward"](params, x=x)
    np.testing.assert_array_equal(outputs.h, x * 2.0)
    np.testing.assert_array_equal(found["backward"](saved)["w"], (2 * outputs.h * x).sum(axis=0))
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    found["forward"](params, x=x, rng=rng)
    assert rng.bit_generator.state == before
    with pytest.raises(ValueError, match="rng: a seed or a Generator is needed"):
        found["forward"](params, x=x, training=True)


@pytest.mark.parametrize(
    ("rng", "kind"), [("seven", TypeError), (1.5, TypeError), (-1, ValueError), ([-1], ValueError)]
)
def test_what_is_no_seed_is_named(rng: object, kind: type[Exception]) -> None:
    found = module("param w = 1\nloss J = w * random_normal([])\n")
    with pytest.raises(kind, match=r"rng: expected a seed.* or a Generator, got"):
        found["forward"]({"w": 1.0}, rng=rng)


def test_draws_come_in_the_order_of_the_file() -> None:
    text = """
    output b = a * 2 + random_uniform([2])
    a = random_normal([2])
    param w = 1
    loss J = w * sum(b)
    """.replace("\n    ", "\n")
    found = module(text)
    outputs, _ = found["forward"]({"w": 1.0}, rng=7)
    rng = np.random.default_rng(7)
    uniform = rng.random(2)
    normal = rng.standard_normal(2)
    np.testing.assert_array_equal(outputs.b, normal * 2 + uniform)


def test_equal_draws_are_not_merged() -> None:
    found = module("param w = 1\noutput d = random_normal([3]) - random_normal([3])\nloss J = w\n")
    outputs, _ = found["forward"]({"w": 1.0}, rng=0)
    assert (outputs.d != 0).all()


def test_a_generator_is_required_where_something_is_always_drawn() -> None:
    found = module("param w = 1\nloss J = w * sum(random_normal([3]))\n")
    with pytest.raises(ValueError, match="rng: a seed or a Generator is needed"):
        found["forward"]({"w": 1.0})
    rng = np.random.default_rng(5)
    expected = np.random.default_rng(5).standard_normal(3).sum()
    assert expected == found["forward"]({"w": 1.0}, rng=rng)[0].J


def test_element_types_and_scalars() -> None:
    text = "dtype f32\nparam w = 1\noutput u = random_uniform([4])\noutput s = random_normal([])\n"
    outputs, _ = module(text)["forward"]({"w": 1.0}, rng=0)
    assert outputs.u.dtype == np.float32
    assert isinstance(outputs.s, np.float32)


def test_draws_in_a_scan_differ_from_step_to_step() -> None:
    text = """
param w = 1
scan s = 0 times 4 {
    next s = s + w * random_normal([])
    output kept = next s
}
output kept
loss J = s
"""
    found = module(text)
    outputs, saved = found["forward"]({"w": 2.0}, rng=1)
    drawn = np.random.default_rng(1).standard_normal
    expected = np.cumsum([2.0 * drawn() for _ in range(4)])
    np.testing.assert_allclose(outputs.kept, expected)
    np.testing.assert_allclose(found["backward"](saved)["w"], expected[-1] / 2)


def test_training_may_be_shadowed() -> None:
    text = "const training = true\nparam w = 2\nloss J = where(training, w, 0)\n"
    namespace = compile_source(Source("t.graph", text), Options()).text
    assert "training=" not in namespace
