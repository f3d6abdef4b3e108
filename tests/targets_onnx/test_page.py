"""The page on ONNX: its models are written and its scripts print what it says."""

import subprocess
import sys
from pathlib import Path

import pytest

from gradc.cli import main
from tests.docs.pages import BLOCK, DOCS

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

PAGE = DOCS / "how-to" / "onnx.md"


def _printed(script: str) -> str:
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_models_are_trained_by_the_runtime_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    for _, name, body in blocks:
        if name:
            Path(name).write_text(body, encoding="utf-8")
    trained, stepped = [body for language, _, body in blocks if language == "text"]
    commands = next(body for language, _, body in blocks if language == "sh").splitlines()
    written = [line.split()[1:] for line in commands if line.startswith("gradc ")]
    assert main(written[0]) == 0
    printed = _printed("train.py")
    assert main(written[1]) == 0
    assert printed + _printed("infer.py") == trained
    assert main(["compile", "step.graph", "--target", "onnx"]) == 0
    assert _printed("step.py") == stepped
    for script in ("train.py", "infer.py", "step.py"):
        assert "gradc" not in Path(script).read_text(encoding="utf-8")
