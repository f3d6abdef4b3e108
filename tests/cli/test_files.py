"""Files that are hard to read or to write: a diagnostic, and nothing torn on the disk."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from gradc.commands import settings
from tests.cli.conftest import ROOT, UNIT, Run, Shell, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes and modes differ")

USER = 65534


# --- what was read is never written ---


@pytest.fixture
def importing(folder: Path) -> Path:
    """`main.graph` imports `lib.txt`; some other names of that file."""
    library = write(folder / "lib.txt", "fn twice(x) = x * 2\n")
    write(folder / "main.graph", 'from "lib.txt" import twice\nparam w = 1\nloss J = twice(w)\n')
    (folder / "link.py").symlink_to("lib.txt")
    (folder / "hard.py").hardlink_to(library)
    (folder / "sub").mkdir()
    (folder / "round").symlink_to(folder)
    return library


@pytest.mark.parametrize(
    "name", ["lib.txt", "link.py", "hard.py", "sub/../lib.txt", "round/lib.txt", "./lib.txt"]
)
@pytest.mark.parametrize(
    "verb",
    [
        ["compile"],
        ["emit", "--stage", "graph"],
        ["explain"],
        ["trace"],
        ["stats"],
        ["draw", "--format", "svg"],
    ],
)
def test_an_import_is_never_written(run: Run, importing: Path, verb: list[str], name: str) -> None:
    before = importing.read_bytes()
    result = run(verb[0], "main.graph", *verb[1:], "-o", name)
    assert (result.code, importing.read_bytes()) == (2, before)
    assert "the graph imports it" in result.err


def test_the_configuration_is_never_written(run: Run, folder: Path) -> None:
    config = write(folder / "pyproject.toml", "[tool.gradc]\nlevel = 1\n")
    (folder / "other.py").hardlink_to(config)
    for name in ("pyproject.toml", "other.py"):
        result = run("compile", "unit.graph", "-o", name)
        assert result.code == 2
        assert "it is the configuration" in result.err
    assert config.read_text() == "[tool.gradc]\nlevel = 1\n"


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


# --- names and folders ---


def test_names_that_are_not_utf_8(shell: Shell, folder: Path) -> None:
    name = os.fsdecode(b"gr\xff.graph")
    write(folder / name, UNIT)
    for words in (["compile", name], ["check", name], ["compile", name, "-o", "-"], ["draw", name]):
        done = shell(*words)
        assert done.returncode == 0, done.stderr
    (folder / name).write_text("loss J = w\n")
    for words in (["compile", name], ["check", name, "--output-format", "json"]):
        done = shell(*words)
        assert done.returncode == 1, done.stderr
        assert b"E0201" in done.stderr


def test_a_working_folder_that_is_gone(folder: Path) -> None:
    (folder / "gone").mkdir()
    for words, code in (("compile -", 0), ("compile net.graph", 2), ("compile - -o net.py", 2)):
        process = subprocess.run(
            ["sh", "-c", f"rm -r ../gone; exec {sys.executable} -P -m gradc {words}"],
            cwd=folder / "gone",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            input=UNIT,
            capture_output=True,
            text=True,
            check=False,
        )
        (folder / "gone").mkdir()
        assert process.returncode == code, process.stderr
        assert "Traceback" not in process.stderr


@pytest.mark.parametrize("name", ["x" * 300, "loop.py", "unit.graph/m.py", "a\0b"])
def test_names_that_cannot_be_written(run: Run, folder: Path, name: str) -> None:
    (folder / "loop.py").symlink_to("loop.py")
    result = run("compile", "unit.graph", "-o", name)
    assert result.code == 2
    assert "cannot write" in result.err
    assert list(folder.glob(".*")) == []


@pytest.mark.parametrize("name", ["x" * 300, "loop.graph", "unit.graph/x", "a\0b", ""])
def test_names_that_cannot_be_read(run: Run, folder: Path, name: str) -> None:
    (folder / "loop.graph").symlink_to("loop.graph")
    for verb in ("compile", "check", "fmt"):
        result = run(verb, name)
        assert result.code == 2, result.err
        assert "cannot read" in result.err


def test_a_long_name_can_be_written(run: Run, folder: Path) -> None:
    assert run("compile", "unit.graph", "-o", "x" * 252 + ".py").code == 0


@pytest.mark.parametrize(
    "text",
    [
        b"[tool.gradc]\nlevel = \xff\n",
        b"[tool.gradc]\nlevel = " + b"[" * 100_000,
        b"[tool.gradc]\nlevel = " + b"9" * 10_000,
        b"[tool.gradc]\nlevel = 1.0\n",
        b"[tool.gradc]\nlevel = true\n",
        b"[tool.gradc]\nsparse = 1\n",
        b"[tool.gradc]\nmax-nodes = 0\n",
        b"[tool.gradc]\nmax-bytes = '16 MB'\n",
        b"[tool.gradc]\nignore = [1]\n",
        b"[tool.gradc]\n" + b"#" * 2_000_000,
        b"#" * 17_000_000,
        b"[[tool.gradc]]\n",
        b"gradc = 1\ntool = 2\ntool.gradc = 3\n",
    ],
)
def test_hostile_configurations(run: Run, folder: Path, text: bytes) -> None:
    write(folder / "pyproject.toml", text)
    result = run("compile", "unit.graph")
    assert result.code == 2
    assert "pyproject.toml" in result.err
    assert len(result.err) < 2_000
    assert not (folder / "unit.py").exists()


# --- sizes ---


def test_no_more_than_16_mb_is_read(run: Run, folder: Path) -> None:
    write(folder / "large.graph", "#" * 16_000_001)
    for verb in ("compile", "check", "fmt", "trace", "draw", "verify", "stats"):
        result = run(verb, "large.graph")
        assert result.code == 2
        assert "large.graph: it holds more than 16,000,000 bytes" in result.err
        assert "`--max-bytes`" in result.err
    assert run("compile", "/dev/zero", "-o", "-").code == 2
    assert run("compile", "-", stdin=b"#" * 16_000_001).code == 2


def test_max_bytes_changes_that(run: Run, folder: Path) -> None:
    size = len(UNIT.encode())
    assert run("compile", "unit.graph", "--max-bytes", str(size)).code == 0
    for verb in ("compile", "fmt", "trace"):
        assert run(verb, "unit.graph", "--max-bytes", str(size - 1)).code == 2
    assert run("compile", "unit.graph", "--max-bytes", "0").code == 2
    assert run("compile", "unit.graph", "--max-bytes", "1e3").code == 2
    write(folder / "pyproject.toml", f"[tool.gradc]\nmax-bytes = {size - 1}\n")
    settings._nearest.cache_clear()
    assert run("compile", "unit.graph").code == 2
    assert run("compile", "unit.graph", "--max-bytes", "1_000").code == 0


def test_max_nodes_is_an_option_and_a_key(run: Run, folder: Path) -> None:
    text = "param x = 1\nscan h = x times 100 { next h = h * x }\nloss J = h\n"
    write(folder / "loop.graph", text)
    unrolled = ("compile", "loop.graph", "--unroll", "-o", "-")
    assert run(*unrolled).code == 0
    result = run(*unrolled, "--max-nodes", "50")
    assert result.code == 1
    assert "error[E0206]: the graph expands into more than 50 nodes" in result.err
    assert "`--max-nodes`" in result.err
    for words in (["fmt", "--check"], ["check"], ["emit", "--stage", "tree"], ["trace"]):
        result = run(words[0], "loop.graph", *words[1:], "--max-nodes", "1")
        assert result.code == 1
        assert "E0206" in result.err
    write(folder / "pyproject.toml", "[tool.gradc]\nmax-nodes = 50\n")
    settings._nearest.cache_clear()
    assert run(*unrolled).code == 1
    assert run(*unrolled, "--max-nodes", "200_000").code == 0


def test_an_import_is_bounded_too(run: Run, folder: Path) -> None:
    write(folder / "lib.graph", "#" * 2_000)
    write(folder / "main.graph", 'import "lib.graph" as lib\nparam w = 1\nloss J = w\n')
    assert run("compile", "main.graph", "--max-bytes", "2000").code == 0
    result = run("compile", "main.graph", "--max-bytes", "1999")
    assert result.code == 1
    assert "E0216" in result.err
    assert "`--max-bytes`" in result.err


def test_data_are_bounded_unpacked(run: Run, folder: Path) -> None:
    np.savez_compressed(folder / "bomb.npz", x=np.zeros(1_000_000))
    result = run("trace", "unit.graph", "--data", "bomb.npz", "--max-bytes", "100_000")
    assert result.code == 2
    assert "`--max-bytes` allows more" in result.err
