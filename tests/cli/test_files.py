"""Files that are hard to read or to write: a diagnostic, and nothing torn on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradc.commands import settings
from tests.cli.conftest import ROOT, UNIT, Run, Shell, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes and modes differ")

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
