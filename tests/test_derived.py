"""The derived files are current, and what would be wrong is not blessed."""

from pathlib import Path

import pytest

from tests import derived
from tests.derived import (
    RefusedError,
    docs,
    error_cases,
    expected_module,
    golden_cases,
    operations_pages,
)


@pytest.mark.parametrize("graph", golden_cases(), ids=lambda graph: graph.stem)
def test_a_module_is_current_and_right(graph: Path) -> None:
    module = expected_module(graph)
    assert module.is_current, f"{module.name} is stale: python -m tests.bless goldens"


@pytest.mark.slow  # `make check` looks too
def test_the_pages_are_current() -> None:
    stale = [page.name for page in docs() if not page.is_current]
    assert stale == [], "python -m tests.bless docs"


def test_no_page_is_left_of_a_family_that_is_gone() -> None:
    assert set(derived.OPERATIONS.iterdir()) == {page.path for page in operations_pages()}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository with a golden and an error."""
    for folder in ("goldens/unit", "errors"):
        (tmp_path / "tests" / folder).mkdir(parents=True)
    monkeypatch.setattr(derived, "ROOT", tmp_path)
    monkeypatch.setattr(derived, "ERRORS", tmp_path / "tests" / "errors")
    monkeypatch.setattr(derived, "GOLDENS", tmp_path / "tests" / "goldens")
    monkeypatch.setattr(derived, "EXAMPLES", tmp_path / "examples")
    graph = tmp_path / "tests" / "goldens" / "unit" / "unit.graph"
    graph.write_text("param w = 2\nloss J = w**3\n", encoding="utf-8")
    (graph.parent / "options").write_text("-O0\n", encoding="utf-8")
    case = tmp_path / "tests" / "errors" / "E0201_name.graph"
    case.write_text("param w = 2\nloss J = v\n", encoding="utf-8")
    return tmp_path


def test_blessing_writes_what_is_stale(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["goldens", "errors"]
    assert derived.bless(names, check=True) == 1
    assert capsys.readouterr().out == (
        "tests/goldens/unit/unit.py is stale\ntests/errors/E0201_name.txt is stale\n"
    )
    assert derived.bless(names, check=False) == 0
    module = repository / "tests" / "goldens" / "unit" / "unit.py"
    assert "at -O0" in module.read_text(encoding="utf-8")
    assert derived.bless(names, check=True) == 0


def test_a_case_with_another_code_is_refused(repository: Path) -> None:
    case = repository / "tests" / "errors" / "E0202_name.graph"
    case.write_text("param w = 2\nloss J = v\n", encoding="utf-8")
    with pytest.raises(RefusedError, match="does not give E0202"):
        derived.bless(["errors"], check=False)


def test_a_bug_is_refused(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("gradc.compiler.compile_source", broken)
    for name in ("errors", "goldens"):
        with pytest.raises(RefusedError, match="ZeroDivisionError"):
            derived.bless([name], check=False)
    assert not list(repository.rglob("*.txt"))


def test_a_module_with_a_wrong_gradient_is_refused(repository: Path) -> None:
    graph = repository / "tests" / "goldens" / "unit" / "unit.graph"
    right = expected_module(graph).text
    wrong = right.replace("*, dJ: float = 1.0)", "*, dJ: float = 1.5)")
    assert wrong != right
    with pytest.raises(RefusedError, match=r"is not 1\.75 times as large"):
        derived._prove(graph, wrong, [])
    with pytest.raises(RefusedError, match="cannot be run"):
        derived._prove(graph, right + "raise ValueError\n", [])


def test_there_are_cases() -> None:
    assert len(error_cases()) > 50
    assert len(golden_cases()) >= 7
