"""What is declared and changes nothing is told: parameters, states, numbers at other places."""

import pytest

from gradc.compiler import check_source
from gradc.source import Source

LAYER = "layer L(a, units) {\n    param v: [%s] = 1\n    return a * v\n}"
RULED = "fn f(a, k) = a\nvjp f(a, k) -> y; dy {\n    da = k * dy\n    dk = none\n}"
KEEPING = "layer L(v) {\n    state m: [3] = 0\n    return v - m\n}\nh = L(x)\n"
END = "input x: [8, 3]\nparam w: [3] = 1\n"


def told(text: str) -> list[str]:
    return [d.message for d in check_source(Source("net.graph", text))]


@pytest.mark.parametrize(
    ("definition", "call", "names"),
    [
        ("fn f(a, b) = 2 * a", "f(w, 3)", ["b"]),
        ("fn f(a, b) = b", "f(3, w)", ["a"]),
        ("fn f(a, b, c) { return b }", "f(3, w, 1)", ["a", "c"]),
        (LAYER % "a.shape[0]", "L(w, 3)", ["units"]),
        # Read by a size, by a loop, by a rule, or there for the size that its type names.
        (LAYER % "units", "L(w, 3)", []),
        ("fn f(a, n) {\n    scan h = a times n { next h = 2 * h }\n    return h\n}", "f(w, 3)", []),
        (RULED, "f(w, 2)", []),
        ("fn f(a: [N], b: [N]) = a * N", "f(w, w)", []),
        ("fn f(a, b: [N]) = a * N", "f(w, w)", []),
        ("fn f(a, b = 2) = a * b", "f(w)", []),
    ],
)
def test_a_parameter_that_is_not_read(definition: str, call: str, names: list[str]) -> None:
    text = f"{definition}\n{END}h = {call}\nloss J = sum(h) + sum(x)\n"
    found = [m for m in told(text) if "does not read" in m]
    assert [m.rpartition(" ")[2].strip("`") for m in found] == names


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("state n: i64 = 0\nloss J = sum(x @ w) * n\n", ["n"]),
        ("state n: i64 = 0\nupdate n = n + 1\nloss J = sum(x @ w) * n\n", []),
        (f"{KEEPING}loss J = sum(h @ w)\n", ["m"]),
        ("from nn import BatchNorm\nh = BatchNorm(x)\nloss J = sum(h @ w)\n", []),
    ],
)
def test_a_state_that_nothing_updates(text: str, states: list[str]) -> None:
    found = [m for m in told(END + text) if "nothing updates the state" in m]
    assert [m.split("`")[1] for m in found] == states


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("BatchNorm(x, 3)", "`BatchNorm` takes `momentum` here, and no size"),
        ("BatchNorm(x, 1e-5)", "`BatchNorm` takes `momentum` here, and a small number by `eps`"),
        ("LayerNorm(x, 3)", "`LayerNorm` takes `eps` here, and no size"),
        ("RMSNorm(x, 3)", "`RMSNorm` takes `eps` here, and no size"),
        ("InstanceNorm(x[:, :, newaxis], 3)", "`InstanceNorm` takes `eps` here, and no size"),
        ("BatchNorm(x, 0.2)", ""),
        ("BatchNorm(x, momentum=0.2, eps=1e-4)", ""),
        ("LayerNorm(x, 1e-6)", ""),
        ("LayerNorm(x, eps=1e-6)", ""),
    ],
)
def test_a_size_for_a_small_number(call: str, message: str) -> None:
    name = call.partition("(")[0]
    text = f"from nn import {name}\n{END}h = {call}\nloss J = sum(h * h) + sum(x @ w)\n"
    found = [m for m in told(text) if " takes `" in m]
    assert found == ([message] if message else [])


def test_what_has_no_words_is_shown_at_its_place() -> None:
    long = " + ".join(f"{i} * sum(x) / (sum(x) + {i})" for i in range(2, 9))
    text = f"{END}loss J = log(1 + exp(w[0] * ({long})))\n"
    (found,) = [d for d in check_source(Source("net.graph", text)) if d.code == "W904"]
    (stable,) = found.helps
    assert stable.startswith("`softplus(x)` is stable, ")
    (label,) = found.labels
    assert (label.text, label.span.text) == ("`x`", f"w[0] * ({long})")
