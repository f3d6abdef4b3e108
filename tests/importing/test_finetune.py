"""The example that trains the last layer of an imported network, run as a user runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_examples import EXAMPLES, ONE_THREAD, ROOT, RUNNER, number

MODULES = ("build/features.py", "build/whole.py", "head.py")

pytest.importorskip("onnx")


@pytest.mark.slow
def test_it_reaches_what_it_promises(tmp_path: Path) -> None:
    folder = tmp_path / "finetune"
    for name in ("finetune", "data"):
        shutil.copytree(
            EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("build", "head.py")
        )
    fetched = _run(["make", "fetch", f"PYTHON={sys.executable}"], folder)
    if fetched.returncode and "(from versions: none)" in fetched.stderr:
        pytest.skip("pip reaches no package")
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    made = _run(["make", *MODULES, f"GRADC={sys.executable} -m gradc"], folder)
    assert made.returncode == 0, made.stdout + made.stderr

    agreed, trained = (
        _run([sys.executable, "-c", RUNNER, script, "build", "numpy"], folder)
        for script in ("agree.py", "finetune.py")
    )
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr
    assert number(r"dJ/dW from the whole network: (\S+) apart", agreed.stdout) < 1e-5
    assert trained.returncode == 0, trained.stdout + trained.stderr
    before = number(r"as it came: (\S+)%", trained.stdout)
    after = number(r"a hundred others: (\S+)%", trained.stdout)
    plain = number(r"their pixels: (\S+)%", trained.stdout)
    assert after >= 94
    assert after >= max(before, plain) + 4
    assert before > 80  # the columns are those of the digits


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
