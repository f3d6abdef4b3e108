"""What README.md shows is what happens.

- A `console` block is run line by line, in a folder that holds the files of all the examples;
  what its commands print must be what stands below them.
- A `python` block is a doctest in the same folder; the blocks share their names.
- A `graph` block, and a `python` block without prompts, is part of an example's file. A line of
  three dots stands for lines that are left out.
- A `sh` block is for the reader.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [
    (m[1], m[2]) for m in re.finditer(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
]


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCKS if found == language]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in (ROOT / "examples").glob("*/*"):
        if path.stem == path.parent.name:
            shutil.copy(path, tmp_path)
    shutil.copytree(ROOT / "examples" / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    programs = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", programs + os.pathsep + os.environ["PATH"])
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def sessions(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    assert parts[0] == "", "a console block starts with a command"
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.usefixtures("folder")
def test_the_commands_print_what_the_page_shows() -> None:
    shown = [session for block in blocks("console") for session in sessions(block)]
    assert shown
    for command, expected in shown:
        process = subprocess.run(
            shlex.split(command),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert process.stdout == expected, command


def test_the_python_sessions_are_true(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    text = "\n".join(block for block in blocks("python") if ">>>" in block)
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    assert test.examples
    report: list[str] = []
    result = doctest.DocTestRunner().run(test, out=report.append)
    for name in [path.stem for path in folder.glob("*.py")]:
        sys.modules.pop(name, None)
    assert result.failed == 0, "".join(report)


def test_graphs_and_modules_are_quoted_from_the_examples() -> None:
    quoted = blocks("graph") + [block for block in blocks("python") if ">>>" not in block]
    assert len(quoted) >= 2
    files = [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "examples").glob("*/*")
        if path.suffix in {".graph", ".py"}
    ]
    for block in quoted:
        pieces = re.split(r"^\.\.\.\n", block, flags=re.MULTILINE)
        pattern = ".*".join(re.escape(piece.strip("\n")) for piece in pieces)
        assert any(re.search(pattern, text, re.DOTALL) for text in files), block


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target
