"""Pipes and devices in the place of files, and streams that the caller closed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, UNIT, Run, Shell, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes and modes differ")

# --- pipes and devices ---


def test_a_named_graph_may_be_a_pipe(run: Run, folder: Path) -> None:
    os.mkfifo(folder / "pipe.graph")
    for words in (["compile", "-o", "-"], ["stats"], ["check"]):
        writer = threading.Thread(target=write, args=(folder / "pipe.graph", UNIT))
        writer.start()
        result = run(words[0], "pipe.graph", *words[1:])
        writer.join()
        assert result.code == 0, result.err


def test_an_output_may_be_a_pipe(run: Run, folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((folder / "pipe.py").read_bytes()))
    reader.start()
    assert run("compile", "unit.graph", "-o", "pipe.py").code == 0
    reader.join()
    assert b"def forward" in got[0]
    assert stat.S_ISFIFO((folder / "pipe.py").stat().st_mode)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop"])
def test_an_import_is_a_regular_file(run: Run, folder: Path, kind: str) -> None:
    library = folder / "lib.graph"
    match kind:
        case "pipe":
            os.mkfifo(library)
        case "folder":
            library.mkdir()
        case "device":
            library.symlink_to("/dev/zero")
        case "loop":
            library.symlink_to("lib.graph")
    write(folder / "main.graph", 'import "lib.graph" as lib\nparam w = 1\nloss J = w\n')
    result = run("compile", "main.graph", "--root", "/")
    assert result.code == 1
    assert "error[E0216]: cannot import `lib.graph`" in result.err
    assert "main.graph:1:8" in result.err


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop"])
def test_a_configuration_is_a_regular_file(run: Run, folder: Path, kind: str) -> None:
    config = folder / "pyproject.toml"
    match kind:
        case "pipe":
            os.mkfifo(config)
        case "folder":
            config.mkdir()
        case "loop":
            config.symlink_to("pyproject.toml")
    result = run("compile", "unit.graph")
    assert result.code == 2
    assert "pyproject.toml" in result.err
    assert not (folder / "unit.py").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_device_is_said(run: Run) -> None:
    result = run("compile", "unit.graph", "-o", "/dev/full")
    assert (result.code, result.err) == (
        2,
        "error: cannot write /dev/full: No space left on device\n",
    )


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_descriptors_are_written_to(shell: Shell, folder: Path, name: str) -> None:
    assert b"def forward" in shell("compile", "unit.graph", "-o", name).stdout
    with (folder / "log").open("wb") as log:
        log.write(b"before\n")
        log.flush()
        done = shell("compile", "unit.graph", "-o", name, stdout=log, capture_output=False)
    assert done.returncode == 0
    text = (folder / "log").read_bytes()
    assert text.startswith(b"before\n")
    assert b"def forward" in text


# --- streams that the caller closed ---


@pytest.mark.parametrize(
    ("closed", "words", "code", "said"),
    [
        ("0<&-", "compile -", 2, "cannot read -"),
        ("0<&-", "compile unit.graph", 0, ""),
        ("1>&-", "compile unit.graph -o -", 2, "cannot write standard output"),
        ("1>&-", "compile unit.graph", 0, ""),
        ("1>&-", "--version", 2, "cannot write standard output"),
        ("2>&-", "check wrong.graph", 1, ""),
        ("2>&-", "compile nothing.graph", 2, ""),
        ("2>/dev/full", "check wrong.graph", 1, ""),
        ("2>/dev/full", "compile nothing.graph", 2, ""),
        ("1>/dev/full", "compile unit.graph -o -", 2, "cannot write standard output"),
        ("0<&- 1>&- 2>&-", "compile unit.graph", 0, ""),
        ("0<&- 1>&- 2>&-", "compile -", 2, ""),
    ],
)
def test_closed_and_full_streams(
    folder: Path, closed: str, words: str, code: int, said: str
) -> None:
    process = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m gradc {words} {closed}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert process.returncode == code, process.stderr
    assert said in process.stderr
    assert process.stderr.count("error") == bool(said)


@pytest.mark.parametrize(
    "words",
    [
        "check nosuch.graph",
        "check nosuch.graph unit.graph",
        "compile empty unit.graph",
        "compile unit.graph -o none/unit.py",
        "compile unit.graph unit.graph wrong.graph nosuch.graph",
        "trace unit.graph --data none.npz",
        "diff unit.graph nosuch.graph",
        "verify unit.graph --module none.py",
    ],
)
def test_what_is_not_read_or_written_is_data_where_all_is(
    run: Run, folder: Path, words: str
) -> None:
    (folder / "empty").mkdir()
    result = run(*words.split(), "--output-format", "json")
    assert result.code == 2
    told = json.loads(result.err)["diagnostics"]
    refused = [d for d in told if d["code"] == "E0501"]
    assert len(refused) == 1
    assert refused[0]["message"].startswith(("cannot ", "there is no graph below"))
    as_text = run(*words.split()).err
    assert f"error: {refused[0]['message']}\n" in as_text
    log = json.loads(run(*words.split(), "--output-format", "sarif").err)
    assert len(log["runs"][0]["results"]) == len(told)
