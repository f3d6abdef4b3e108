"""Every diagnostic has a case, and every case says what it said when it was last looked at."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradc.report.codes import CODES
from tests.derived import ROOT, code_of, error_cases, expected_error


@pytest.mark.parametrize("case", error_cases(), ids=lambda case: case.stem)
def test_a_case_says_what_it_should(case: Path) -> None:
    derived = expected_error(case)
    assert derived.path.read_text(encoding="utf-8") == derived.text, "python -m tests.bless errors"


def test_every_code_has_a_case() -> None:
    assert {code_of(case) for case in error_cases()} == set(CODES)


def test_every_expectation_has_a_case() -> None:
    texts = {path.stem for path in (ROOT / "tests" / "errors").glob("*.txt")}
    assert texts == {case.stem for case in error_cases()}


def codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            value = node.value
            if value[:1] in ("E", "W") and value[1:].isdigit() and len(value) in (4, 5):
                yield value


def test_the_catalogue_and_the_code_agree() -> None:
    files = [path for path in (ROOT / "gradc").rglob("*.py") if path.name != "codes.py"]
    used = {code for path in files for code in codes_in(path)}
    assert used - set(CODES) == set(), "codes without a meaning"
    assert set(CODES) - used == set(), "codes that nothing gives"


def test_the_catalogue_is_in_order() -> None:
    errors = [code for code in CODES if code.startswith("E")]
    assert [*errors, *(code for code in CODES if code.startswith("W"))] == list(CODES)
    assert sorted(CODES) == list(CODES)
    assert all(not meaning.endswith(".") for meaning in CODES.values())
