"""A cotangent that is exactly 0 contributes exactly 0: functions that go wrong, and choices.

Every function here has an infinite derivative, or none, at one element of its operand; every
choice leaves that element out of the loss. The gradient is 0 there, and elsewhere what it is
where the element is a harmless one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.compiled import build
from tests.seldom import seldom

HARMLESS = (0.3, 0.6, 0.45, 0.7)


@dataclass(frozen=True)
class Function:
    """An expression in `w`, what of `w` it goes wrong at, and whether its value is finite there."""

    text: str
    poison: float
    finite: bool = False
    harmless: tuple[float, ...] = HARMLESS


FUNCTIONS = [
    Function("sqrt(w)", 0, finite=True),
    Function("cbrt(w)", 0, finite=True),
    Function("w**0.5", 0, finite=True),
    Function("arcsin(w)", 1, finite=True),
    Function("arccos(w)", 1, finite=True),
    Function("sqrt(w * w)", 0, finite=True),
    Function("sqrt(abs(w)) + w", 0, finite=True),
    Function("log(w)", 0),
    Function("log(w)", -1),
    Function("w * log(w)", 0),
    Function("1 / w", 0),
    Function("w**-2", 0),
    Function("rsqrt(w)", 0),
    Function("exp(w)", 1e4),
    Function("w * exp(w)", 1e4),
    Function("exp(exp(w))", 1e4),
    Function("sinh(w)", 1e4),
    Function("log1p(-w)", 1),
    Function("arctanh(w)", 1),
    Function("arccosh(w + 1)", 0, finite=True),
    Function("logit(w)", 1),
    Function("log(sigmoid(w) - 0.5)", 0),
    Function("lgamma(w)", 0),
    Function("digamma(w)", 0),
    Function("w**w", 0, finite=True),
    Function("tanh(1 / w)", 0),
    Function("relu(log(w) + 9)", 0),
    Function("clip(1 / w, 0, 5)", 0, finite=True),
]

CHOICES = {
    "slice": "sum(y[1:] ** 3)",
    "index": "y[2] * y[1]",
    "strided": "sum(y[1::2])",
    "flipped": "sum(flip(y)[:3] ** 2)",
    "split": "sum(split(y, [1])[1])",
    "take": "sum(take(y, [1, 3, -1]) ** 2)",
    "along": "sum(take_along_axis(y, [1, 2]) * 3)",
    "where": "sum(where(keep, y, 0) ** 2)",
    "where with a number": "sum(where(not keep, 7, y))",
    "both": "sum(where(keep, y, 0)) + sum(y[2:])",
    "stacked": "sum(stack([y, 2 * y])[:, 1:])",
    "joined": "sum(concatenate([y, y])[5:])",
    "triangle": "sum(triu(broadcast_to(y[:, newaxis], [4, 4]))[1:])",
    "lower": "sum(tril(broadcast_to(y, [4, 4]), k=-1)[:, 1:] ** 2)",
    "diagonal": "sum(diagonal(broadcast_to(y[:, newaxis], [4, 3]), offset=-1))",
    "windows": "sum(sliding_window(y, 2)[1:])",
    "padded": "sum(pad(y, [[1, 1]])[2:])",
    "rolled": "sum(roll(y, 1)[2:])",
    "repeated": "sum(repeat(y, 2)[2:] ** 2)",
    "reshaped": "sum(reshape(y, [2, 2])[:, 1] ** 2)",
    "einsum": 'sum(einsum("ii->i", broadcast_to(y, [4, 4]))[1:])',
    "moved up": "cumsum(flip(y))[2]",
}
FINITE = {
    "mask": "sum(y * keep)",
    "maximum": "sum(maximum(y, where(keep, -9, 9)))",
    "minimum": "sum(minimum(y, where(keep, 9, -9)))",
    "largest": "sum(max(stack([y, where(keep, -9, 9)]), axis=0))",
    "smallest": "sum(min(stack([y, where(keep, 9, -9)]), axis=0))",
    "bounds": "sum(clip(y, where(keep, -9, 8), 9))",
    "relu": "sum(relu(y - where(keep, -9, 9)))",
    "relu6": "sum(relu6(y - where(keep, -2, 9)))",
    "hardtanh": "sum(hardtanh(y / 9 - where(keep, 0.1, 9)))",
    "hardsigmoid": "sum(hardsigmoid(y - where(keep, 0.1, 9)))",
    "hardswish": "sum(hardswish(y - where(keep, 0.1, 9)))",
    "hinge": "sum(hinge_loss(y - where(keep, 9, -9), 1.0))",
    "pooled": "sum(max_pool1d(reshape(stack([y, where(keep, -9, 9)], axis=1), [1, 8]), 2))",
    "sorted": "sum(sort(y + where(keep, 0, 99))[:3] ** 2)",
    "one hot": "sum(y * one_hot(3, 4))",
}


def gradient(text: str, x: Any, level: int, **more: Any) -> Any:
    module = build(text, level=level)
    with np.errstate(all="ignore"):
        keep = np.array([False, True, True, True])
        given = {"keep": keep} if "keep" in module.graph["inputs"] else {}
        return module.gradients({"x": np.array(x)}, **given, **more)["x"]


def judge(text: str, function: Function, level: int, **more: Any) -> None:
    right = gradient(text, function.harmless, level, **more)
    found = gradient(text, (function.poison, *function.harmless[1:]), level, **more)
    assert np.any(right[1:])
    np.testing.assert_array_equal(found[0], 0)
    np.testing.assert_allclose(found[1:], right[1:], rtol=1e-12)


FORMS = {
    "plain": "param x: [4]\ninput keep: bool[4]\nw = x\ny = {f}\nloss J = {c}\n",
    "called": (
        "param x: [4]\ninput keep: bool[4]\nfn risky(w) {{\n    v = {f}\n    return v\n}}\n"
        "y = risky(x)\nloss J = {c}\n"
    ),
    "in a loop": (
        "param x: [4]\ninput keep: bool[4]\nscan s = 0.0 times 3 {{\n    w = x\n    y = {f}\n"
        "    next s = s * 0.5 + {c}\n}}\nloss J = s\n"
    ),
    "collected": (
        "param x: [4]\ninput keep: bool[4]\nscan s = 0.0 over w in x {{\n    next s = s + w\n"
        "    output each = {f}\n}}\ny = each\nloss J = {c}\n"
    ),
}


PAIRS = [(f, c) for f in FUNCTIONS for c in (*CHOICES, *(FINITE if f.finite else ()))]
CASES = [
    (f, c, form, level)
    for number, (f, c) in enumerate(PAIRS)
    for form, level in (("plain", 1), (list(FORMS)[number % 4], number // 4 % 2))
    if form != "plain" or number % 2
]
OFTEN = set(random.Random(0).sample(CASES, len(CASES) // 2))


@pytest.mark.parametrize(
    ("function", "choice", "form", "level"),
    seldom(dict.fromkeys(CASES), lambda *case: case not in OFTEN),
    ids=lambda p: getattr(p, "text", p),
)
def test_what_is_left_out_contributes_zero(
    function: Function, choice: str, form: str, level: int
) -> None:
    text = FORMS[form].format(f=function.text, c={**CHOICES, **FINITE}[choice])
    judge(text, function, level)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.text)
def test_an_output_whose_cotangent_is_left_out_contributes_zero(
    function: Function, level: int
) -> None:
    module = build(
        f"param x: [4]\nw = x\noutput p = {function.text}\noutput q = 2 * x", level=level
    )
    x = np.array((function.poison, *function.harmless[1:]))
    with np.errstate(all="ignore"):
        some, one = np.array([1.0, 0, 1, 1]), np.array([0.0, 1, 0, 0])
        found = module.gradients({"x": x}, d={"dq": some})["x"]
        np.testing.assert_array_equal(found, 2 * some)
        found = module.gradients({"x": x}, d={"dp": one})["x"]
        assert found[1] != 0
        np.testing.assert_array_equal(found[[0, 2, 3]], 0)


@pytest.mark.parametrize("form", ["plain", "called", "in a loop"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.text)
def test_numpy_does_not_warn_of_a_branch_that_is_not_taken(function: Function, form: str) -> None:
    text = FORMS[form].format(f=function.text, c="sum(where(keep, y, 0) ** 2)")
    module = build(text, level=len(function.text) % 2)
    x = np.array((function.poison, *function.harmless[1:]))
    with np.errstate(all="raise"):
        value, gradients = module.value_and_grad({"x": x}, keep=np.array([False, True, True, True]))
    assert np.isfinite(value)
    assert np.isfinite(gradients["x"]).all()


@pytest.mark.parametrize("kind", ["f64", "i64"])
@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f.finite], ids=lambda f: f.text)
def test_an_input_may_be_a_mask(function: Function, kind: str) -> None:
    text = f"param x: [4]\ninput m: {kind}[4]\nw = x\nloss J = sum(m * ({function.text}) ** 2)\n"
    module = build(text)
    x, mask = np.array((function.poison, *function.harmless[1:])), np.array([0, 1, 1, 1])
    with np.errstate(all="ignore"):
        found = module.gradients({"x": x}, m=mask)["x"]
    assert found[0] == 0
    assert np.all(np.isfinite(found) & (found != 0) == (mask == 1))


def test_a_zero_of_the_numbers_is_none_that_was_left_out() -> None:
    """`sqrt(x)**2` has the slope 1 at 0: a guard there would say 0, which is wrong."""
    module = build("param x: [2]\nloss J = sum(sqrt(x) ** 2)\n")
    with np.errstate(all="ignore"):
        assert np.isnan(module.gradients({"x": np.zeros(2)})["x"]).all()


def test_numpy_warns_of_the_rest() -> None:
    module = build("param x: [2]\nloss J = sum(log(x))\n")
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        module.value_and_grad({"x": np.zeros(2)})


# --- functions of rows, most of them with rules written by hand ---------------------------------

INF = np.inf
ROWS = {
    "softmax(w)": (-INF, -INF, -INF),
    "softmax(w)[:, :2]": (INF, 0.0, 0.0),
    "log_softmax(w)": (-INF, -INF, -INF),
    "logsumexp(w, axis=-1)": (-INF, -INF, -INF),
    "logsumexp(1 / w, axis=-1)": (0.0, 0.0, 0.0),
    "norm(1 / w, axis=-1)": (0.0, 1.0, 1.0),
    "norm(1 / w, ord=3, axis=-1)": (0.0, 1.0, 1.0),
    "norm(w, ord=1.5, axis=-1) ** 0.5": (0.0, 0.0, 0.0),
    "norm(w, axis=-1) ** -1": (0.0, 0.0, 0.0),
    "sqrt(sum(w**2, axis=-1))": (0.0, 0.0, 0.0),
    "std(1 / w, axis=-1)": (0.0, 1.0, 2.0),
    "std(w, axis=-1) ** -0.5": (1.0, 1.0, 1.0),
    "var(exp(w), axis=-1)": (1e4, 1.0, 2.0),
    "layer_norm(w, eps=0)": (1.0, 1.0, 1.0),
    "layer_norm(1 / w, weight=[1., 2, 3])": (0.0, 1.0, 1.0),
    "rms_norm(w, eps=0)": (0.0, 0.0, 0.0),
    "rms_norm(exp(w))": (1e4, 1.0, 1.0),
    "prod(1 / w, axis=-1)": (0.0, 0.0, 1.0),
    "prod(log(w), axis=-1)": (0.0, -1.0, 1.0),
    "cumprod(1 / w, axis=-1)": (0.0, 0.0, 1.0),
    "cumprod(log(w), axis=-1)": (1.0, 0.0, 2.0),
    "cumsum(1 / w, axis=-1)": (0.0, 1.0, 2.0),
    "cosine_similarity(1 / w, w)": (0.0, 1.0, 2.0),
    'cross_entropy(w, [0, 1, 2, 0], reduction="none")': (-INF, -INF, -INF),
    'cross_entropy(1 / w, [0, 1, 2, 0], reduction="none")': (0.0, 0.0, 0.0),
    'cross_entropy(w, softmax(0 * y3), reduction="none")': (INF, 1.0, 0.0),
    'nll_loss(log(w), [0, 1, 2, 0], reduction="none")': (0.0, 1.0, 2.0),
    'triplet_margin_loss(w, 1 / w, 0 * y3, reduction="none")': (0.0, 1.0, 2.0),
    'binary_cross_entropy(w, 0 * y3 + 0.5, reduction="none")': (0.0, 1.0, 2.0),
    'kl_div(log(w), w * w, reduction="none")': (0.0, 0.0, 1.0),
    "max(log(w), axis=-1)": (-1.0, -1.0, -1.0),
    "min(1 / w, axis=-1)": (0.0, 0.0, 0.0),
    "mean(sqrt(w), axis=-1)": (0.0, 0.0, 1.0),
    "silu(exp(w))": (1e4, 0.0, 0.0),
    "gelu(1 / w)": (0.0, 0.0, 0.0),
    "softplus(1 / w)": (0.0, 0.0, 0.0),
    "logaddexp(1 / w, -1 / w)": (0.0, 0.0, 0.0),
    "w / norm(w, axis=-1, keepdims=true)": (0.0, 0.0, 0.0),
    "softmax(log(w)) * w": (0.0, 0.0, 0.0),
}
PLAIN_ROWS = ((0.2, 0.5, 0.9), (0.4, 0.3, 0.6), (0.7, 0.1, 0.8))
SELECTIONS = {
    "slice": "sum(y[1:] ** 3)",
    "index": "sum(y[2] ** 2)",
    "take": "sum(take(y, [3, 1], axis=0) ** 3)",
    "where": "sum(where(reshape(keep, {like}), y, 0) ** 2)",
    "where finite": "sum(where(isfinite(y) and reshape(keep, {like}), y, 0) ** 2)",
}


@pytest.mark.parametrize(
    ("function", "choice", "level"),
    seldom(
        [(f, c, (i + j) % 2) for i, f in enumerate(ROWS) for j, c in enumerate(SELECTIONS)],
        lambda function, choice, level: level == 0,
    ),
)
def test_a_row_that_is_left_out_contributes_zero(function: str, choice: str, level: int) -> None:
    start = "param x: [4, 3]\ninput keep: bool[4]\nw = x\ny3 = [[0., 1, 2]]\n"
    rank = len(build(f"{start}output y = {function}\n").graph["outputs"]["y"]["shape"])
    choice = SELECTIONS[choice].format(like=[4] + [1] * (rank - 1))
    text = f"{start}y = {function}\nloss J = {choice}\n"
    right = gradient(text, ((0.1, 0.2, 0.3), *PLAIN_ROWS), level)
    found = gradient(text, (ROWS[function], *PLAIN_ROWS), level)
    assert np.all(np.isfinite(right))
    assert np.any(right)
    np.testing.assert_array_equal(found[0], 0)
    np.testing.assert_allclose(found[1:], right[1:], rtol=1e-12, atol=1e-15)
