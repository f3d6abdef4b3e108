"""Numbers of values: equal where the same is computed, whatever it is called, and nowhere else."""

import pytest

from gradc.comparison.compare import compare, version
from gradc.source import Source

HEAD = "input x: [5, 3]\nparam w: [3]\nparam v: [3]\n"

SAME = {
    "sides of a sum": ("loss J = sum(w + v * w)", "loss J = sum(w * v + w)"),
    "what is carried, the other way round": (
        "scan a, b = w, v over r in x { next a, b = a * b, sin(b) * r }\nloss J = sum(a - b)",
        "scan d, c = v, w over r in x { next d, c = sin(d) * r, c * d }\nloss J = sum(c - d)",
    ),
    "what a loop collects besides": (
        "scan a = w over r in x { next a = a * r }\nloss J = sum(a)",
        "scan a = w over r in x {\n    next a = a * r\n    b = exp(a)\n    output s = b\n}\n"
        "loss J = sum(a)",
    ),
    "a function, and its body": (
        "fn f(p, q) = tanh(p) * q\nloss J = sum(f(w, v))", "loss J = sum(tanh(w) * v)",
    ),
    "one loop's steps, in two statements": (
        "scan a = w times 3 { next a = tanh(a * v) }\nloss J = sum(a)",
        "scan a = w times 3 {\n    p = a * v\n    next a = tanh(p)\n}\nloss J = sum(a)",
    ),
    "a number": ("loss J = sum(w * 1e-3)", "const tiny = 0.001\nloss J = sum(w * tiny)"),
    "the order of contributions": (
        "a = sum(x[1:, 0] * w[0])\nb = sum(x[:, 1] - w[0])\nloss J = a + b",
        "b = sum(x[:, 1] - w[0])\na = sum(x[1:, 0] * w[0])\nloss J = a + b",
    ),
}  # fmt: skip

OTHERS = {
    "sides of a difference": ("loss J = sum(w - v)", "loss J = sum(v - w)"),
    "1 and 1.5": ("loss J = sum(w * 1.5)", "loss J = sum(w * 1.25)"),
    "an attribute": (
        "loss J = sum(softmax(x, axis=0) * w)",
        "loss J = sum(softmax(x, axis=1) * w)",
    ),
    "0 and -0": ("loss J = sum(w / maximum(v, 0.0))", "loss J = sum(w / maximum(v, -0.0))"),
    "how often": (
        "scan a = w times 3 { next a = tanh(a * v) }\nloss J = sum(a)",
        "scan a = w times 4 { next a = tanh(a * v) }\nloss J = sum(a)",
    ),
    "which step's": (
        "scan a = w over r in x {\n    next a = a * r\n    output s = next a\n}\nloss J = sum(s)",
        "scan a = w over r in x {\n    next a = a * r\n    output s = a\n}\nloss J = sum(s)",
    ),
    "what follows of two that start alike": (
        "scan a, b = w, w times 3 { next a, b = sin(a), cos(b) }\nloss J = sum(a)",
        "scan a, b = w, w times 3 { next a, b = sin(a), cos(b) }\nloss J = sum(b)",
    ),
    "what follows, two steps later": (
        "scan a, b, c = w, w, w times 3 { next a, b, c = b, c, sin(c) }\nloss J = sum(a)",
        "scan a, b, c = w, w, w times 3 { next a, b, c = b, c, cos(c) }\nloss J = sum(a)",
    ),
    "the element of the loop around": (
        "scan a = w over p in x {\n    scan b = a over q in x { next b = b * p * q }\n"
        "    next a = b\n}\nloss J = sum(a)",
        "scan a = w over p in x {\n    scan b = a over q in x { next b = b * q * q }\n"
        "    next a = b\n}\nloss J = sum(a)",
    ),
    "what is left where there are no steps": (
        "dim N\ninput z: [N, 3]\nscan a = w over r in z { next a = r * v }\nloss J = sum(a)",
        "dim N\ninput z: [N, 3]\nscan a = v over r in z { next a = r * v }\nloss J = sum(a)",
    ),
    "the same draw, or two": (
        "a = random_normal([3])\nb = random_normal([3])\nloss J = sum(w * a * b)",
        "a = random_normal([3])\nb = random_normal([3])\nloss J = sum(w * a * a) + 0 * sum(b)",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same(name: str) -> None:
    old, new = (version(Source("net.graph", f"{HEAD}{text}\n")) for text in SAME[name])
    found = compare(old, new)
    values = [c for c in found.changes if c.kind in ("value", "gradient", "output")]
    if "besides" not in name:
        assert found.is_empty, found
    assert [c for c in values if c.name in ("a", "J", "dJ/dw")] == []


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not(name: str) -> None:
    old, new = (version(Source("net.graph", f"{HEAD}{text}\n")) for text in OTHERS[name])
    for one, other in ((old, new), (new, old)):
        found = compare(one, other)
        assert any(c.name == "J" for c in found.changes), found
        assert any(c.kind == "gradient" for c in found.changes), found
    assert compare(old, old).is_empty
