"""Patterns of steps: each rule is an identity, and each is found in steps that are spelled so."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import gradc
from gradc.elaborate.expressions import OPERATORS
from gradc.importing.foreign import Operand, Tensor
from gradc.importing.imported import imported
from gradc.importing.making import Making
from gradc.importing.matching import expression_of
from gradc.importing.raising import RULES
from gradc.syntax import tree

FLOATS = {"number": 0.35355339059327373, "number2": 1.0, "n": 1e-3, "hidden": float("-inf")}
"""What names of rules stand for: with 8 columns the scale of attention is the usual one."""

ARRAYS = {"x": (4, 8), "q": (4, 8), "k": (4, 8), "v": (4, 8), "W": (8,), "B": (8,), "t": (5, 3)}


def operand(m: Making, name: str, pattern: str, given: dict[str, Operand]) -> Operand:
    """What a name of a rule stands for; a mask is known, and hides what comes later."""
    if name in given:
        return given[name]
    rng = np.random.default_rng(sum(map(ord, name)))
    if name == "a":
        return -1
    if name == "d":
        return "f32"
    if name == "i":
        return m.input("i", "i64", (4,))
    if name == "n" and "one_hot" in pattern:
        return 5
    if pattern.startswith("number * sum(") and name == "number":
        return 1 / 8  # of as many elements
    if name in FLOATS:
        return FLOATS[name]
    if name == "m":
        if "where(m, hidden" in pattern:
            return m.known(np.triu(np.ones((4, 4), bool), 1))
        if "where(m" in pattern:
            return m.known(np.tri(4, dtype=bool))
        return m.known(np.where(np.tri(4, dtype=bool), 0, -np.inf).astype(np.float32))
    shape = (8, 8) if name == "W" and "@ W" in pattern else ARRAYS[name]
    data = rng.uniform(0.3, 1, shape).astype(np.float32)
    if name in ("W", "B"):
        return m.param(f"layer.{name}", data)
    return m.input(name, "f32", shape)


class Steps:
    """The steps that a text of a rule says."""

    def __init__(self, m: Making, text: str):
        self.m, self.text = m, text
        self.given: dict[str, Operand] = {}

    def of(self, expr: tree.Expr) -> Any:
        m = self.m
        match expr:
            case tree.Name():
                found = operand(m, expr.name, self.text, self.given)
                return self.given.setdefault(expr.name, found)
            case tree.Number() | tree.String() | tree.Keyword():
                return expr.value
            case tree.Unary():
                return m.apply("negative", self.of(expr.operand))
            case tree.Binary():
                return m.apply(OPERATORS[expr.op], self.of(expr.left), self.of(expr.right))
            case tree.Member():
                return m.apply("matrix_transpose", self.of(expr.base))
            case tree.Call():
                operands = [self.of(a.value) for a in expr.args if a.keyword is None]
                told = {a.keyword.name: self.of(a.value) for a in expr.args if a.keyword}
                assert isinstance(expr.callee, tree.Name)
                return m.apply(expr.callee.name, *operands, **told)
        raise TypeError(expr)


def of_rule(text: str) -> tuple[Making, Tensor]:
    m = Making()
    made = Steps(m, text).of(expression_of(text))
    m.output("y", made)
    return m, made


def value(text: str, params: dict[str, Any]) -> Any:
    net = gradc.compile(text)
    inputs = re.findall(r"(?m)^input (\w+)(: i64)?", text)
    rng = np.random.default_rng(3)
    drawn = {"i": rng.integers(0, 5, 4)} | {
        n: np.random.default_rng(sum(map(ord, n))).normal(size=ARRAYS[n]).astype(np.float32)
        for n, whole in inputs
        if not whole
    }
    given = [params] if params else []
    return net.forward(*given, **{n: drawn[n] for n, _ in inputs})[0].y


@pytest.mark.parametrize(("pattern", "result"), RULES, ids=[p for p, _ in RULES])
def test_a_rule_is_found_and_changes_no_value(
    monkeypatch: pytest.MonkeyPatch, pattern: str, result: str
) -> None:
    raised = imported(of_rule(pattern)[0])
    monkeypatch.setattr("gradc.importing.imported.raised", lambda model: None)
    as_it_is = imported(of_rule(pattern)[0])
    called = result.partition("(")[0]
    names = {"linear": "Dense", "rms_norm": "RMSNorm"}
    if called == "layer_norm" and "weight" in result:
        names["layer_norm"] = "LayerNorm"
    assert f"{names.get(called, called)}(" in raised.text
    assert raised.text != as_it_is.text
    there, before = (value(found.text, found.params) for found in (raised, as_it_is))
    np.testing.assert_allclose(there, before, rtol=2e-5, atol=2e-6)


def text_of(build: Any) -> str:
    m = Making()
    x = m.input("x", "f32", (4, 8))
    m.output("y", build(m, m.apply, x))
    return imported(m).text


def _gelu(a: Any, x: Tensor, half: float, scale: float) -> Any:
    return a("multiply", a("multiply", x, half), a("add", a("erf", a("divide", x, scale)), 1))


@pytest.mark.parametrize(
    "build",
    [
        lambda m, a, x: _gelu(a, x, 0.5, 1.5),
        lambda m, a, x: _gelu(a, x, 0.4, 2**0.5),
        lambda m, a, x: a("multiply", a("sum", x, axis=-1), 0.25),
        lambda m, a, x: a("multiply", x, a("sigmoid", a("multiply", x, 2.0))),
        lambda m, a, x: a("divide", a("exp", x), a("sum", a("exp", x), axis=0, keepdims=True)),
    ],
    ids=["another scale", "another half", "another count", "two arguments", "no maximum"],
)  # fmt: skip
def test_what_only_looks_like_a_pattern_stays(build: Any) -> None:
    text = text_of(build)
    assert not any(f"{word}(" in text for word in ("gelu", "silu", "softmax", "mean"))


def test_a_mask_that_hides_something_else_is_kept() -> None:
    m = Making()
    q, k, v = (m.input(n, "f32", (4, 8)) for n in "qkv")
    seen = np.tri(4, dtype=bool)
    seen[0, 3] = True
    m.output("y", m.apply("scaled_dot_product_attention", q, k, v, mask=m.known(seen)))
    text = imported(m).text
    assert "mask=" in text
    assert "causal" not in text
