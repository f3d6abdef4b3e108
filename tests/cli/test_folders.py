"""A folder stands for the graphs below it; `check` and `fmt` look at files of functions too."""

import json
import os
from pathlib import Path

import pytest

from gradc.commands import folders
from tests.cli.conftest import UNIT, WRONG, Run, write

FUNCTIONS = """\
dim H = 2
const half = 0.5

fn twice(x) = 2 * x
"""
USER = 'from "functions.graph" import twice\nparam w = 3\nloss J = twice(w)\n'


@pytest.fixture
def nets(folder: Path) -> Path:
    """A folder with graphs at several depths, and what is passed over."""
    nets = folder / "nets"
    for name in ("deep/er", ".venv/lib", ".hidden", "build/lib", "deep/build"):
        (nets / name).mkdir(parents=True)
        write(nets / name / "inner.graph", UNIT)
    write(nets / "functions.graph", FUNCTIONS)
    write(nets / "user.graph", USER)
    write(nets / ".draft.graph", WRONG)
    write(nets / "notes.txt", "no graph")
    (nets / "folder.graph").mkdir()
    return nets


def modules(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.py"))


def test_the_graphs_below_are_compiled(run: Run, nets: Path) -> None:
    result = run("compile", "nets")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert modules(nets) == ["deep/er/inner.py", "user.py"]
    assert run("compile", "--check", "nets").code == 0


def test_a_folder_that_is_named_is_looked_at(run: Run, nets: Path) -> None:
    assert run("compile", "nets/build", "nets/.hidden").code == 0
    assert modules(nets) == [".hidden/inner.py", "build/lib/inner.py"]


def test_the_working_folder(run: Run, nets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(nets)
    assert run("compile", ".", "user.graph", "./user.graph").code == 0
    assert modules(nets) == ["deep/er/inner.py", "user.py"]


def test_a_bad_graph_does_not_stop_the_others(run: Run, nets: Path) -> None:
    write(nets / "a.graph", WRONG)
    write(nets / "b.graph", "fn f(x) = x +\n")  # wrong, so that nobody knows what it is
    result = run("compile", "nets", "nosuch.graph", "unit.graph")
    assert result.code == 2
    assert "--> nets/a.graph:2:10\n" in result.err
    assert "--> nets/b.graph:1:" in result.err
    assert "cannot read nosuch.graph" in result.err
    assert modules(nets) == ["deep/er/inner.py", "user.py"]
    assert (nets.parent / "unit.py").exists()
    assert run("compile", "nets").code == 1


def test_a_graph_that_forgets_its_loss_is_told(run: Run, nets: Path) -> None:
    write(nets / "forgot.graph", "param w = 2\na = w**2\n")
    result = run("compile", "nets")
    assert result.code == 1
    assert "error[E0211]: the file returns nothing" in result.err


def test_check_accepts_functions_alone(run: Run, nets: Path) -> None:
    assert run("check", "nets/functions.graph").code == 0
    assert run("check", "nets").code == 0
    assert run("check", "-", stdin=FUNCTIONS.encode()).code == 0
    write(nets / "functions.graph", FUNCTIONS + "fn wrong(x) { y = x }\n")
    result = run("check", "nets/functions.graph")
    assert result.code == 1
    assert "E0208" in result.err
    assert "E0211" not in result.err
    write(nets / "forgot.graph", "param w = 2\na = w**2\n")
    assert "E0211" in run("check", "nets/forgot.graph").err
    assert "E0211" in run("check", "-", stdin=b"# nothing yet\n").err
    assert run("check", "-", stdin=b"const half = 0.5\n").code == 0
    assert run("compile", "nets/functions.graph").code == 1


def test_fmt_lays_out_functions_too(run: Run, nets: Path) -> None:
    write(nets / "functions.graph", "fn twice(x)=2*x\n")
    check = run("fmt", "--check", "nets")
    assert check.err == "nets/functions.graph would change: `gradc fmt nets/functions.graph` " + (
        "lays it out\n"
    )
    assert run("fmt", "nets").code == 0
    assert (nets / "functions.graph").read_text(encoding="utf-8") == "fn twice(x) = 2 * x\n"


def test_verify_and_emit(run: Run, nets: Path) -> None:
    assert run("verify", "nets", "--points", "1").out.count("all gradients are right") == 2
    assert run("emit", "--stage", "graph", "nets").out.count("loss J\n") == 2


@pytest.mark.parametrize("verb", ["trace", "explain", "draw", "stats", "why"])
def test_a_lesson_is_about_one_graph(run: Run, nets: Path, verb: str) -> None:
    result = run(verb, "nets")
    assert (result.code, result.out) == (2, "")
    assert "cannot read nets: it is a folder" in result.err


def test_a_folder_without_graphs(run: Run, folder: Path) -> None:
    (folder / "empty" / "sub").mkdir(parents=True)
    result = run("compile", "empty", "unit.graph")
    assert result.code == 2
    assert "error: there is no graph below empty\n" in result.err
    assert (folder / "unit.py").exists()
    write(folder / "empty" / "functions.graph", FUNCTIONS)
    assert "error: no graph below empty returns anything\n" in run("compile", "empty").err
    assert run("check", "empty").code == 0


@pytest.mark.skipif(os.name == "nt", reason="links differ")
def test_links_in_circles_and_into_nothing(run: Run, nets: Path) -> None:
    (nets / "deep" / "loop").symlink_to("..")
    (nets / "self").symlink_to("self")
    (nets / "self.graph").symlink_to("self.graph")
    (nets / "gone.graph").symlink_to("nowhere.graph")
    os.mkfifo(nets / "pipe.graph")
    result = run("compile", "nets")
    assert (result.code, result.err) == (0, "")
    assert modules(nets) == ["deep/er/inner.py", "user.py"]
    (nets.parent / "link").symlink_to("nets")
    assert run("compile", "--check", "link").code == 0


def test_a_folder_that_cannot_be_read(
    run: Run, nets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = os.walk

    def refused(folder: str, onerror) -> object:
        onerror(PermissionError(13, "Permission denied", f"{folder}/deep"))
        return walk(folder)

    monkeypatch.setattr(folders.os, "walk", refused)  # root may read anything
    result = run("compile", "nets")
    assert result.code == 2
    assert result.err == "error: cannot read nets/deep: Permission denied\n"
    assert (nets / "user.py").exists()


def test_a_stale_module_as_data(run: Run, nets: Path) -> None:
    run("compile", "nets")
    write(nets / "user.py", "old")
    result = run("compile", "--check", "nets", "--output-format", "json")
    assert result.code == 1
    (found,) = json.loads(result.err)["diagnostics"]
    assert (found["code"], found["message"]) == ("E0505", "nets/user.py is stale")
    assert found["helps"] == ["`gradc compile nets/user.graph` writes it"]
    assert (found["file"], found["spans"][0]["line"]) == ("nets/user.graph", 1)
    github = run("compile", "--check", "nets", "--output-format", "github")
    assert github.err.startswith("::error file=nets/user.graph,line=1,endLine=1,")
    sarif = json.loads(run("compile", "--check", "nets", "--output-format", "sarif").err)
    assert sarif["runs"][0]["results"][0]["ruleId"] == "E0505"
