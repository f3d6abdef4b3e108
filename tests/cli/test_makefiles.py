"""`--depfile` and `--stamp`: what Make is told, and Make itself told so."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradc.commands.failure import UsageError
from gradc.commands.makefiles import Rule, depfile
from tests.cli.conftest import ROOT, UNIT, Run, write

NET = 'import "lib/layers.graph" as layers\nparam w = 3\nloss J = layers.twice(w)\n'
LAYERS = 'from "../shared.graph" import half\nfn twice(x) = half * 4 * x\n'
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def net(folder: Path) -> Path:
    """A graph that imports a file, which imports another."""
    (folder / "lib").mkdir()
    write(folder / "lib" / "layers.graph", LAYERS)
    write(folder / "shared.graph", "const half = 0.5\n")
    return write(folder / "net.graph", NET)


def test_a_rule_names_the_graph_and_all_that_it_imports(run: Run, net: Path) -> None:
    assert run("compile", "net.graph", "--depfile", "net.d").code == 0
    assert (net.parent / "net.d").read_text(encoding="utf-8") == (
        "net.py: net.graph lib/layers.graph shared.graph\n\nlib/layers.graph:\n\nshared.graph:\n"
    )


def test_each_graph_has_a_rule_and_the_stamp_one_for_all(run: Run, net: Path) -> None:
    words = ("--depfile", "all.d", "--stamp", "done")
    assert run("compile", "net.graph", "unit.graph", *words).code == 0
    first, *_ = (net.parent / "all.d").read_text(encoding="utf-8").split("\n\n")
    assert first.splitlines() == [
        "net.py: net.graph lib/layers.graph shared.graph",
        "unit.py: unit.graph",
        "done: net.graph lib/layers.graph shared.graph unit.graph",
    ]


def test_other_ways_to_name_files(run: Run, net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = net.parent
    run("compile", str(net), "-o", str(folder / "out.py"), "--depfile", "net.d")
    lines = (folder / "net.d").read_text(encoding="utf-8").splitlines()
    assert lines[0].split() == [
        f"{folder}/out.py:", str(net), f"{folder}/lib/layers.graph", f"{folder}/shared.graph"
    ]  # fmt: skip
    monkeypatch.chdir(folder / "lib")
    assert run("compile", "../net.graph", "--depfile", "net.d").code == 0
    rule = (folder / "lib" / "net.d").read_text(encoding="utf-8").splitlines()[0]
    assert rule == "../net.py: ../net.graph ../lib/layers.graph ../shared.graph"
    result = run("compile", "-", "-o", "in.py", "--depfile", "in.d", stdin=UNIT.encode())
    assert result.code == 0
    assert (folder / "lib" / "in.d").read_text(encoding="utf-8") == "in.py:\n"


def test_the_stamp_is_touched_after_each_success(run: Run, net: Path) -> None:
    stamp = net.parent / "stamp"
    assert run("compile", "net.graph", "--stamp", "stamp").code == 0
    assert stamp.read_bytes() == b""
    write(stamp, "kept")
    for path in (stamp, net.with_suffix(".py")):
        os.utime(path, (1, 1))
    assert run("compile", "net.graph", "--stamp", "stamp").code == 0
    assert stamp.read_bytes() == b"kept"
    assert stamp.stat().st_mtime > 1
    assert net.with_suffix(".py").stat().st_mtime == 1, "what is current is left alone"


@pytest.mark.parametrize("words", [["wrong.graph"], ["nosuch.graph"], ["-W", "error"]])
def test_nothing_is_told_where_something_failed(run: Run, net: Path, words: list[str]) -> None:
    write(net, NET + "dead = w * 2\n")
    depend, stamp = write(net.parent / "net.d", "old"), write(net.parent / "stamp", "")
    os.utime(stamp, (1, 1))
    result = run("compile", "net.graph", *words, "--depfile", "net.d", "--stamp", "stamp")
    assert result.code in (1, 2)
    assert depend.read_bytes() == b"old"
    assert stamp.stat().st_mtime == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--depfile", "no/net.d"], "cannot write no/net.d: there is no folder no"),
        (["--stamp", "no/stamp"], "cannot write no/stamp: there is no folder no"),
        (["--depfile", "lib"], "cannot write lib: it is a folder"),
        (["--stamp", "lib"], "cannot write lib: it is a folder"),
        (["--depfile", "net.graph"], "that is the name of a graph"),
        (["--stamp", "net.graph"], "that is the name of a graph"),
        (["--stamp", "link"], "cannot write link: it is one of the graphs to read"),
        (["--depfile", "imported"], "cannot write imported: the graph imports it"),
        (["--stamp", "imported"], "cannot write imported: the graph imports it"),
        (["--stamp", "pyproject.toml"], "it is the configuration"),
        (["--depfile", "net.py"], "two results would be written to net.py"),
        (["--depfile", "./x", "--stamp", "x"], "two results would be written to x"),
        (["--depfile", "net.d", "-o", "-"], "`--depfile` needs a module in a file"),
        (["--depfile", "net.d", "--check"], "`--check` writes nothing"),
        (["--stamp", "stamp", "--diff"], "`--diff` writes nothing"),
        (["--depfile", "-"], "`--depfile` needs the name of a file"),
        (["--stamp", "-"], "`--stamp` needs the name of a file"),
        (["--depfile", "a", "--depfile", "b"], "`--depfile` is given twice"),
    ],
)
def test_what_is_refused_and_nothing_is_written(
    run: Run, net: Path, words: list[str], message: str
) -> None:
    folder = net.parent
    write(folder / "pyproject.toml", "")
    (folder / "link").symlink_to("net.graph")
    (folder / "imported").symlink_to("shared.graph")
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    result = run("compile", "net.graph", *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_a_folder_in_part_is_no_success(run: Run, net: Path) -> None:
    (net.parent / "empty").mkdir()
    assert run("compile", "net.graph", "empty", "--stamp", "stamp").code == 2
    assert net.with_suffix(".py").exists()
    assert not (net.parent / "stamp").exists()


# --- Make's syntax ---

ODD = [
    "a b", "a  b", "a#b", "a$b", "a$$b", "a%b", "a:b", "a=b", "lr=0.1", "a|b", "a*b", "a?b", "a[b]",
    "~ab", "a~b", "a'b", 'a"b', "a(b)", "a&b", "a\\b", "a\\ b", "a\\\\ b", "a\\#b", "naïve", "a,b",
    "a@b", "-ab", "a{b}", "$(ab)", "a`b", "a!b", "a+b", "%", "a%%b",
]  # fmt: skip


def make(folder: Path, *words: str) -> str:
    process = subprocess.run(
        ["make", "-s", "-r", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@needs_make
@pytest.mark.parametrize("name", ODD)
def test_make_reads_every_name(tmp_path: Path, name: str) -> None:
    graph, imported = tmp_path / f"{name}.graph", tmp_path / f"{name}.txt"
    module = Path(f"{name}.py")
    for path in (graph, imported):
        path.touch()
    rules = [Rule(module, Path(graph.name), (Path(imported.name),))]
    (tmp_path / "net.d").write_text(depfile(rules, Path("stamp")), encoding="utf-8")
    recipe = '\t@echo made "$@"; touch "$@"\n'
    # The module by a pattern, since the rule in question has no recipe; the stamp by its name.
    text = f"all: stamp\nstamp:\n\t@echo stamped; touch stamp\n-include net.d\n%.py:\n{recipe}"
    (tmp_path / "Makefile").write_text(text, encoding="utf-8")
    assert make(tmp_path) == "stamped\n"
    assert make(tmp_path) == ""
    later = time.time() + 5
    os.utime(imported, (later, later))
    assert make(tmp_path) == "stamped\n", "the stamp is made from it"
    if not set(name) & set("\"'`$\\=") and not name.startswith(
        ("-", "~")
    ):  # which the call would need
        assert make(tmp_path, f"{name}.py") == f"made {name}.py\n"
        os.utime(tmp_path / module, (later + 1, later + 1))
        assert make(tmp_path, f"{name}.py") == ""
    imported.unlink()
    make(tmp_path)  # what is gone is no reason to stop


@pytest.mark.parametrize("name", ["a;b", "a\tb", "a\nb", "a\\"])
def test_a_name_that_make_cannot_read_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="Make has no way to write the name"):
        depfile([Rule(Path("net.py"), Path(name), ())], None)


@needs_make
def test_make_twice_compiles_once(net: Path) -> None:
    folder = net.parent
    gradc = f"PYTHONPATH='{ROOT}' '{sys.executable}' -m gradc"
    write(
        folder / "Makefile",
        f"net.stamp: net.graph\n\t@echo compiles; {gradc} compile net.graph --depfile net.d"
        " --stamp $@\n-include net.d\n",
    )
    assert make(folder) == "compiles\n"
    assert make(folder) == ""
    assert (folder / "net.py").exists()
    for name in ("net.graph", "lib/layers.graph", "shared.graph"):
        later = time.time() + 1
        os.utime(folder / name, (later, later))
        time.sleep(max(0, later - time.time()) + 0.05)
        assert make(folder) == "compiles\n", name
        assert make(folder) == "", name
