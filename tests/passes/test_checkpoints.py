"""`checkpoint(x)`: less is saved, `backward` works it out again, and the gradients are the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source

HEAD = "dim B\ninput x: [B, 4]\nparam w: [4, 8]\nparam v: [8, 4]\n"
BLOCK = "tanh(tanh(exp(-{} ** 2) @ w) @ v)"


def blocks(count: int) -> str:
    """Blocks one after the other, each of them marked."""
    lines, last = [], "x"
    for i in range(count):
        lines.append(f"h{i} = checkpoint({BLOCK.format(last)})")
        last = f"h{i}"
    return HEAD + "\n".join([*lines, f"loss J = sum({last} ** 2)", ""])


TEXTS = {
    "one": blocks(1),
    "three": blocks(3),
    "shared": HEAD + "a = exp(x @ w)\nb = checkpoint(sin(a) * a)\nloss J = sum(b * cos(a))\n",
    "of a view": HEAD + "a = checkpoint(sin(x @ w)[:, 1:])\nloss J = sum(exp(a) ** 2)\n",
    "nested": HEAD
    + "a = sin(checkpoint(cos(x @ w)))\nb = checkpoint(exp(a) * a)\nloss J = sum(b @ v)\n",
    "of an argument": HEAD + "loss J = sum(sin(checkpoint(w)) @ v)\n",
    "a choice": HEAD
    + "a = checkpoint(where(x @ w > 0, log(1.5 + sin(x @ w)), 0))\nloss J = sum(a ** 2)\n",
    "a layer": "from nn import Dense\n" + HEAD + "a = Dense(x, 5)\nb = checkpoint(gelu(tanh(a)))\n"
    "loss J = sum(b ** 2) + sum(w) + sum(v)\n",
    "around a loop": HEAD
    + "scan h = x[0] times 5 { next h = tanh(h @ w) @ v }\na = checkpoint(sin(h))\n"
    "loss J = sum(a ** 2)\n",
    "in a loop": HEAD + "scan h = x[0] times 5 { next h = checkpoint(sin(tanh(h @ w) @ v)) * 2 }\n"
    "loss J = sum(h ** 2)\n",
    "through calls": "fn block(h, w, v) = checkpoint(tanh(exp(-h) @ w) @ v)\n"
    + HEAD
    + "loss J = sum(block(block(x, w, v), w, v) ** 2)\n",
}


def compiled(text: str, level: int) -> tuple[Any, dict[str, Any]]:
    compilation = compile_source(Source("g.graph", text), Options(level=level))
    module: dict[str, Any] = {"__name__": "module"}
    exec(compilation.text, module)
    return compilation, module


def given(module: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    rng = np.random.default_rng(0)
    params = module["init_params"](0)
    params = {n: rng.normal(0, 0.5, np.shape(a)) for n, a in params.items()}
    return params, rng.normal(size=(3, 4))


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("name", TEXTS)
def test_the_gradients_are_the_same(name: str, level: int) -> None:
    marked = compiled(TEXTS[name], level)[1]
    plain = compiled(TEXTS[name].replace("checkpoint", ""), level)[1]
    params, x = given(marked)
    (ours, gradients), (theirs, expected) = (
        m["value_and_grad"](params, x=x) for m in (marked, plain)
    )
    assert ours == pytest.approx(theirs, rel=1e-14)
    for parameter, gradient in gradients.items():
        np.testing.assert_allclose(gradient, expected[parameter], rtol=1e-12, atol=1e-15)


def saved(text: str) -> tuple[int, int]:
    """How many fields there are, and how many elements they hold beyond the arguments."""
    compilation, module = compiled(text, 1)
    params, x = given(module)
    _, held = module["forward"](params, x=x)
    arguments = {*compilation.graph.arguments}
    own = [a for n, a in held._asdict().items() if n not in arguments]
    return len(held), sum(np.size(a) for a in own)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_one_value_a_block_is_saved(count: int) -> None:
    fields, elements = saved(blocks(count))
    assert fields == 3 + count  # x, w, v and what each block gives
    assert elements == count * 3 * 4
    without = saved(blocks(count).replace("checkpoint", ""))
    assert without[0] >= fields
    assert without[1] > 3 * elements


def test_a_loop_saves_less_of_each_step() -> None:
    text = TEXTS["in a loop"]
    assert saved(text)[1] < saved(text.replace("checkpoint", ""))[1]


def test_a_block_is_made_again_where_it_is_needed() -> None:
    """Not all of them at the beginning of `backward`: that would save no memory at the peak."""
    text = compiled(blocks(3), 1)[0].text
    backward = text.partition("def backward")[2].partition("\ndef ")[0]
    places = [backward.index(f"h{i}_exp = np.exp") for i in (2, 1, 0)]
    adjoints = [backward.index(f"dJ_dh{i} = ") for i in (1, 0)]
    assert places[0] < adjoints[0] < places[1] < adjoints[1] < places[2]


def test_what_is_drawn_is_saved() -> None:
    """A second draw would be another one."""
    text = (
        "input x: [4]\nparam w: [4]\na = checkpoint(sin(exp(w) * random_normal([4])))\n"
        "loss J = sum(a ** 2 * x)\n"
    )
    module = compiled(text, 1)[1]
    rng = np.random.default_rng(1)
    w, x, along = rng.normal(size=(3, 4))

    def value(step: float) -> float:
        found: float = module["value_and_grad"]({"w": w + step * along}, x=x, rng=3)[0]
        return found

    gradient = module["value_and_grad"]({"w": w}, x=x, rng=3)[1]["w"]
    expected = (value(1e-6) - value(-1e-6)) / 2e-6
    np.testing.assert_allclose(np.sum(gradient * along), expected, rtol=1e-6)
