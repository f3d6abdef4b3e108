"""A reduction that meets its array along other axes is told, and the help aligns it."""

import re
from itertools import product

import numpy as np
import pytest

from gradc.compiler import check_source
from gradc.diagnostics import Diagnostic
from gradc.source import Source
from tests.compiled import build

HEAD = "dim N\ninput A: [N, N]\ninput S: [4, 4, 4]\ninput x: [N, 3]\nparam k = 1.5\n"
REDUCED = (
    "sum(A, axis=1)", "mean(A, axis=-1)", "max(A, axis=1)", "min(A, 1)", "prod(A, axis=1)",
    "var(A, axis=1)", "std(A, axis=1)", "norm(A, axis=1)", "logsumexp(A, axis=1)",
    "sum(exp(k * A), axis=1)", "average(A, axis=1)",
)  # fmt: skip
USES = ("A / {}", "A - {}", "k * A / ({} + 2)", "exp(A - {})", "{} * tanh(A)", "A > {}")


def told(text: str) -> list[Diagnostic]:
    return [
        d
        for d in check_source(Source("net.graph", text))
        if d.code == "W905" and "broadcast" not in d.message
    ]


def outcome(text: str) -> np.ndarray:
    rng = np.random.default_rng(7)
    given = {"A": rng.uniform(0.5, 2, (3, 3)), "S": rng.uniform(0.5, 2, (4, 4, 4))}
    result: np.ndarray = build(text).outputs(**given, x=np.ones((3, 3))).y
    return result


@pytest.mark.parametrize(("reduced", "use"), list(product(REDUCED, USES)))
def test_the_help_gives_each_row_its_own(reduced: str, use: str) -> None:
    aligned = f"({reduced})[:, newaxis]"
    meant = outcome(f"{HEAD}output y = {use.format(aligned)}\n")
    line = f"{HEAD}output y = {use.format(reduced)}\n"
    (found,) = told(line)
    shown = re.match(r"write `([^`]+)`", found.helps[0])
    assert shown is not None
    changed = line.replace(reduced, shown[1])
    assert not told(changed)
    np.testing.assert_array_equal(outcome(changed), meant)
    assert ">" in use or not np.array_equal(outcome(line), meant)
    lines = f"{HEAD}m = {reduced}\noutput y = {use.format('m')}\n"
    (found,) = told(lines)
    assert "`m[:, newaxis]`" in found.helps[0]
    changed = f"{HEAD}m = {reduced}\noutput y = {use.format('m[:, newaxis]')}\n"
    assert not told(changed)
    np.testing.assert_array_equal(outcome(changed), meant)


@pytest.mark.parametrize(
    "line",
    [
        "y = S / sum(S, axis=-1)",
        "y = S - mean(S, axis=1)",
        "m = norm(S, axis=2)\ny = S / m",
        "y = S - mean(S, axis=[0, 2])",
    ],
)
def test_of_more_axes_it_is_told_too(line: str) -> None:
    (found,) = told(f"{HEAD}{line}\noutput y\n")
    assert "meets other axes here" in found.message


def test_in_a_body_it_is_told_where_it_stands() -> None:
    body = "fn normed(K) {\n    d = sum(K, axis=1)\n    return K / d\n}\n"
    (found,) = told(f"{HEAD}{body}output y = normed(exp(A))\n")
    assert found.helps == ("write `sum(K, axis=1, keepdims=true)`",)


@pytest.mark.parametrize(
    "line",
    [
        "y = A / sum(A, axis=0)",
        "y = A / sum(A, axis=1, keepdims=true)",
        "y = A / sum(A.T, axis=0)",
        "y = A - mean(A)",
        "y = S - mean(S, axis=0)",
        "y = S - mean(S, axis=[0, 1])",
        "d = sum(A, axis=1)\nr = 1 / sqrt(d)\ny = r[:, newaxis] * A * r",  # on both sides
        "d = sum(A, axis=1)\ny = A / sqrt(expand_dims(d, 1)) / sqrt(d)",
        "q = sum(x**2, axis=1)\ny = q[:, newaxis] + q - 2 * x @ x.T",
        "y = x @ x.T * sum(x, axis=1)",
        "y = (A @ A) / sum(A, axis=1)",
        "y = A.T / sum(A, axis=1)",  # the rows of one are the columns of the other
    ],
)
def test_what_is_aligned_or_of_another_array_is_let_alone(line: str) -> None:
    assert told(f"{HEAD}{line}\noutput y\n") == []
