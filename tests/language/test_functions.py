"""Functions: generic, expanded at each call, with compile-time arguments that choose branches."""

from typing import Any

import numpy as np
import pytest

from tests.compiled import build, refused, same, value

X = np.arange(6.0).reshape(2, 3) - 2
GIVEN = "input x: [2, 3]\n"

STANDARDISE = """
fn standardise(x: [..., D], eps = 1e-5) -> [..., D] {
    mu = mean(x, axis=-1, keepdims=true)
    centred = x - mu
    return centred / sqrt(mean(square(centred), axis=-1, keepdims=true) + eps)
}
"""


def standardised(x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)


def test_a_function_is_instantiated_with_the_types_of_each_call() -> None:
    module = build(
        f"{STANDARDISE}{GIVEN}input f: f32[4]\noutput a = standardise(x)\n"
        "output b = standardise(x[0], 1)\noutput c = standardise(eps=0.5, x=f)\n"
    )
    f = np.array([1, 2, 3, 5], np.float32)
    a, b, c = module.outputs(x=X, f=f)
    assert same(a, standardised(X))
    assert same(b, standardised(X[0], 1))
    assert same(c, standardised(f, np.float32(0.5)).astype(np.float32))


VALUES: list[tuple[str, str, Any]] = [
    ("fn f(x) = x * 2", "f(x)", X * 2),
    ("fn f() = 3", "f() * x", X * 3),
    ("fn f(x: [..., D]) = sum(x) / D", "f(x)", X.sum() / 3),
    ("fn f(x: [n, m], by = m) = x * by", "f(x)", X * 3),
    ("fn f(by = n, x: [n, m] = 0) = x * by", "f(x=x)", X * 2),
    ("fn f(a: [n], b: [n]) = a * b", "f(x[0], x[1])", X[0] * X[1]),
    ("fn f(b: [2*n], a: [n]) = sum(a) + sum(b)", "f(concatenate([x[0], x[1]]), x[1])",
     X.sum() + X[1].sum()),
    ("fn f(a: [..., n], b: [..., n]) = a + b", "f(x, x)", 2 * X),
    ("fn f(a: []) = a * 2", "f(3) * x", X * 6),
    ("fn f(a, b = a) = a * b", "f(x)", X * X),
    ("const k = 4\nfn f(a, b = k) = a * b", "f(x)", X * 4),
    ("const c: [3] = [1, 2, 3]\ndim E = 3\nfn f(a) = a * c + E", "f(x)", X * [1, 2, 3] + 3),
    ("fn g(a) = a + 1\nfn f(a) = g(g(a))", "f(x)", X + 2),
    ("fn f(a) = g(a)\nfn g(a) = a + 1", "f(x)", X + 1),
    ("fn f(a) {\n    c = b + 1\n    b = a * 2\n    return c\n}", "f(x)", X * 2 + 1),
    ("fn f(a) {\n    const c = 2\n    return a * c\n}", "f(x)", X * 2),
    ("fn f(a: [n, m]) {\n    b: [m, n] = a.T\n    return b\n}", "f(x)", X.T),
    ("fn f(a) { return a * 2 }", "f(x)", X * 2),
    ("fn f(sum) = sum(sum)", "f(x)", X.sum()),
    ("fn f(e) = e * 2", "f(x)", X * 2),
    ("fn relu(x) = x * 2", "relu(x)", X * 2),
    ("fn f(a, b,) = a + b", "f(x, 1,)", X + 1),
    ("fn f(a) -> [2, 3] = a", "f(x)", X),
    ("fn f(a: f64[2, 3]) -> f64[3, 2] = a.T", "f(x)", X.T),
]  # fmt: skip


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(("line", "expression", "wanted"), VALUES)
def test_a_call(line: str, expression: str, wanted: Any, level: int) -> None:
    found = value(expression, f"{line}\n{GIVEN}", level, x=X)
    assert np.allclose(found, wanted)


CHOICES: list[tuple[str, str, Any]] = [
    ('fn f(x, reduction = "mean") = where(reduction == "sum", sum(x), mean(x))', "f(x)", X.mean()),
    ('fn f(x, reduction = "mean") = where(reduction == "sum", sum(x), mean(x))',
     'f(x, "sum")', X.sum()),
    ("fn f(x, b = none) = where(b == none, x, x + b)", "f(x)", X),
    ("fn f(x, b = none) = where(b == none, x, x + b)", "f(x, b=x)", 2 * X),
    ("fn f(x, b = none) = where(b != none, x + b, x)", "f(x, x[0])", X + X[0]),
    ("fn f(x, up = true) = where(up, x, unknown(x))", "f(x)", X),
    ("fn f(x, up = true) = where(not up, nowhere, x)", "f(x)", X),
    ("fn f(x, n = 3) = where(n > 2 and n != 4, x, 0)", "f(x)", X),
    ("fn f(x, n = 3) = where(n > 2 or unknown(n), x, 0)", "f(x)", X),
    ("fn f(x, axes = [0]) = sum(x, axis=axes)", "f(x)", X.sum(0)),
    ("fn f(x, axes = [0]) = sum(x, axis=axes)", "f(x, axes=[0, 1])", X.sum()),
    ("fn f(x, axes = [0]) = where(axes == [0, 1], x, 2 * x)", "f(x, [0, 1])", X),
    ("fn f(x, k) = where(x.shape[-1] == k, x, 2 * x)", "f(x, 3)", X),
    ('fn f(x, mode) = where(mode == 1, x, 2 * x)', 'f(x, "a")', 2 * X),
    ("fn f(x, n) = x[:, n]", "f(x, 1)", X[:, 1]),
    ("fn f(x, n) = x * zeros([n])", "f(x, 3)", X * 0),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expression", "wanted"), CHOICES)
def test_what_is_known_at_compile_time_chooses(line: str, expression: str, wanted: Any) -> None:
    assert np.array_equal(value(expression, f"{line}\n{GIVEN}", x=X), wanted)


def test_a_condition_of_run_time_looks_at_both_branches() -> None:
    text = f"fn f(x, up) = where(up, x, unknown(x))\ninput up: bool\n{GIVEN}output y = f(x, up)\n"
    refused(text, "E0203", "there is no function or operation `unknown`")


@pytest.mark.parametrize(
    ("body", "targets"),
    [
        ("{\n    return a, 2 * a\n}", "p, q"),
        ("-> [n, m], [n, m] {\n    return a, 2 * a\n}", "p, q"),
        ("{ return a, 2 * a }", "p: [2, 3], q: f64[2, 3]"),
    ],
)
def test_several_results(body: str, targets: str) -> None:
    module = build(f"fn f(a: [n, m]) {body}\n{GIVEN}{targets} = f(x)\n_, r = f(x)\n"
                   "output p, q, r\n")  # fmt: skip
    p, q, r = module.outputs(x=X)
    assert same(p, X)
    assert same(q, 2 * X)
    assert same(r, 2 * X)


CALLS = [
    ("fn f(a) = f(a)", "f(x)", "E0204", "`f` calls itself"),
    ("fn f(a) = g(a)\nfn g(a) = f(a)", "f(x)", "E0204", "`f` calls itself"),
    ("fn f(a, n) = where(n == 0, a, f(a, n - 1))", "f(x, 3)", "E0204", "calls itself"),
    ("fn f(a) = a * z\nz = 3", "f(x)", "E0201", "nothing is called `z`"),
    ("fn f(a) = a * z\nparam z = 3", "f(x)", "E0201", "nothing is called `z`"),
    ("fn f(a, b) = a * b", "f(x)", "E0206", "`f` needs an argument for `b`"),
    ("fn f(a) = a", "f(x, 1)", "E0206", "`f` takes at most 1 argument"),
    ("fn f(a) = a", "f(x, c=1)", "E0206", "`f` has no parameter `c`"),
    ("fn f(a) = a", "f(x, a=1)", "E0206", "`a` is given twice"),
    ("fn f(a: [n]) = a", "f(x)", "E0306", "`a` of `f` is f64[2, 3], not [n]"),
    ("fn f(a: []) = a", "f(x)", "E0306", "`a` of `f` is f64[2, 3], not []"),
    ("fn f(a: f32[n, m]) = a", "f(x)", "E0305", '`astype(x, "f32")` converts'),
    ("fn f(a: [n, n]) = a", "f(x)", "E0306", "`n` is 2, not 3"),
    ("fn f(a: [n], b: [n]) = a", "f(x[0], x[:, 0])", "E0306", "`n` is 3, not 2"),
    ("dim n = 4\nfn f(a: [..., n]) = a", "f(x)", "E0306", "`n` is 4, not 3"),
    ("fn f(a: [..., n], b: [..., n]) = a", "f(x, x[0])", "E0306", "`...` is [2] here"),
    ("fn f(a: [..., ..., n]) = a", "f(x)", "E0306", "at most one `...`"),
    ("fn f(a: [n]) -> [n, n] = a", "f(x[0])", "E0306", "the result of `f` is f64[3]"),
    ("fn f(a) -> f32 = a", "f(x)", "E0305", "the result of `f` is f64[2, 3], not f32"),
    ("fn f(a) -> [2], [3] = a", "f(x)", "E0208", "`f` states 2 results, returns 1"),
    ("fn f(a: [n]) {\n    b: [k] = a\n    return b\n}", "f(x[0])", "E0201", "called `k`"),
    ("fn f(a) { return a, a }", "f(x)", "E0206", "one target for 2 results"),
    ("fn f(a) { return a, a }", "f(x) + 1", "E0305", "`f` has 2 results"),
    ("fn f(a) = a", "f(x) as q", "E0209", "`f` is no layer"),
    ("f = 3", "f(x)", "E0203", "`f` is a value, it cannot be called"),
    ("", "sofmax(x)", "E0203", "did you mean `softmax`?"),
    ("fn f(n, a: [n]) = a\ninput k: i64", "f(k, x[0])", "E0307", "a size is an integer"),
]


@pytest.mark.parametrize(("line", "expression", "code", "message"), CALLS)
def test_a_call_is_refused(line: str, expression: str, code: str, message: str) -> None:
    refused(f"{line}\n{GIVEN}output y = {expression}\n", code, message)


DEFINITIONS = [
    ("{\n    c = a\n}", "E0208", "`f` has no `return` at its end"),
    ("{\n    return a\n    c = a\n}", "E0208", "`return` is the last statement"),
    ("{\n    return a\n    return a\n}", "E0208", "`return` is the last statement"),
    ("{\n    param c = 1\n    return a * c\n}", "E0208", "make the function a `layer`"),
    ("{\n    input c\n    return a * c\n}", "E0208", "cannot stand in a function"),
    ("{\n    output c = a\n    return c\n}", "E0208", "`output` cannot stand in a function"),
    ("{\n    fn g(b) = b\n    return g(a)\n}", "E0208", "cannot stand in a function"),
    ("{\n    c = b + 1\n    b = c * 2\n    return c\n}", "E0204", "c → b → c"),
    ("{\n    c = a\n    c = a * 2\n    return c\n}", "E0202", "`c` is bound twice"),
    ("{\n    a = 2\n    return a\n}", "E0202", "`a` is bound twice"),
]


@pytest.mark.parametrize("call", ["f(x)", "x"])
@pytest.mark.parametrize(("body", "code", "message"), DEFINITIONS)
def test_a_definition_is_refused_whether_it_is_called_or_not(
    body: str, code: str, message: str, call: str
) -> None:
    refused(f"fn f(a) {body}\n{GIVEN}output y = {call}\n", code, message)


def test_a_parameter_without_a_default_after_one_with_a_default() -> None:
    refused("fn f(a = 1, b) = a\ninput x\noutput y = f(x, x)\n", "E0121", "default")
