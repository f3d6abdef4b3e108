"""The example on several devices, run as a user runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

pytest.importorskip("jax")


@pytest.mark.parametrize("target", ["mesh", "processes"])
def test_gradients_are_those_of_numpy(target: str, tmp_path: Path) -> None:
    for name in ("gpt", "sharded", "data"):
        shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("build"))
    words = ["make", target, f"GRADC={sys.executable} -m gradc", f"PYTHON={sys.executable}"]
    made = subprocess.run(
        words,
        cwd=tmp_path / "sharded",
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    said = {"mesh": "data 2, model 4: gradients within", "processes": "2 processes: J = "}
    assert said[target] in made.stdout
