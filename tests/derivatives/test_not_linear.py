"""Rules of a user's own that are no derivative forward: gradients go through, the rest is told."""

import pytest

from gradc.compiler import Options, compile_source
from gradc.diagnostics import DiagnosticError
from gradc.source import Source
from gradc.verification.emitted import Module
from gradc.verification.prove import prove

RULES = {
    "guided": "dx = dy * (x > 0) * (dy > 0)",
    "clipped": "dx = clip(dy, -1, 1)",
    "squared": "dx = dy * dy * x",
    "constant": "dx = dy + 1",
}


def graph(rule: str, more: str = "") -> Source:
    text = f"fn f(x) = relu(x)\nvjp f(x) -> y; dy {{\n    {RULES[rule]}\n}}\nparam w: [3] = 0.5\n"
    return Source("net.graph", f"{text}{more}loss J = sum(f(w)**2)\n")


@pytest.mark.parametrize("rule", RULES)
def test_it_compiles_at_every_level(rule: str) -> None:
    for level in (0, 1, 2):
        assert "def backward" in compile_source(graph(rule), Options(level=level)).text


@pytest.mark.parametrize("also", ["jvp", "hvp", "hessian"])
@pytest.mark.parametrize("rule", ["guided", "squared"])
def test_forward_mode_is_refused(rule: str, also: str) -> None:
    with pytest.raises(DiagnosticError, match="not linear in what comes in") as failure:
        compile_source(graph(rule), Options(also=(also,)))
    (told,) = failure.value.diagnostics
    assert told.code == "E0402"
    assert told.span is not None


@pytest.mark.parametrize("rule", RULES)
def test_it_is_verified_by_differences_alone(rule: str) -> None:
    made = compile_source(graph(rule))
    verdict = prove(made.graph, Module(made.text, "net.py"), 0, {})
    assert verdict.points > 0
    if rule in ("guided", "squared"):
        assert not verdict.dual


@pytest.mark.parametrize("rule", ["guided", "squared"])
def test_a_derivative_along_a_direction_is_refused(rule: str) -> None:
    with pytest.raises(DiagnosticError, match="not linear in what comes in"):
        compile_source(graph(rule, "output t = jvp(sum(f(w)), w, w)\n"))


@pytest.mark.parametrize("items", ["dy", "dy, dy, dy", ""])
def test_a_list_of_cotangents_has_one_for_each_item(items: str) -> None:
    text = (
        "fn total(xs) = sum(xs[0]) + sum(xs[1])\n"
        f"vjp total(xs) -> y; dy {{\n    dxs = [{items}]\n}}\n"
        "param a: [2] = 1\nparam b: [3] = 1\nloss J = total([a, b])**2\n"
    )
    with pytest.raises(DiagnosticError, match="`xs` has 2"):
        compile_source(Source("net.graph", text))
