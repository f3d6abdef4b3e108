"""Compiling needs no NumPy: the bytes are the same where it cannot be imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gradc.cli import main

ROOT = Path(__file__).parent.parent.parent
GRAPHS = sorted([*ROOT.glob("examples/*/*.graph"), *ROOT.glob("tests/programs/*.graph")])

REFUSING = """
import importlib.abc, sys

class Refusal(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy":
            raise ImportError("NumPy was asked for")

sys.meta_path.insert(0, Refusal())
from gradc.cli import main
sys.exit(main())
"""


def without_numpy(*words: str) -> subprocess.CompletedProcess[str]:
    """A call of gradc where importing NumPy raises."""
    call = [sys.executable, "-c", REFUSING, *words]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.slow
def test_every_example_and_program_compiles_to_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "with", tmp_path / "without"]
    for folder in folders:
        folder.mkdir()
        for path in GRAPHS:
            (folder / path.name).write_bytes(path.read_bytes())
    assert main(["compile", *[str(folders[0] / path.name) for path in GRAPHS]]) == 0
    run = without_numpy("compile", *[str(folders[1] / path.name) for path in GRAPHS])
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    for path in GRAPHS:
        name = f"{path.stem}.py"
        assert (folders[1] / name).read_bytes() == (folders[0] / name).read_bytes(), name


FOLDED = """
param w: [3]
const c = [0.1, 0.2, 0.7]
const k = sum(exp(c)) * 2**0.5 + tanh(0.3) - mean(log(c))
a = w * softmax(c) @ c + sin(1e6)
loss J = sum(a * k)
"""


def test_numbers_are_folded_without_it(tmp_path: Path) -> None:
    path = tmp_path / "net.graph"
    path.write_text(FOLDED, encoding="utf-8")
    assert main(["compile", str(path)]) == 0
    run = without_numpy("compile", "--check", str(path))
    assert run.returncode == 0, run.stderr


def test_a_mistake_is_found_without_it(tmp_path: Path) -> None:
    path = tmp_path / "net.graph"
    path.write_text("loss J = sofmax(1)\n", encoding="utf-8")
    run = without_numpy("check", str(path))
    assert (run.returncode, "softmax" in run.stderr) == (1, True), run.stderr
