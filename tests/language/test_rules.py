"""Derivatives of one's own: `vjp` replaces the derived rule of a function."""

import numpy as np
import pytest

from tests.compiled import LEVELS, build, refused

X = np.arange(6.0).reshape(2, 3) - 2
ONES = np.ones((2, 3))
SIGN = """
fn ste_sign(x) = sign(x)
vjp ste_sign(x) -> y; dy {
    dx = dy * (abs(x) <= 1)
}
"""


def gradient(text: str, level: int = 1) -> np.ndarray:
    """The gradient by x of the sum of what a text calls z."""
    module = build(f"{text}\ninput x: [2, 3]\nloss J = sum(z)\nwrt x\n", level=level)
    found: np.ndarray = module.gradients(x=X)["x"]
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_the_straight_through_estimator(level: int) -> None:
    assert np.array_equal(gradient(f"{SIGN}z = ste_sign(x)", level), abs(X) <= 1)
    assert np.array_equal(gradient(f"{SIGN}z = 3 * ste_sign(x * 2)", level), 6 * (abs(X * 2) <= 1))
    assert np.array_equal(gradient(f"{SIGN}fn g(x) = ste_sign(x)\nz = g(x)", level), abs(X) <= 1)


RULES = [
    # The rule is used, whatever its function is: here it differs by a factor.
    ("fn f(x) = exp(x)", "f(x) -> y; dy", "dx = 10 * dy * y", 10 * np.exp(X)),
    ("fn f(x) = exp(x)", "f(x) -> out; g", "dx = g * out", np.exp(X)),
    ("fn f(x) = exp(x)", "f(x) -> y; dy", "dx = dy * s\n    s = 2 * y", 2 * np.exp(X)),
    ("fn f(x) = exp(x)", "f(x) -> y; dy", "const c = 5\n    dx = c * dy", 5 * ONES),
    ("const c = 5\nfn f(x) = exp(x)", "f(x) -> y; dy", "dx = c * dy", 5 * ONES),
    ("fn f(x: [n, m]) = exp(x)", "f(x) -> y; dy", "dx = dy * x.shape[1]", 3 * ONES),
    ("fn f(x) = x", "f(x) -> y; dy", "dx = none", 0 * ONES),
    ("fn f(x) = x", "f(x) -> y; dy", "dx = 0", 0 * ONES),
    ("fn f(x) = x", "f(x) -> y; dy", "dx = 3", 3 * ONES),
    ("fn f(x) = x", "f(x) -> y; dy", "dx = x > 0", X > 0),
    ("fn f(x) = x", "f(x) -> y; dy", "dx = sum(dy, axis=0)", 2 * ONES),
    ("fn f(x) = x", "f(x) -> y; dy", "dx = stack([dy, dy])", 2 * ONES),
]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("function", "head", "body", "wanted"), RULES)
def test_a_rule(function: str, head: str, body: str, wanted: np.ndarray, level: int) -> None:
    text = f"{function}\nvjp {head} {{\n    {body}\n}}\nz = f(x)"
    assert np.allclose(gradient(text, level), wanted)
    before = f"vjp {head} {{\n    {body}\n}}\n{function}\nz = f(x)"
    assert np.allclose(gradient(before, level), wanted)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("name", "argument", "wanted"),
    [("log", "softmax(x, axis=none)", 0.0), ("constant", "x", 3.0), ("where", "x", 3.0)],
)
def test_a_function_called_as_an_operation_is_not_taken_for_it(
    name: str, argument: str, wanted: float, level: int
) -> None:
    rule = f"fn {name}(x) = 3 * x\nvjp {name}(x) -> y; dy {{\n    dx = 3 * dy\n}}\n"
    assert np.allclose(gradient(f"{rule}z = {name}({argument})", level), wanted * ONES)


def test_only_arguments_that_vary_need_a_cotangent() -> None:
    text = """
fn f(x, n, scale = 2, mode = "a") = where(mode == "a", x, 0) * n * scale
vjp f(x, n, scale, mode) -> y; dy {
    dx = where(mode == "a", dy * n * 10, dy)
}
input n: i64
z = f(x, n)
"""
    module = build(f"{text}\ninput x: [2, 3]\nloss J = sum(z)\nwrt x\n")
    assert np.array_equal(module.gradients(x=X, n=3)["x"], 30 * ONES)


def test_an_argument_may_have_none() -> None:
    text = """
fn f(x, w) = x * w
vjp f(x, w) -> y; dy {
    dx = dy * w * 10
    dw = none
}
input x: [2, 3]
param w = 3
loss J = sum(f(x, w))
wrt x, w
"""
    gradients = build(text).gradients(x=X)
    assert np.array_equal(gradients["x"], 30 * ONES)
    assert gradients["w"] == 0.0


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("loss", "wanted"),
    [("sum(a) + sum(b * b)", 10 + 600 * X), ("sum(a)", 10 * ONES), ("sum(b)", 100 * ONES)],
)
def test_several_results(loss: str, wanted: np.ndarray, level: int) -> None:
    text = f"""
fn f(x) {{
    return 2 * x, 3 * x
}}
vjp f(x) -> y, z; dy, dz {{
    dx = 10 * dy + 100 * dz
}}
input x: [2, 3]
a, b = f(x)
loss J = {loss}
wrt x
"""
    assert np.allclose(build(text, level=level).gradients(x=X)["x"], wanted)


FUNCTION = "fn f(x, w) = x * w\n"
REFUSED = [
    ("", "f(x, w) -> y; dy", "dx = dy\n    dw = dy", "E0402", "no function `f` in this file"),
    (FUNCTION, "f(x) -> y; dy", "dx = dy", "E0402", "arguments are (x), the function's (x, w)"),
    (FUNCTION, "f(w, x) -> y; dy", "dx = dy", "E0402", "arguments are (w, x)"),
    (FUNCTION, "f(x, w) -> y, z; dy, dz", "dx = dy", "E0402", "names 2 results, `f` has 1"),
    (FUNCTION, "f(x, w) -> y; dy, dz", "dx = dy", "E0402", "each result has one cotangent"),
    (FUNCTION, "f(x, w) -> y; dy", "dx = dy\n    dx = dy", "E0202", "`dx` is bound twice"),
    (FUNCTION, "f(x, w) -> y; dy", "x = dy\n    dx = dy", "E0202", "`x` is bound twice"),
    (FUNCTION, "f(x, w) -> y; dy", "return dy", "E0208", "cannot stand in a rule"),
    (FUNCTION, "relu(x) -> y; dy", "dx = dy", "E0402", "no function `relu` in this file"),
    (f"{FUNCTION}vjp f(x, w) -> y; dy {{\n    dx = dy\n}}\n", "f(x, w) -> y; dy", "dx = dy",
     "E0402", "`f` has a rule already"),
    ("layer f(x, w) {\n    param b = 1\n    return x * b\n}\n", "f(x, w) -> y; dy", "dx = dy",
     "E0402", "`f` is a layer"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "head", "body", "code", "message"), REFUSED)
def test_a_rule_that_does_not_fit_its_function(
    function: str, head: str, body: str, code: str, message: str
) -> None:
    refused(f"{function}vjp {head} {{\n    {body}\n}}\ninput x\noutput y = x\n", code, message)


CALLED = [
    ("dx = dy", "E0402", "the rule of `f` does not say what `dw` is"),
    ("dw = dy", "E0402", "say `dx = …`, or `dx = none` where it has no derivative"),
    ("dx = sum(dy, axis=0)[0:2]\n    dw = none", "E0402", "`dx` is f64[2], but `x` is f64[2, 3]"),
    ("dx = dy * q\n    dw = none", "E0201", "nothing is called `q`"),
]


@pytest.mark.parametrize(("body", "code", "message"), CALLED)
def test_a_rule_that_does_not_fit_its_arguments(body: str, code: str, message: str) -> None:
    text = (
        f"{FUNCTION}vjp f(x, w) -> y; dy {{\n    {body}\n}}\n"
        "input x: [2, 3]\nparam w = 2\nloss J = sum(f(x, w))\nwrt x, w\n"
    )
    refused(text, code, message)


IMPLICIT = """
fn root(a) {
    scan y = a times 30 { next y = 0.5 * (y + a / y) }
    return y
}
# At the fixed point u = dy + u / 2, solved by going on until it holds.
vjp root(a) -> y; dy {
    scan u = dy times 60 {
        next u = dy + 0.5 * u
        output us = u
    }
    da = 0.5 * u / (2 * y) + 0 * sum(us, axis=0)
}
fn ramp(x, by) = x * by
vjp ramp(x, by) -> y; dy {
    scan dx = dy * 0 over step in [0.25, 0.75] { next dx = dx + step * by * dy }
    dby = dy * x
}
param a = 2
param b = [3, 4]
loss J = 3 * root(a) + sum(root(b) ** 3) + sum(ramp(b, a)) + grad(root(a), a) ** 2
"""


@pytest.mark.parametrize("level", [*LEVELS, 2])
def test_a_rule_may_loop(level: int) -> None:
    """Calls of one type share a rule, and yet each loop is its own."""
    module = build(IMPLICIT, level=level)
    a, b = 2.0, np.array([3.0, 4.0])
    found = module.gradients({"a": a, "b": b})
    assert np.isclose(module.outputs({"a": a, "b": b}).J, 3 * a**0.5 + (b**1.5).sum() + 14 + 0.125)
    assert np.isclose(found["a"], 1.5 * a**-0.5 + 7 - 0.25 / a**2)
    assert np.allclose(found["b"], 1.5 * b**0.5 + a)


LISTS = """
fn mixed(x, ws, us, power = 2) = sum(ws[0] * x ** power) + ws[1] * us[0][1] + us[1]
vjp mixed(x, ws, us, power) -> y; dy {
    dx = dy * ws[0] * power * x ** (power - 1)
    dws = [10 * dy * sum(x ** power), 10 * dy * us[0][1]]
    dus = [stack([0, dy * ws[1]]), dy]
}
input x: [3]
param a = 2
param b = 3
loss J = mixed(x, [a, b], [stack([a, b]), 1]) + mixed(x * b, [b, a], [stack([b, b]), a], 3)
"""


@pytest.mark.parametrize("level", [*LEVELS, 2])
def test_a_rule_of_lists_says_a_list(level: int) -> None:
    module = build(LISTS, level=level)
    x, a, b = np.array([1.0, 2, 3]), 2.0, 3.0
    assert (a * x**2).sum() + b * b + 1 + (b * (x * b) ** 3).sum() + a * b + a == module.outputs(
        x=x
    ).J
    found = module.gradients(x=x)
    # The factors of 10 show that the rule was asked.
    assert np.isclose(found["a"], 10 * (x**2).sum() + 10 * b + 1)
    inner = (b * 3 * (x * b) ** 2 * x).sum()
    assert np.isclose(found["b"], 10 * b + b + inner + 10 * ((x * b) ** 3).sum() + a)
