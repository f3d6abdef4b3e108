"""The comments of C: chain rules mean what they say."""

import pytest

from gradc.compiler import Options, compile_source
from gradc.source import Source
from tests.targets_c.agreement import C

MEANS = {
    "mean(r**2)": "2.0 / max(B * D, 1)",
    "sum(r**2) / (B * D)": "/ max(B * D, 1)",
    "sum(r**2) / (B + D)": "/ (B + D)",
}


@pytest.mark.parametrize("text", MEANS)
def test_sizes_in_a_formula_are_one_factor(text: str) -> None:
    graph = f"dim B, D\ninput x: [B, D]\nparam g: [D] = 1\nr = x * g\nloss J = {text}\n"
    made = compile_source(Source("net.graph", graph), Options(level=2), target=C)
    told = [line for line in made.files[".c"].splitlines() if "dJ/d" in line]
    assert any(MEANS[text] in line for line in told), told


def told_of(graph: str) -> str:
    made = compile_source(Source("net.graph", graph), Options(level=2), target=C)
    return "\n".join(line for line in made.files[".c"].splitlines() if "dJ/d" in line)


def test_formulas_are_in_the_words_of_the_graph() -> None:
    """Indices stand in brackets, and so do lists."""
    told = told_of(
        "dim N\ninput x: [N, 3]\ninput s: [N]\nparam a: [N, 2] = 1\nparam w: [N] = 1\n"
        "y = w[:, newaxis] * (a - x[:, :2])\nz = x[:, :2] / x[:, 2:]\n"
        "q = a * x[:, 2:]\nloss J = sum(y**2) + sum(q * sin(q)) + sum(z * a)\n"
    )
    assert "* w[:, newaxis]" in told
    assert "* x[:, 2:]" in told
    joined = told_of(
        "dim N\nparam x: [N, 3] ~ normal(1)\nq = sin(x)\nloss J = sum((q[:, :2] / q[:, 2:]) ** 2)\n"
    )
    assert "dJ/dq = concatenate([dJ/dq_part, dJ/dq_part_2], axis=1)" in joined


def test_what_is_added_to_a_part_is_no_formula() -> None:
    told = told_of(
        "dim N\nparam a: [N, 3] ~ normal(1)\nparam b: [N, 2] ~ normal(1)\nc = sin(a)\n"
        "loss J = sum(c[:, :2] * b) + sum(c[:, 2])\n"
    )
    assert "dJ/db = " in told
    assert "index_add" not in told
