"""What a help quotes from another line is made once: an instance keeps its parameters, and what is
drawn is drawn once.

Each help is followed in graphs of every kind of value that a formula may be about, written in one
line and in two; what comes of it compiles, and has the numbers of the graph that it was said of.
"""

import inspect
import re
from typing import Any

import numpy as np
import pytest

from gradc.compiler import check_source
from gradc.diagnostics import Diagnostic, Help
from gradc.remedies.tries import edited
from gradc.source import Source
from tests.compiled import build

HEAD = """\
from nn import Dense
dim B
input z: [B, 3]
input y: [B, 3]
param w = 1
fn noisy(u) = u + random_normal(u.shape)
layer Wide(u) { return 2 * (Dense(u, 3) as inner) }
"""

# What a formula is about: made at once, or with parameters of its own, or drawn.
INNER = (
    "w * z",
    "Dense(z, 3) as d",
    "Wide(z) as wide",
    "w * z + random_normal(z.shape)",
    "noisy(w * z)",
    "w * dropout(z, 0.5)",
    "noisy(Dense(z, 3) as d)",
)

# What is read on a second line, and the line that is told of; the value has the name `p` there.
READ = (
    ("sigmoid({})", "loss J = binary_cross_entropy({}, y)"),
    ("sigmoid({})", 'loss J = binary_cross_entropy({}, y, reduction="sum")'),
    ("reshape(sigmoid({}), [-1])", "loss J = binary_cross_entropy({}, reshape(y, [-1]))"),
    ("softmax({})", "loss J = -mean(sum(y * log({}), axis=-1))"),
    ("sigmoid({})", "loss J = -mean(log({}))"),
    ("sigmoid({})", "loss J = -mean(log(1 - {}))"),
    ("tanh({})", "loss J = sum((1 - {}**2) * w)"),
    ("exp({})", "loss J = sum({} - 1)"),
    ("exp({})", "loss J = 2 * log(sum({}))"),
    ("exp({})", "loss J = log(sum(0.3 * {} / sqrt(2 * pi)))"),
    ("exp({}) / 7", "loss J = log(sum(softmax(y) * {} * 2))"),
    ("cos({})", "loss J = sum(y * (1 - {}))"),
)


def followed(text: str, found: Diagnostic) -> str:
    """A text with what the help says to write."""
    help_, place = found.helps[0], found.span
    assert place is not None
    if isinstance(help_, Help):
        return edited(text, help_.replacements)
    shown = re.match(r"`([^`]+)` is stable", help_)
    return text[: place.start] + f"({shown[1]})" + text[place.end :] if shown else ""


def numbers(text: str) -> Any:
    module = build(text)
    given: dict[str, Any] = {
        "z": np.random.default_rng(1).normal(size=(4, 3)),
        "y": np.random.default_rng(2).uniform(size=(4, 3)),
        "rng": np.random.default_rng(4),
        "training": True,
    }
    taken = {k: v for k, v in given.items() if k in inspect.signature(module.forward).parameters}
    params = module.init_params(np.random.default_rng(3))
    outputs, saved = module.forward(params, **taken)
    return outputs.J, module.backward(saved)


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize(("made", "read"), READ)
def test_what_is_followed_compiles_to_the_same_numbers(made: str, read: str, inner: str) -> None:
    one = HEAD + read.format(made.format(inner)) + "\n"
    two = f"{HEAD}p = {made.format(inner)}  # here\n{read.format('p')}\n"
    count = 0
    for text in (one, two):
        for found in check_source(Source("net.graph", text)):
            if found.code != "W904":
                continue
            changed = followed(text, found)
            if not changed:
                assert "`…`" not in found.helps[0]
                continue
            count += 1
            (before, gradients), (after, others) = numbers(text), numbers(changed)
            assert before == pytest.approx(after, rel=1e-9), changed
            assert gradients.keys() == others.keys(), changed
            for name, gradient in gradients.items():
                np.testing.assert_allclose(gradient, others[name], rtol=1e-7, atol=1e-9)
    assert count or "reshape" in made


@pytest.mark.parametrize("inner", ["Dense(z, 4) as d", "z @ V + random_normal([4])"])
@pytest.mark.parametrize(
    "lines",
    [
        "loss J = mean(argmax({}, axis=-1) == ids)",
        "p = argmax({}, axis=-1)\nloss J = mean(p == ids)",
        "p = argmax({}, axis=-1)  # the class\nloss J = 1 - mean(ids != p)  # its rate",
    ],
)
def test_a_count_is_of_what_its_loss_is_of(lines: str, inner: str) -> None:
    text = f"{HEAD}input ids: i64[B]\nparam V: [3, 4] ~ he_normal\n{lines.format(inner)}\n"
    found = [d for d in check_source(Source("net.graph", text)) if "argmax" in d.message]
    assert [d.code for d in found] == ["W902"]
    changed = followed(text, found[0])
    assert changed.count(inner) == 1
    left = check_source(Source("net.graph", changed))
    assert not [d for d in left if "argmax" in d.message], changed
