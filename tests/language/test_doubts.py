"""Formulas that compile and are hardly ever meant: what is warned of, and where nothing is."""

import re

import numpy as np
import pytest

from gradc.diagnostics import Diagnostic
from tests.compiled import build

GIVEN = """\
from nn import Conv2d, Dense, MultiHeadAttention, TransformerBlock
dim B, T
input x: [B, 4]
input z: [5, 3]
input s: [B, T, 32]
input img: [B, 3, 32, 32]
input m: bool[5, 3]
param w: [4] = 0.1
param A: [3, 3] ~ eye
"""


def told(line: str, code: str) -> list[Diagnostic]:
    text = f"{GIVEN}{line}\nloss J = sum(y) + sum(w) + sum(A)\n"
    return [d for d in build(text).warnings if d.code == code]


DOUBTED = [
    ("y = kl_div(softmax(x), x)", "W910", "kl_div(log_softmax(x), x)"),
    ("p = softmax(x)\ny = kl_div(p, x, reduction=\"sum\")", "W910",
     'kl_div(log_softmax(x), x, reduction="sum")'),
    ("y = z + (1 - astype(m, \"f64\")) * -inf", "W904",
     'where((1 - astype(m, "f64")) != 0, -inf, 0)'),
    ("y = z + m * -inf", "W904", "where(m, -inf, 0)"),
    ("y = inf * z", "W904", "where(z != 0, inf, 0)"),
    ("y = x * random_normal([4])", "W905", "random_normal(x.shape)"),
    ("y = 2 * x + random_uniform([4])", "W905", "random_uniform([B, 4])"),
    ("y = z[argmax(z, axis=1)]", "W905", "max(z, axis=1)"),
    ("i = argmin(z, axis=-1)\ny = z[i]", "W905", "min(z, axis=1)"),
    ("y = exp(z)[argmax(z, axis=1)]", "W905",
     "take_along_axis(exp(z), argmax(z, axis=1)[:, newaxis], axis=1)[:, 0]"),
    ("c = 2 * w[:, newaxis]\ny = w - c", "W905", "c[:, 0]"),
    ("y = log(det(A))", "W904", "logdet(A)"),
    ("y = log(abs(det(A)))", "W904", "slogdet(A)[1]"),
    ("y = Conv2d(img, 3, 16, 5)", "W910", "Conv2d(img, 16, 5)"),
    ("y = Conv2d(img, 3, 16, 5, bias=false) as c", "W910", "Conv2d(img, 16, 5, bias=false)"),
    ("y = Conv2d(img, 3, 6, 5)", "W910", "Conv2d(img, 6, 5)"),
    ("y = Conv2d(img, 3, 6, 3) as c", "W910", "Conv2d(img, 6, 3)"),
    ("y = TransformerBlock(s, 32, 4)", "W910", "TransformerBlock(s, 4)"),
    ("y = var(z, 0, 1)", "W910", "var(z, axis=[0, 1])"),
    ("y = std(img, 1, 3)", "W910", "std(img, axis=[1, 3])"),
    ("y = norm(z, 0, 1)", "W910", "norm(z, axis=[0, 1])"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code", "meant"), DOUBTED)
def test_it_is_told_with_what_is_meant(line: str, code: str, meant: str) -> None:
    (found,) = told(line, code)
    assert f"`{meant}`" in found.helps[0]
    assert found.span is not None
    assert found.span.line > GIVEN.count("\n")


@pytest.mark.parametrize(("line", "code", "meant"), DOUBTED)
def test_what_is_meant_is_told_of_no_more(line: str, code: str, meant: str) -> None:
    *before, last = line.split("\n")
    call = re.search(r"y = (?:z \+ |2 \* x \+ |x \* )?(.*?)(?: as c)?$", last)
    assert call is not None
    assert told("\n".join([*before, last.replace(call[1], meant)]), code) == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("y = kl_div(log_softmax(x), x)", "W910"),
        ("y = x * random_normal([B, 4])", "W905"),
        ("y = z * random_normal([3])", "W905"),
        ("y = x * random_normal([])", "W905"),
        ("y = z[argmax(z, axis=0)[0]]", "W905"),
        ("y = A[argmax(A, axis=1)]", "W905"),
        ("y = z[:, argmax(z, axis=0)[:2] % 3]", "W905"),
        ("y = Conv2d(img, 3, 5)", "W910"),
        ("y = Conv2d(img, 3, 3, 1)", "W910"),
        ("y = Conv2d(img, 3, 8, 8)", "W910"),
        ("y = Conv2d(img, 3, 3, 2)", "W910"),
        ("y = Conv2d(img, 3, 5, 5)", "W910"),
        ("y = Conv2d(img, 3, 7, 4)", "W910"),
        ("y = Conv2d(img, 16, 8, 4)", "W910"),
        ("y = TransformerBlock(s, 4, 2)", "W910"),
        ("y = TransformerBlock(s, 32)", "W910"),
        ("y = MultiHeadAttention(s, 4)", "W910"),
        ("y = where(m, -inf, z)", "W904"),
        ("y = var(w, 0, 1)", "W910"),
        ("y = var(z, axis=0, correction=1)", "W910"),
        ("y = std(z, 1, 1)", "W910"),
        ("y = norm(z, 1, 0)", "W910"),
        ("y = norm(z, ord=0, axis=1)", "W910"),
        ("y = norm(img, 2, 1)", "W910"),
        ("y = log(logdet(A) + 2)", "W904"),
        ("y = w[:, newaxis] >= w", "W905"),
        ("y = arange(B)[:, newaxis] >= arange(B)", "W905"),
        ("y = x[:, 0] - expand_dims(2 * x[:, 1], 1)", "W905"),
        ("y = -exp(w)[:, newaxis] / w", "W905"),
        ("c = reshape(w, [4, 1])\ny = c - w", "W905"),
    ],
)
def test_others_are_left_alone(line: str, code: str) -> None:
    assert told(line, code) == []


@pytest.mark.parametrize(
    ("lines", "meant"),
    [
        ("output t = jvp(w, v, [1, 1, 1, 1])", "jvp(v, w, [1, 1, 1, 1])"),
        ("output t = jvp(v, u, 1)", "jvp(u, v, 1)"),
        ("output t = grad(sum(w), u)", None),
        ("output t = grad(k, u)", "grad(u, k)"),
        ("c = k\noutput t = grad(u, c)", "k"),
    ],
)
def test_a_derivative_the_wrong_way_round_is_told_once(lines: str, meant: str | None) -> None:
    text = f"param w: [4] = 0.1\nparam k = 2\nv = k * sin(w)\nu = sum(v)\n{lines}\n"
    if "u, 1" in lines:
        text = text.replace("v = k", "v = 3 * k").replace(": [4] = 0.1", " = 0.1")
    found = [d for d in build(text).warnings if d.code in ("W908", "W902")]
    assert found[0].code == "W908"
    if meant is not None:
        assert f"`{meant}`" in found[0].helps[0]
        assert len(found) == 1


@pytest.mark.parametrize("call", ["jvp(x, y, v)", "2 * jvp(x, y, v)"])
def test_what_a_derivative_the_wrong_way_round_does_not_read_is_not_told(call: str) -> None:
    """What it does not read, and what is of no use since, comes of it."""
    text = f"input x: [3]\ninput v: [3]\nparam w = 1\ny = w * sin(x)\nd = {call}\n"
    (found,) = build(f"{text}loss J = sum(d**2) + w\n").warnings
    assert found.code == "W908"
    others = build(f"{text}input u: [3]\nloss J = sum(d**2) + w\n").warnings
    assert [d.code for d in others] == ["W908", "W903"]


LOSS = "loss J = binary_cross_entropy_with_logits(w * x, t)"
ONE, OTHER = "t * log(p)", "(1 - t) * log(1 - p)"


@pytest.mark.parametrize(
    ("value", "is_whole"),
    [
        (f"-mean({ONE} + {OTHER})", True),
        (f"-mean({OTHER} + {ONE})", True),
        (f"mean(-{ONE} - {OTHER})", True),
        (f"mean({ONE} + {OTHER})", False),
        (f"-mean({ONE} - {OTHER})", False),
        (f"-mean(-{ONE} + {OTHER})", False),
        (f"-mean({ONE} + (1 - t) * -log(1 - p))", False),
        (f"mean(-{ONE} + {OTHER})", False),
        (f"-sum({ONE} + {OTHER})", False),
        (f"1 - mean({ONE} + {OTHER})", False),
    ],
)
def test_a_logistic_loss_is_shown_as_the_statement_that_it_is(value: str, is_whole: bool) -> None:
    """Where the whole statement is shown, it has the value of the one that it replaces."""
    given = "input x: [6]\ninput t: [6]\nparam w = 1\n"
    module = build(f"{given}p = sigmoid(w * x)\nloss J = {value}\n")
    helps = [h for d in module.warnings if d.code == "W904" for h in d.helps]
    assert any(f"`{LOSS}`" in h for h in helps) == is_whole
    if is_whole:
        arrays = {"x": np.linspace(-1, 1.5, 6), "t": np.array([0.0, 1, 1, 0, 1, 0])}
        written = build(f"{given}{LOSS}\n")
        found, other = (m.outputs(**arrays).J for m in (module, written))
        assert found == pytest.approx(other, rel=1e-12)
