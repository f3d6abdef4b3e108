"""The examples of builds: Make, and hooks before a commit, run as their users run them."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
NET = 'from "lib.graph" import twice\nparam w = 3\nloss J = twice(w)\n'

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program in a folder of its own, with the `gradc` of this repository on the path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    gradc = programs / "gradc"
    gradc.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec "{sys.executable}" -m gradc "$@"\n')
    gradc.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "MAKE"))}
    environment |= {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "hooks"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "HOME": str(tmp_path),
    }

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "work"
        return subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )

    return call


# --- Make ---


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example."""
    folder = tmp_path / "work"
    shutil.copytree(EXAMPLES / "make", folder, ignore=shutil.ignore_patterns("build"))
    return folder


def compilations(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.count("gradc compile")


def touch(path: Path) -> None:
    """Makes a file newer than all others, whatever the clock of the file system."""
    time.sleep(0.05)
    path.touch()


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_twice_compiles_once(run: Run, project: Path) -> None:
    assert compilations(run("make")) == 1
    assert compilations(run("make")) == 0
    module = project / "build" / "net.py"
    before = module.stat().st_mtime_ns
    for name in ("net.graph", "layers.graph"):
        touch(project / "graphs" / name)
        assert compilations(run("make")) == 1, name
        assert compilations(run("make")) == 0, name
    assert module.stat().st_mtime_ns == before, "it is what it was"
    layers = project / "graphs" / "layers.graph"
    touch(layers)
    layers.write_text(layers.read_text().replace("sigmoid", "tanh"), encoding="utf-8")
    assert compilations(run("make")) == 1
    assert "np.tanh" in module.read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_stops_at_a_mistake_and_goes_on_after_it(run: Run, project: Path) -> None:
    assert run("make", "run").stdout.splitlines()[-1].startswith("after 200 steps: J = ")
    layers = project / "graphs" / "layers.graph"
    right = layers.read_text(encoding="utf-8")
    touch(layers)
    layers.write_text(right.replace("sigmoid", "sigmod"), encoding="utf-8")
    for _ in range(2):
        failed = run("make")
        assert failed.returncode == 2
        assert "did you mean `sigmoid`?" in failed.stderr
    layers.write_text(right, encoding="utf-8")
    assert compilations(run("make")) == 1
    # An import that is gone is no reason to stop where nothing imports it any more.
    (project / "graphs" / "units.graph").write_text(right, encoding="utf-8")
    layers.unlink()
    net = project / "graphs" / "net.graph"
    text = net.read_text(encoding="utf-8")
    net.write_text(text.replace("layers.graph", "units.graph"), encoding="utf-8")
    assert compilations(run("make")) == 1
    assert run("make", "clean").returncode == 0
    assert not (project / "build").exists()


# --- pre-commit ---


@pytest.fixture
def repository(tmp_path: Path, run: Run) -> Path:
    """A repository with a graph, whose hooks are those of gradc, found on the path."""
    folder = tmp_path / "work"
    folder.mkdir()
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert hooks.count("language: python\n") == 3
    listed = "".join(
        f"      {line}\n"
        for line in hooks.replace("language: python", "language: system").split("\n")
    )
    config = f"repos:\n  - repo: local\n    hooks:\n{listed}"
    (folder / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    (folder / "net.graph").write_text(NET, encoding="utf-8")
    (folder / "lib.graph").write_text("fn twice(x) = 2 * x\n", encoding="utf-8")
    run("gradc", "compile", "net.graph")
    run("git", "init", "-q")
    run("git", "add", ".")
    return folder


def hooks(run: Run, *words: str) -> tuple[int, dict[str, str], str]:
    """The exit code, how each hook ended, and all that was printed."""
    done = run(sys.executable, "-m", "pre_commit", "run", "--color", "never", *words)
    ends = [line for line in done.stdout.splitlines() if "...." in line]
    told = {line.partition("....")[0]: line.rpartition(".")[2] for line in ends}
    return done.returncode, told, done.stdout + done.stderr


def test_what_is_well_passes(run: Run, repository: Path) -> None:
    code, told, text = hooks(run)
    assert code == 0, text
    assert told == {"gradc compile": "Passed", "gradc check": "Passed", "gradc fmt": "Passed"}
    (repository / "notes.txt").write_text("no graph")
    run("git", "add", ".")
    run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a")
    (repository / "notes.txt").write_text("still no graph")
    run("git", "add", ".")
    assert hooks(run)[1]["gradc check"] == "(no files to check)Skipped"


def test_a_stale_module_is_written_again_and_stops_the_commit(run: Run, repository: Path) -> None:
    run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a")
    (repository / "lib.graph").write_text("fn twice(x) = x + x * 1.0\n", encoding="utf-8")
    run("git", "add", ".")
    code, told, text = hooks(run)
    assert (code, told["gradc compile"], told["gradc check"]) == (1, "Failed", "Passed"), text
    assert run("git", "diff", "--name-only").stdout == "net.py\n"
    run("git", "add", ".")
    assert hooks(run)[0] == 0


def test_a_mistake_and_a_layout_stop_the_commit(run: Run, repository: Path) -> None:
    (repository / "bad.graph").write_text("param w = 2\nloss J=v\n", encoding="utf-8")
    run("git", "add", ".")
    code, told, text = hooks(run)
    assert (code, set(told.values())) == (1, {"Failed"}), text
    assert "nothing is called `v`" in text
    assert (repository / "bad.graph").read_text(encoding="utf-8").endswith("loss J = v\n")


def test_the_files_are_what_pre_commit_expects(run: Run, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    manifest, config = ROOT / ".pre-commit-hooks.yaml", EXAMPLES / "pre_commit"
    for command, file in (
        ("validate-manifest", manifest),
        ("validate-config", config / ".pre-commit-config.yaml"),
    ):
        done = run(sys.executable, "-m", "pre_commit", command, str(file))
        assert done.returncode == 0, done.stdout
    offered = [line for line in manifest.read_text().splitlines() if "id: " in line]
    used = (config / ".pre-commit-config.yaml").read_text()
    assert all(line.partition("id: ")[2] in used for line in offered)
