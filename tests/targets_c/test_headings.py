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
