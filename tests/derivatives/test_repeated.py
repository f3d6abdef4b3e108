"""Rules of users whose cotangent is repeated, or summed, to the shape of what it belongs to."""

import pytest

from tests.test_verify_offered import ALL, verdict

RULES = {
    "a total": ("fn f(x) = sum(x)\nvjp f(x) -> y; dy { dx = dy }", "sum(f(w * v)**2)"),
    "a mean of columns": (
        "fn f(x) = mean(x, axis=0)\nvjp f(x) -> y; dy { dx = dy / x.shape[0] }",
        "sum(f(outer(w, v))**2)",
    ),
    "an axis that is kept": (
        "fn f(x) = sum(x, axis=1, keepdims=true)\nvjp f(x) -> y; dy { dx = dy }",
        "sum(f(outer(w, v))**3)",
    ),
    "the first operand is stretched": (
        "fn f(x, s) = x * s\nvjp f(x, s) -> y; dy { dx = s * dy; ds = x * dy }",
        "sum(f(b, w)**2) + sum(f(v, b)**3) + f(b, b)",
    ),
    "both are": (
        "fn f(x, s) = x * s\nvjp f(x, s) -> y; dy { dx = s * dy; ds = x * dy }",
        "sum(f(w[:, newaxis], v)**2) + sum(f(w, outer(v, v))**2)",
    ),
    "a number": ("fn f(x) = sum(2 * x)\nvjp f(x) -> y; dy { dx = 2 * dy }", "f(w)**3 + f(b)"),
}
LOOP = "scan s = b times 2 {{\n    next s = s * 0.5 + {}\n}}\nloss J = s * s"
GIVEN = "param w: [3] = [0.5, 1, -2]\nparam v: [3] = [1, 0.3, 0.7]\nparam b = 1.5\n"


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("within", ["loss J = {}", LOOP])
def test_all_modes_agree(name: str, within: str) -> None:
    rule, formula = RULES[name]
    text = f"{rule.replace('; ds', chr(10) + 'ds')}\n{GIVEN}{within.format(formula)}\n"
    assert verdict(text, ALL).is_right


@pytest.mark.parametrize("order", ["grad(grad(q, b), b)", "jvp(q, b, 1)"])
@pytest.mark.parametrize("name", RULES)
def test_derivatives_as_values(name: str, order: str) -> None:
    rule, formula = RULES[name]
    scaled = f"u = w * b\nq = {formula}".replace("(w", "(u").replace(", w)", ", u)")
    text = f"{rule.replace('; ds', chr(10) + 'ds')}\n{GIVEN}{scaled}\nloss J = {order}\n"
    assert verdict(text, ("jvp",)).is_right
