"""Formulas of the library are stable wherever they stand: nobody is warned of them."""

import pytest

from gradc.diagnostics import DiagnosticError
from tests.compiled import build
from tests.library.cases import FUNCTIONS, Case, cases_of


def in_a_loop(case: Case) -> str:
    """The call in the body of a loop that is differentiated, where functions give way to bodies."""
    return "\n".join([
        *[f"dim {d}" for d in case.dims],
        *[o.declare() for o in case.operands],
        "input k: []",
        "scan s = k times 2 {",
        f"    next s = s * k + k * sum({case.call})",
        "}",
        "output t = grad(s, k)",
        "",
    ])  # fmt: skip


@pytest.mark.parametrize("part", range(4))
def test_a_function_in_a_loop_that_is_differentiated(part: int) -> None:
    tried = 0
    for case in (c for name in FUNCTIONS[part::4] for c in cases_of(name)[:1]):
        try:
            warnings = build(in_a_loop(case)).warnings
        except DiagnosticError:
            continue  # of several results, of integers, or the library's own
        tried += 1
        assert [d for d in warnings if d.code == "W904"] == [], case.label
    assert tried > 10
