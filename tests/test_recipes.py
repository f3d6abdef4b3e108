"""The recipes of `CONTRIBUTING.md`: their code, put where they say in a copy of the tree, works.

The words above a block of code say where it goes: a new file, the end of one, or the place above,
below or instead of the one line that holds a text.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# The sections by their titles, which have blank lines around them; documentation in code has not.
RECIPES = dict(re.findall(r"\n\n## (.*)\n\n((?s:.*?))(?=\n\n## .*\n\n|\Z)", PAGE))
PLACE = re.compile(
    r"(?:A\s+new\s+file\s+`(?P<new>[^`]+)`"
    r"|At\s+the\s+end\s+of\s+`(?P<end>[^`]+)`"
    r"|In\s+`(?P<file>[^`]+)`,\s+(?P<side>above|below|instead\s+of)\s+`(?P<line>[^`]+)`)"
    r":\n\n```\w*\n(?P<code>.*?)```",
    re.DOTALL,
)


def test_every_block_of_code_says_where_it_goes() -> None:
    for recipe in RECIPES.values():
        assert recipe.count("\n```") == 2 * len(list(PLACE.finditer(recipe)))


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_place_is_there_and_only_once(recipe: str) -> None:
    for found in PLACE.finditer(RECIPES[recipe]):
        if found["file"]:
            text = (ROOT / found["file"]).read_text(encoding="utf-8")
            assert sum(found["line"] in line for line in text.splitlines()) == 1, found[0]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree, without what takes long and no recipe touches."""
    for folder in ("gradc", "grammars", "templates", "tests", "examples", "docs"):
        ignored = shutil.ignore_patterns("__pycache__", "fuzz", "goldens")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "hatch_build.py"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def follow(recipe: str, folder: Path) -> list[str]:
    """Puts the blocks of a recipe in their places; the Python files that it writes to."""
    written: dict[str, None] = {}
    for found in PLACE.finditer(RECIPES[recipe]):
        name, code = found["new"] or found["end"] or found["file"], found["code"]
        path = folder / name
        if found["new"]:
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            path.write_text(_placed(text, code, found), encoding="utf-8")
        written[name] = None
    return [name for name in written if name.endswith(".py")]


def _placed(text: str, code: str, found: re.Match[str]) -> str:
    if found["end"]:
        return text + code
    lines = text.splitlines(keepends=True)
    (at,) = [i for i, line in enumerate(lines) if found["line"] in line]
    before = at + (found["side"] == "below")
    return "".join([*lines[:before], code, *lines[at + (found["side"] != "above") :]])


def python(folder: Path, *words: str) -> str:
    """What Python prints in the copy. Fails where it fails."""
    surroundings = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def passed(folder: Path, *words: str) -> int:
    """How many tests pass; all do."""
    found = re.search(r"(\d+) passed", python(folder, "-m", "pytest", "-q", *words))
    assert found
    return int(found[1])


def check_style(folder: Path, files: list[str]) -> None:
    python(folder, "-m", "ruff", "check", "--no-cache", *files)
    python(folder, "-m", "ruff", "format", "--no-cache", "--check", *files)


@pytest.mark.slow
def test_an_operation(copy: Path) -> None:
    follow("Add an operation", copy)
    blessed = python(copy, "-m", "tests.bless", "proofs", "docs")
    assert "wrote gradc/library/proofs.txt" in blessed
    page = python(copy, "-m", "gradc.cli", "ops", "sech")
    assert "sech(x) -> y\n\n    The hyperbolic secant, `1 / cosh(x)`." in page
    assert "SymPy, complex step, differences, dual numbers" in page
    assert passed(copy, "tests/library", "-k", "sech") >= 20


@pytest.mark.slow
def test_a_type_rule(copy: Path) -> None:
    check_style(copy, follow("Add a type rule", copy))
    python(copy, "-m", "tests.bless", "errors", "proofs")
    assert passed(copy, "tests/library", "-k", "pair_products") >= 10
    case = (copy / "tests" / "errors" / "E0303_pairs.txt").read_text(encoding="utf-8")
    assert "error[E0303]: only arrays have pairs" in case


@pytest.mark.slow
def test_a_clause(copy: Path) -> None:
    check_style(copy, follow("Add a clause", copy))
    assert blessed(copy, "simplify/floor_of_floor").endswith("(%x)\noutput b = %a\n")
    assert passed(copy, "tests/library/test_traits.py", "-k", "idempotent") == 1
    assert passed(copy, "tests/passes/test_passes.py") > 30


@pytest.mark.slow
def test_a_rewrite(copy: Path) -> None:
    check_style(copy, follow("Add a rewrite", copy))
    assert "%b: f64[3] = abs(%x)\n" in blessed(copy, "simplify/abs_of_negative")
    assert passed(copy, "tests/passes/test_passes.py") > 30


@pytest.mark.slow
def test_a_pass(copy: Path) -> None:
    check_style(copy, follow("Add a pass", copy))
    assert "checkpoint" not in blessed(copy, "forget/in_a_loop")
    tests = ("passes/test_passes.py", "test_architecture.py", "test_architecture_page.py")
    assert passed(copy, *[f"tests/{name}" for name in tests]) > 100
    graph = copy / "marked.graph"
    graph.write_text("param w\nloss J = checkpoint(sin(w)) ** 2\n", encoding="utf-8")
    shown = python(copy, "-m", "gradc.cli", "emit", "--stage", "graph", str(graph))
    assert "sin(%w)" in shown
    assert "checkpoint" not in shown


@pytest.mark.slow
def test_a_target(copy: Path) -> None:
    check_style(copy, follow("Add a target", copy))
    tests = ("targets/test_outline.py", "test_architecture.py", "test_architecture_page.py")
    assert passed(copy, *[f"tests/{name}" for name in tests]) > 100


def blessed(folder: Path, case: str) -> str:
    """What comes of the case of a pass."""
    python(folder, "-m", "tests.bless", "passes")
    text = (folder / "tests" / "passes" / "cases" / f"{case}.ir").read_text(encoding="utf-8")
    return text.partition("---\n")[2]
