"""What is done for all steps at once at -O2 changes no number: before a loop, and behind it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from gradc.targets.offered import target_of
from tests.loops.test_unrolled import module
from tests.seldom import seldom

_HEAD = """
dim T, B
dim D = 3, H = 4
input x: [T, B, D]
input y: [B, H]
"""
RECURRENT = {
    "lstm": """
from nn import LSTMCell
scan h, c = zeros([B, H]), zeros([B, H]) over x_t in x {
    next h, c = LSTMCell(x_t, h, c) as cell
}
loss J = mean(square(h - y))
""",
    "gru": """
from nn import GRUCell
scan h = zeros([B, H]) over x_t in x {
    next h = GRUCell(x_t, h) as cell
}
loss J = mean(square(h - y))
""",
    "all_steps_go_out": """
param W: [D, H]
param U: [H, H]
param b: [H]
scan h = y over x_t in x {
    next h = tanh(h @ U + x_t @ W + b)
    output hs = next h
}
output hs
loss J = sum(square(hs)) + mean(h)
""",
    "matrices_first": """
param W: [H, D]
param V: [D, H]
scan h = y over x_t in x {
    next h = tanh(h + (W @ x_t.T).T * sum(x_t @ V))
}
loss J = sum(square(h))
""",
    "twice_the_same": """
param W: [D, 8]
param U: [H, 8]
scan h = y over x_t in x {
    z = x_t @ W + h @ U + h @ U
    a = sigmoid(z[:, :4])
    b = tanh(z[:, 4:])
    next h = a * h + (1 - a) * b + sum(x_t @ W)
}
loss J = mean(square(h)) + sum(W)
""",
    "a_total_that_starts_somewhere": """
param W: [D, H]
param A: [H, H]
scan h, s = y, sum(W) over x_t in x {
    next h = tanh(x_t @ W * 0.5 + h * (x_t @ W) * exp(x_t @ W) + x_t @ W @ A)
    next s = s + sum(square(x_t @ W))
}
loss J = mean(square(h)) + s
""",
    "three_gates_of_one_kind": """
param W: [D, 12]
param U: [H, 12]
scan h = y over x_t in x {
    z = x_t @ W + h @ U
    next h = sigmoid(z[:, :4]) * sigmoid(z[:, 4:8]) + sigmoid(z[:, 8:]) * h
}
loss J = mean(square(h))
""",
    "a_logarithm_of_a_gate": """
param W: [D, 8]
scan h, l = y, 0.0 over x_t in x {
    z = 5 * x_t @ W - 30
    p = sigmoid(z[:, :4])
    q = sigmoid(z[:, 4:])
    next h = tanh(h + p * x_t[:, :1])
    next l = l + sum(log(p + 1e-30)) + sum(q)
}
loss J = mean(square(h)) + l
""",
    "a_number_that_starts_as_an_element": """
param W: [H]
scan h = W[-1] over x_t in x {
    next h = where(h > h, h, 0.5 * h)
}
loss J = square(h)
""",
    "a_quotient_of_a_gate": """
param W: [D, 8]
scan h = y over x_t in x {
    z = 5 * x_t @ W - 30
    next h = h + sigmoid(z[:, :4]) / (sigmoid(z[:, 4:]) + 1e-20)
}
loss J = mean(square(h))
""",
}
VECTORS = """
dim T
input x: [T, 3]
param W: [4, 3]
param U: [4, 4]
param b: [4]
scan h = b over x_t in x {
    next h = tanh(W @ x_t + U @ h)
}
loss J = sum(h)
"""


def _arguments(found: dict[str, Any], sizes: dict[str, int]) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)

    def drawn(entry: dict[str, Any]) -> Any:
        return rng.normal(size=[sizes.get(s, s) for s in entry["shape"]])

    graph = found["__graph__"]
    params = {name: drawn(entry) for name, entry in graph["params"].items()}
    return params, {name: drawn(entry) for name, entry in graph["inputs"].items()}


def agree(text: str, options: Options, sizes: dict[str, int]) -> None:
    """Value and gradients are those of -O0, at once and in turn."""
    plain = module(text, Options(level=0, checkpoint=options.checkpoint))
    fast = module(text, options)
    params, inputs = _arguments(plain, sizes)
    value, gradients = plain["value_and_grad"](params, **inputs)
    workspace = fast["Workspace"]()
    for given in ({}, {"workspace": workspace}, {"workspace": workspace}):
        found, at_once = fast["value_and_grad"](params, **inputs, **given)
        outputs, saved = fast["forward"](params, **inputs, **given)
        in_turn = fast["backward"](saved, dJ=2.0, **given)
        np.testing.assert_allclose([found, outputs.J], [value, value], rtol=1e-12)
        for name, gradient in gradients.items():
            largest = np.max(np.abs(gradient), initial=0.0)
            np.testing.assert_allclose(at_once[name], gradient, rtol=0, atol=1e-12 * largest)
            np.testing.assert_allclose(in_turn[name], 2 * gradient, rtol=0, atol=2e-12 * largest)


@pytest.mark.parametrize("checkpoint", seldom([None, 2], lambda checkpoint: checkpoint == 2))
@pytest.mark.parametrize("name", RECURRENT)
def test_numbers(name: str, checkpoint: int | None) -> None:
    options = Options(level=2, checkpoint=checkpoint)
    for steps, batch in ((5, 3), (1, 1), (3, 1), (0, 2)):
        agree(_HEAD + RECURRENT[name], options, {"T": steps, "B": batch})


@pytest.mark.parametrize("checkpoint", [None, 2])
def test_numbers_of_vectors(checkpoint: int | None) -> None:
    for steps in (0, 1, 5):
        agree(VECTORS, Options(level=2, checkpoint=checkpoint), {"T": steps})


def test_predictions() -> None:
    text = _HEAD + RECURRENT["lstm"] + "output h\n"
    plain, fast = [module(text, Options(level=level)) for level in (0, 2)]
    params, inputs = _arguments(plain, {"T": 5, "B": 3})
    (expected,) = plain["predict"](params, x=inputs["x"])
    (found,) = fast["predict"](params, x=inputs["x"], workspace=fast["Workspace"]())
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_step_has_one_product_each_way() -> None:
    """What makes gates of the sequence and gradients is outside."""
    text = compile_source(Source("l.graph", _HEAD + RECURRENT["lstm"]), Options(level=2)).text
    steps = {
        "forward": ["gates"],
        "backward": ["dJ_dh"],
        "value_and_grad": ["gates", "dJ_dh_2"],
    }
    for name, made in steps.items():
        whole = text[text.index(f"def {name}") :]
        whole = whole[: whole.index("\ndef ")]
        within = re.findall(r"^ {8}(?! *#).* @ .*$", whole, re.MULTILINE)
        assert [line.strip().partition(" = ")[0] for line in within] == made
        assert whole.count("np.tanh(") == {"forward": 2, "backward": 0}.get(name, 2)


def test_where_steps_are_loops_anyway_products_alone_go_before_them() -> None:
    """What goes back is multiplied by numbers of the step: kept for all steps, it is an array."""
    source = Source("l.graph", _HEAD + RECURRENT["lstm"])
    kept = {}
    for name in ("numpy", "c"):
        texts = compile_source(source, Options(level=2), target=target_of(name)).files.values()
        kept[name] = {w for text in texts for w in re.findall(r"\bdJ_d\w+_steps\b", str(text))}
    assert kept["c"] == {"dJ_dz_steps"}
    assert len(kept["numpy"]) > 1
