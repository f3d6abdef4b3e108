"""The recipe of `CONTRIBUTING.md`: an operation is one stanza in one file; tests come with it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def stanza() -> str:
    recipe = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(r"## Add an operation\n.*?```graph\n(.*?)```", recipe, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.slow
def test_one_stanza_in_one_file(tmp_path: Path) -> None:
    for folder in ("gradc", "grammars", "templates", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", "fuzz", "goldens")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, tmp_path / file)
    (tmp_path / "docs" / "operations").mkdir(parents=True)
    library = tmp_path / "gradc" / "library" / "trigonometry.graph"
    library.write_text(f"{library.read_text(encoding='utf-8')}\n{stanza()}", encoding="utf-8")
    blessed = _run(tmp_path, "-m", "tests.bless", "proofs", "docs")
    assert "wrote gradc/library/proofs.txt" in blessed
    page = _run(tmp_path, "-m", "gradc.cli", "ops", "sech")
    assert "sech(x) -> y\n\n    The hyperbolic secant, `1 / cosh(x)`." in page
    assert "SymPy, complex step, differences, dual numbers" in page
    tests = _run(tmp_path, "-m", "pytest", "-q", "tests/library", "-k", "sech")
    passed = re.search(r"(\d+) passed", tests)
    assert passed
    assert "failed" not in tests
    assert int(passed[1]) >= 40


def _run(folder: Path, *words: str) -> str:
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
