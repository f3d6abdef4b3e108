"""Running commands in a folder of their own."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gradc.cli import main
from gradc.commands import settings

ROOT = Path(__file__).parent.parent.parent

UNIT = """\
## One linear unit with a squared-error cost.

input x = -2
input y = 2
param w = 2
param b = 8

c = w * x
a = c + b
d = a - y
loss J = 0.5 * d**2
"""

OLD = """\
dim B
input x: [B, 3]
input y: [B, 4]
param W: [3, 4] ~ he_normal
param b: [4]
fn sq(x, k) = x * x * k
h = tanh(x @ W + b)
e = sq(h - y, 2)
scan s = 0 over e_t in e {
    u = s * 0.5
    next s = u + sum(e_t)
}
loss J = mean(e) + s
"""

WRONG = "param w = 2\nloss J = wf * 2\n"


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a test, with a graph in it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "GRADC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    settings._nearest.cache_clear()
    (tmp_path / "unit.graph").write_text(UNIT, encoding="utf-8")
    (tmp_path / "wrong.graph").write_text(WRONG, encoding="utf-8")
    return tmp_path


@pytest.fixture
def old(folder: Path) -> Path:
    """The working directory, with a graph `old.graph` of which the test changes something."""
    (folder / "old.graph").write_text(OLD, encoding="utf-8")
    return folder


Run = Callable[..., Result]


@pytest.fixture
def run(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs a command in this process."""

    def call(*words: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(list(words))
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def shell(folder: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs a command in a process of its own."""

    def call(*words: str, **more: object) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        options = {"cwd": folder, "env": environment, "capture_output": True, **more}
        command = [sys.executable, "-m", "gradc", *words]
        return subprocess.run(command, check=False, **options)  # type: ignore[call-overload,no-any-return]

    return call


Shell = Callable[..., subprocess.CompletedProcess[bytes]]


def write(path: Path, text: str | bytes) -> Path:
    """A file of this text, which is its own path."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path
