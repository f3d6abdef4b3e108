"""Every diagnostic has a case, and every case says what it said when it was last looked at."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradc.report.codes import CODES
from tests.derived import ROOT, code_of, error_cases, expected_error, run


@pytest.mark.parametrize("case", error_cases(), ids=lambda case: case.stem)
def test_a_case_says_what_it_should(case: Path) -> None:
    derived = expected_error(case)
    assert derived.path.read_text(encoding="utf-8") == derived.text, "python -m tests.bless errors"


def test_every_code_has_a_case() -> None:
    # `compile --check`, targets and `diff` give them: tests/cli/test_folders.py, test_build.py,
    # test_diff_calls.py
    of_others = {"E0502", "E0505", "W915"}
    of_imports = {"E0601", "E0602", "E0603"}  # tests/importing
    assert {code_of(case) for case in error_cases()} == set(CODES) - of_others - of_imports


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


def said(case: Path) -> list[list[str]]:
    """The lines of each diagnostic of a case."""
    text = expected_error(case).text
    return [block.splitlines() for block in re.split(r"(?m)^(?=(?:error|warning)\[)", text)[1:]]


@pytest.mark.parametrize("case", error_cases(), ids=lambda case: case.stem)
def test_every_diagnostic_has_a_line(case: Path) -> None:
    for head, *rest in said(case):
        places = [line.split("--> ")[1] for line in rest if "--> " in line]
        option = head.startswith(("error[E0501]: `-D ", "error[E0506]: `--also` "))
        assert option or re.search(r":\d+:\d+$", places[0]), head


PLACED_LATER = {
    "sizes.py": "E0206",
    "target.py": "E0502",
    "units.py": "E0501",
    "console.py": "E0501",
    "also.py": "E0506",
    "offered.py": "E0506",
    "net.py": "E0506",
    "errors.py": "E0501",
    "importer.py": "E0603",
    "saved.py": "E0601",
    "imported.py": "E0602",
    "exported.py": "E0603",
    "free_sizes.py": "E0603",
    "onnx_file.py": "E0603",
}
"""What is raised without a place: it gets one later, or is of an option or a call."""


def placeless(path: Path) -> Iterator[str]:
    """The codes of what a file raises without a place."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and len(node.args) > 2:
            code, _, place = node.args[:3]
            nowhere = isinstance(place, ast.Constant) and place.value is None
            if nowhere and isinstance(code, ast.Constant) and code.value in CODES:
                yield str(code.value)


def test_nothing_is_raised_without_a_place() -> None:
    files = (ROOT / "gradc").rglob("*.py")
    found = {path.name: code for path in files for code in placeless(path)}
    assert found == PLACED_LATER


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("", [], "1:1"),
        ("# nothing\n", [], "1:1"),
        ("const a = 1\n", [], "1:1"),
        ("fn f(x) = x\n", [], "1:1"),
        ("param w = 1\n\noutput y = w\n", ["-D", "H=3"], "1:1"),
        ("param w = 1\n\noutput y = w\n", ["--wrt", "v"], "3:8"),
        ("param w = 1\nindex = 2\noutput y = w\nloss J = w\n", ["--wrt", "index"], "2:1"),
        ("param n: i64 = 2\nparam w = 1\nloss J = w\n", ["--wrt", "w,n"], "1:7"),
        ("param w = 1\nconst c = 2\nloss J = w\n", ["--wrt", "c"], "2:7"),
    ],
)
def test_what_is_wrong_with_a_whole_file_has_a_line(
    tmp_path: Path, text: str, words: list[str], place: str
) -> None:
    (tmp_path / "net.graph").write_text(text, encoding="utf-8")
    code, _, told = run(["compile", "net.graph", *words], tmp_path)  # `check` accepts functions
    assert code == 1
    assert f"--> net.graph:{place}\n" in told


def test_the_catalogue_is_in_order() -> None:
    errors = [code for code in CODES if code.startswith("E")]
    assert [*errors, *(code for code in CODES if code.startswith("W"))] == list(CODES)
    assert sorted(CODES) == list(CODES)
    assert all(not meaning.endswith(".") for meaning in CODES.values())
