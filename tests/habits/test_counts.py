"""A loss that only counts is told with one that can be learned by, which compiles."""

import re

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.syntax.parser import read_text

_GIVEN = """\
dim B
input x: [B, 3]
input t: i64[B]
input f: [B]
param W: [3, 4] ~ he_normal
param w: [3] = 1
y = sigmoid(x @ w)
v = x @ w
"""


def told(text: str) -> list[Diagnostic]:
    source = read_text("counts.graph", f"{_GIVEN}{text}\n".encode())
    try:
        found = compile_source(source).warnings
    except DiagnosticError as failure:
        return list(failure.diagnostics)
    return [d for d in found if d.code == "W902" and "only through" in d.message]


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("loss J = mean(argmax(x @ W, axis=1) == t)", "cross_entropy(x @ W, t)"),
        ("loss J = mean(t == argmax(x @ W, axis=1))", "cross_entropy(x @ W, t)"),
        ("loss J = 1 - mean(argmax(x @ W, axis=1) == t)", "cross_entropy(x @ W, t)"),
        ("p = argmax(x @ W, axis=1)\nloss J = mean(p == t)", "cross_entropy(x @ W, t)"),
        ("loss J = sum(argmax(x @ W, axis=1) == t)", "cross_entropy(x @ W, t)"),
        ("loss J = sum(round(y) == f)", "binary_cross_entropy_with_logits(x @ w, f)"),
        ("loss J = mean((y > 0.5) == f)", "binary_cross_entropy_with_logits(x @ w, f)"),
        ("loss J = mean((v > 0) == f)", "binary_cross_entropy_with_logits(v, f)"),
        ("loss J = mean(round(v) == f)", "binary_cross_entropy(v, f)"),
        ("loss J = mean(v == f)", "mse_loss(v, f)"),
    ],
)
def test_a_count_is_told_with_a_loss(text: str, loss: str) -> None:
    (found,) = told(text)
    match = re.match(r"write `(loss J = [^`]+)`; `(output [^`]+)` keeps the count", found.helps[0])
    assert match is not None, found.helps
    assert match[1] == f"loss J = {loss}"
    before = text.rpartition("\n")[0]
    assert not told(f"{before}\n{match[1]}\n{match[2]}")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("-mean(argmax(x @ W, axis=1) == t)", "accuracy = mean(argmax(x @ W, axis=1) == t)"),
        ("-(mean(t == argmax(x @ W, 1)))", "accuracy = mean(t == argmax(x @ W, 1))"),
        ("mean((y > 0.5) == f) * -1", "accuracy = mean((y > 0.5) == f)"),
        ("100 * mean(round(y) == f)", "accuracy = mean(round(y) == f)"),
        ("-log(mean(round(y) == f))", "accuracy = mean(round(y) == f)"),
        ("-mean(round(y) != f)", "error_rate = mean(round(y) != f)"),
        ("1 - mean(round(y) == f)", "error_rate = 1 - mean(round(y) == f)"),
        ("(1.0 - mean(round(y) == f)) / 2", "error_rate = 1.0 - mean(round(y) == f)"),
        ("mean(1 - (round(y) == f))", "error_rate = mean(1 - (round(y) == f))"),
        ("1 - mean(round(y) != f)", "accuracy = 1 - mean(round(y) != f)"),
    ],
)
def test_what_is_shown_is_the_share_itself(value: str, kept: str) -> None:
    (found,) = told(f"loss J = {value}")
    assert f"`output {kept}` keeps the count" in found.helps[0]


def test_a_count_of_a_line_of_its_own_stays_there() -> None:
    (found,) = told("acc = mean(round(y) == f)\nloss acc")
    assert "`output acc` keeps the count" in found.helps[0]


def test_a_comparison_of_a_comparison_is_told_with_parentheses() -> None:
    (found,) = told("loss J = mean(v > 0 == f)")
    assert found.helps == ("write `(v > 0) == f`",)
