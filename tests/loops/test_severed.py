"""Loops that are cut at -O2 give the same numbers: random chains of recurrences, held to -O0."""

from __future__ import annotations

import random
import re

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.loops.test_short import agree
from tests.seldom import seldom

_HEAD = """
dim T
dim H = 3
input x: [T, H]
input y: [H]
"""
_FORMS = (
    "tanh({u} * {a} + {v} * {b})",
    "{u} * sigmoid({v} * {a} + {b}) + tanh({v} * {b})",
    "tanh({u} @ {M} + {v} @ {M})",
    "0.5 * {u} + {v} * {a}",
    "({u} * {a} + {u} * {b}) * sin({v})",
    "thirds({u}, {v}, {a}, {b})",
    "halves({u}, {v}, {a}, {b})",
    "gated({u}, {v}, {a}, {b})",
)
_GATED = """
fn gated(u, v, a, b) {
    z = concatenate([u, v, u, v]) * concatenate([a, b, b, a]) + concatenate([b, a, a, b])
    f, i, o, c = split(z, 4)
    return sigmoid(o) * tanh(v * sigmoid(f) + sigmoid(i) * tanh(c))
}
fn thirds(u, v, a, b) {
    p, q, r = split(tanh(concatenate([u, v, u]) * concatenate([a, b, a])), 3)
    return q * p - r
}
fn halves(u, v, a, b) {
    p, q = split(concatenate([u, v]) * concatenate([a, b]), 2)
    return 0.3 * (p + q)
}
"""


def chain(seed: int) -> str:
    """A graph whose loop carries recurrences, each made of itself and of those before it."""
    drawn = random.Random(seed)
    count = drawn.randint(2, 4)
    lines = [_GATED, "param a: [H]", "param b: [H]", "param M: [H, H]"]
    heads, body, seen = [], [], ["x_t"]
    for k in range(count):
        name = f"h{k}"
        heads.append((name, drawn.choice(["y", "a", "zeros([H])"])))
        form = drawn.choice(_FORMS)
        given = {"u": drawn.choice(seen), "v": name, "a": "a", "b": "b", "M": "M"}
        if drawn.random() < 0.3:
            given["u"], given["v"] = given["v"], given["u"]
        body.append(f"    next {name} = {form.format(**given)}")
        seen += [name, f"next {name}"]
    if drawn.random() < 0.5:
        heads.append(("s", "sum(b)"))
        body.append(f"    next s = s + sum(square({drawn.choice(seen)} * a))")
    kept = drawn.sample(seen, 2)
    body += [f"    output k{i} = {value} * b + {value}" for i, value in enumerate(kept)]
    names, starts = zip(*heads, strict=True)
    lines.append(f"scan {', '.join(names)} = {', '.join(starts)} over x_t in x {{")
    lines += [*body, "}"]
    read = [f"sum(square({name}))" for name in drawn.sample(names, 2)]
    lines.append(f"loss J = {' + '.join([*read, 'mean(k0)', 'sum(square(k1))'])}")
    return _HEAD + "\n".join(lines) + "\n"


def _loops(text: str) -> int:
    """How many loops over steps `value_and_grad` has."""
    compiled = compile_source(Source("g.graph", text), Options(level=2)).text
    whole = compiled[compiled.index("\ndef value_and_grad") : compiled.index("\ndef _arrays")]
    return len(re.findall(r"for t in ", whole))


@pytest.mark.filterwarnings("ignore:overflow")
# the last keeps the same twice, in two loops
@pytest.mark.parametrize("seed", seldom([*range(24), 126], lambda seed: 12 <= seed < 24))
def test_numbers_are_those_of_one_loop(seed: int) -> None:
    text = chain(seed)
    for T in (9, 1):
        agree(text, Options(level=2), {"T": T})


def test_chains_are_cut() -> None:
    """One loop forwards and one backwards is what a loop is that stays whole."""
    found = [_loops(chain(seed)) for seed in range(24)]
    assert sum(loops > 2 for loops in found) > 12
    assert max(found) > 4
