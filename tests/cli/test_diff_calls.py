"""`gradc diff` as data, as it is called, and for git."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import OLD, ROOT, Run, Shell

# --- forms ---


def test_data(run: Run, old: Path) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    data = json.loads(run("diff", "--format", "json", "old.graph", "net.graph").out)
    assert (data["schema"], data["changed"]) == (1, True)
    (change,) = [c for c in data["changes"] if c["kind"] == "value" and not c["follows"]]
    assert change["message"] == "`sum(e)` was `mean(e)`"
    assert change["old"] == {"file": "old.graph", "line": 13, "column": 10}
    assert change["new"]["file"] == "net.graph"


def test_markdown(run: Run, old: Path) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    text = run("diff", "--format", "markdown", "old.graph", "net.graph").out
    assert "### `old.graph → net.graph`\n" in text
    assert "- `J` `sum(e)` was `mean(e)` (old.graph:13 → net.graph:13)\n" in text
    assert "| `" in text


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_machines_are_told_each_change(run: Run, old: Path, form: str) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    found = run("diff", "--output-format", form, "old.graph", "net.graph")
    assert found.code == 1
    assert "W915" in found.err
    assert "net.graph" in found.err
    if form == "github":
        assert found.err.startswith("::warning file=net.graph,line=13,")


def test_colours(run: Run, old: Path) -> None:
    (old / "net.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    assert "\x1b[1;33m~\x1b[0m" in run("diff", "--color", "always", "old.graph", "net.graph").out
    assert "\x1b" not in run("diff", "old.graph", "net.graph").out


# --- calls ---


def test_standard_input_is_one_of_them(run: Run, old: Path) -> None:
    found = run("diff", "-", "old.graph", stdin=OLD.replace("sum", "mean").encode())
    assert found.code == 1
    assert "`sum(e_t)` was `mean(e_t)`" in found.out


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b", "c"], ["-", "-"]])
def test_a_wrong_call(run: Run, words: list[str]) -> None:
    assert run("diff", *words).code == 2


def test_a_file_that_is_missing(run: Run, old: Path) -> None:
    found = run("diff", "old.graph", "none.graph")
    assert (found.code, found.out) == (2, "")
    assert "cannot read none.graph" in found.err


def test_a_graph_that_is_wrong(run: Run, old: Path) -> None:
    found = run("diff", "old.graph", "wrong.graph")
    assert (found.code, found.out) == (1, "")
    assert "error[E0201]" in found.err
    assert "wrong.graph:2" in found.err


# --- git ---


def test_seven_arguments_are_gits(run: Run, old: Path) -> None:
    (old / "new.graph").write_text(OLD.replace("mean(e)", "sum(e)"), encoding="utf-8")
    seven = ["nets/net.graph", "old.graph", "0" * 40, "100644", "new.graph", "1" * 40, "100644"]
    found = run("diff", *seven)
    assert found.code == 0
    assert found.out.startswith("nets/net.graph\n")
    assert "nets/net.graph:13" in found.out
    (old / "new.graph").write_text("what", encoding="utf-8")
    found = run("diff", *seven)
    assert found.code == 0
    assert found.out.startswith("nets/net.graph: the lines that differ\n--- nets/net.graph\n")
    assert "\n+what\n" in found.out
    assert "nets/net.graph:1" in found.err


@pytest.mark.parametrize(("at", "told"), [(1, "is new"), (4, "is gone")])
def test_a_file_that_comes_or_goes(run: Run, old: Path, at: int, told: str) -> None:
    seven = ["net.graph", "old.graph", ".", ".", "old.graph", ".", "."]
    seven[at] = os.devnull
    found = run("diff", *seven)
    assert (found.code, found.out) == (0, f"net.graph: {told}\n")


def test_a_conflict(run: Run, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("diff", "net.graph").code == 2
    monkeypatch.setenv("GIT_DIFF_PATH_COUNTER", "1")
    found = run("diff", "net.graph")
    assert (found.code, found.out) == (0, "net.graph: a conflict is not resolved\n")


def git(folder: Path, *words: str) -> str:
    """What git prints; a `diff` driver of it is this gradc."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    told = ["-c", "user.name=n", "-c", "user.email=e", "-c", "core.pager=cat",
            "-c", f"diff.gradc.command={sys.executable} -m gradc diff"]  # fmt: skip
    done = subprocess.run(
        ["git", *told, *words],
        cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=True,
        text=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout


def test_git_shows_it(old: Path) -> None:
    git(old, "init", "-q")
    (old / ".gitattributes").write_text("*.graph diff=gradc\n", encoding="utf-8")
    (old / "nets").mkdir()
    (old / "nets" / "sq.graph").write_text("fn sq(x, k) = x * x * k\n", encoding="utf-8")
    text = OLD.replace("fn sq(x, k) = x * x * k", 'from "sq.graph" import sq')
    path = old / "nets" / "net.graph"
    path.write_text(text, encoding="utf-8")
    git(old, "add", ".")
    git(old, "commit", "-q", "-m", "first")
    path.write_text(text.replace("mean(e)", "sum(e)"), encoding="utf-8")
    for folder in (old, old / "nets"):
        told = git(folder, "diff")
        assert "`sum(e)` was `mean(e)`  nets/net.graph:13" in told
    git(old, "mv", "nets/net.graph", "nets/other.graph")
    git(old, "commit", "-q", "-a", "-m", "second")
    (old / "nets" / "other.graph").unlink()
    assert "nets/other.graph: is gone" in git(old, "diff")
    renamed = git(old, "diff", "--ext-diff", "-M", "HEAD~1", "HEAD")
    assert "nets/net.graph → nets/other.graph" in renamed
    assert "`sum(e)` was `mean(e)`" in renamed


def test_git_without_attributes(old: Path, shell: Shell) -> None:
    call = ["net.graph", "old.graph", ".", ".", "old.graph", ".", "."]
    done = shell("diff", *call)
    assert (done.returncode, done.stdout) == (0, b"net.graph: means what it meant\n")
