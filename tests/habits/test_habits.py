"""Habits are recognised: one mistake, one message, at its place, and the help is right."""

import pytest

from gradc.compiler import compile_source
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.syntax.parser import read_text
from tests.habits.cases import Case, cases


def errors_of(text: str) -> list[Diagnostic]:
    try:
        compile_source(read_text("habit.graph", text.encode()))
    except DiagnosticError as failure:
        return [d for d in failure.diagnostics if d.is_error]
    return []


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_habit_has_one_message_at_its_place_that_says_the_remedy(case: Case) -> None:
    found = errors_of(case.wrong)
    assert [d.code for d in found] == [case.code], found
    (diagnostic,) = found
    helps = " | ".join(diagnostic.helps)
    for word in case.said:
        assert word in helps
    assert diagnostic.span is not None
    assert (diagnostic.span.start, diagnostic.span.end) == (case.start, case.end), (
        diagnostic.span.text
    )


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_the_help_leads_to_compiles(case: Case) -> None:
    assert not errors_of(case.right)
    assert not case.shown or any(squeezed(w) in squeezed(case.right) for w in case.said)


def test_there_are_many() -> None:
    assert len(cases()) >= 250
