"""`gradc compile`: what is written, where, and what happens to what stood there."""

import json
import os
import shlex
import stat
from pathlib import Path

import pytest

from gradc.commands import output
from gradc.commands.failure import UsageError
from tests.cli.conftest import UNIT, Run, write


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_module_is_written_beside_the_graph(run: Run, folder: Path) -> None:
    result = run("compile", "unit.graph")
    assert (result.code, result.out, result.err) == (0, "", "")
    module = text(folder / "unit.py")
    assert "Compiled by gradc" in module
    compile(module, "unit.py", "exec")
    assert sorted(p.name for p in folder.iterdir()) == ["unit.graph", "unit.py", "wrong.graph"]


def test_standard_output_and_input(run: Run, folder: Path) -> None:
    run("compile", "unit.graph")
    module = text(folder / "unit.py")
    assert run("compile", "unit.graph", "-o", "-").out == module
    piped = run("compile", "-", stdin=UNIT.encode())
    assert piped.code == 0
    code = piped.out.partition("def forward")[2].partition("__graph__")[0]
    assert code
    assert code in module
    assert run("compile", "-", "-o", "from_stdin.py", stdin=UNIT.encode()).out == ""
    assert (folder / "from_stdin.py").exists()


def test_a_bad_file_does_not_stop_the_others(run: Run, folder: Path) -> None:
    (folder / "also.graph").write_text(UNIT, encoding="utf-8")
    result = run("compile", "wrong.graph", "unit.graph", "also.graph")
    assert result.code == 1
    assert "E0201" in result.err
    assert (folder / "unit.py").exists()
    assert (folder / "also.py").exists()
    assert not (folder / "wrong.py").exists()
    missing = run("compile", "nosuch.graph", "wrong.graph", "unit.graph")
    assert missing.code == 2
    assert "E0201" in missing.err


def test_an_old_module_stays_where_the_graph_is_wrong(run: Run, folder: Path) -> None:
    (folder / "wrong.py").write_text("precious", encoding="utf-8")
    assert run("compile", "wrong.graph").code == 1
    assert text(folder / "wrong.py") == "precious"


def test_an_identical_file_is_not_touched(run: Run, folder: Path) -> None:
    run("compile", "unit.graph")
    module = folder / "unit.py"
    os.utime(module, ns=(1, 1))
    before = module.stat()
    assert run("compile", "unit.graph").code == 0
    after = module.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


@pytest.mark.skipif(os.name == "nt", reason="modes differ")
def test_the_mode_and_a_link_are_kept(run: Run, folder: Path) -> None:
    target = folder / "target.py"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o750)
    (folder / "unit.py").symlink_to(target)
    assert run("compile", "unit.graph").code == 0
    assert (folder / "unit.py").is_symlink()
    assert "Compiled by gradc" in text(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o750


@pytest.mark.skipif(os.name == "nt", reason="modes differ")
def test_a_new_file_follows_the_mask(run: Run, folder: Path) -> None:
    before = os.umask(0o027)
    try:
        run("compile", "unit.graph")
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "unit.py").stat().st_mode) == 0o640


@pytest.mark.parametrize("broken", ["fsync", "replace", "chmod", "fdopen", "open"])
def test_any_failure_keeps_the_old_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    module = folder / "unit.py"
    module.write_text("old", encoding="utf-8")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(UsageError, match=r"cannot write .*unit\.py: No space left on device"):
        output.write_file(module, "new")
    monkeypatch.undo()
    assert text(module) == "old"
    assert [p.name for p in folder.glob(".*")] == [], "no temporary file is left"


def test_an_interruption_keeps_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = folder / "unit.py"
    module.write_text("old", encoding="utf-8")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        output.write_file(module, "new")
    assert text(module) == "old"
    assert list(folder.glob(".*")) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs /dev/null")
def test_a_device_is_written_to_and_stays_one(run: Run) -> None:
    assert run("compile", "unit.graph", "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["unit.graph", "-o", "."], "it is a folder\n  = help: name a file in it: `-o unit.py`"),
        (["unit.graph", "-o", ".", "--target", "c"], "name a file in it: `-o unit.c`"),
        (["unit.graph", "-o", "no/such/unit.py"], "there is no folder no/such"),
        (["unit.graph", "-o", "unit.graph"], "= help: write `-o unit.py`, or leave `-o` out"),
        (["unit.graph", "-o", "other.graph"], "that is the name of a graph"),
        (["unit.graph", "-o", "u.graph", "--target", "jax"], "help: write `-o u.py`, or leave"),
        (["unit.graph", "wrong.graph", "-o", "m.py"], "`-o` names one file"),
        (["unit.txt", "-o", "unit.txt"], "it is one of the graphs to read"),
        (["net.py"], "it is one of the graphs to read"),
        (["unit.graph", "unit.txt"], "would both be written to unit.py"),
    ],
)
def test_outputs_that_are_refused(run: Run, folder: Path, words: list[str], message: str) -> None:
    for name in ("unit.txt", "net.py"):
        (folder / name).write_text(UNIT, encoding="utf-8")
    result = run("compile", *words)
    assert result.code == 2
    assert message in result.err
    assert text(folder / "unit.graph") == UNIT
    assert text(folder / "unit.txt") == UNIT
    assert text(folder / "net.py") == UNIT


def test_a_link_to_the_graph_is_refused(run: Run, folder: Path) -> None:
    (folder / "link.py").symlink_to(folder / "unit.graph")
    assert run("compile", "unit.graph", "-o", "link.py").code == 2
    assert text(folder / "unit.graph") == UNIT


def test_a_file_that_may_not_be_written(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "unit.py").write_text("old", encoding="utf-8")
    # Root may write anything, so the answer of the system is played.
    monkeypatch.setattr(os, "access", lambda *_: False)
    result = run("compile", "unit.graph")
    assert result.code == 2
    assert "cannot write unit.py: Permission denied" in result.err
    assert text(folder / "unit.py") == "old"


def test_check_says_what_is_stale_and_writes_nothing(run: Run, folder: Path) -> None:
    missing = run("compile", "--check", "unit.graph")
    assert missing.code == 1
    assert missing.err == "unit.py is missing: `gradc compile unit.graph` writes it\n"
    assert not (folder / "unit.py").exists()
    run("compile", "unit.graph")
    assert run("compile", "--check", "unit.graph").code == 0
    (folder / "unit.py").write_text("old", encoding="utf-8")
    stale = run("compile", "--check", "unit.graph")
    assert (stale.code, text(folder / "unit.py")) == (1, "old")
    assert "unit.py is stale" in stale.err
    assert run("compile", "--check", "-", stdin=UNIT.encode()).code == 2


@pytest.mark.parametrize(
    "words",
    [
        "unit.graph -o other.py", "unit.graph --also pack", "unit.graph -O0",
        "-e 'J = w**2' -o a.py", "unit.graph --wrt w --wrt b",
        "free.graph -D N=3 -D M=4 --unroll", "'of two.graph'",
        "unit.graph --max-nodes 10000 -o 'other one.py'", "- -o piped.py",
    ],
)  # fmt: skip
def test_the_call_that_check_names_writes_the_module(run: Run, folder: Path, words: str) -> None:
    write(folder / "free.graph", "dim N, M\nparam W: [N, M] = 1\nloss J = sum(W)\n")
    write(folder / "of two.graph", UNIT)
    call = shlex.split(words)
    look = run("compile", "--check", *call, "--color", "never", stdin=UNIT.encode())
    assert look.code == 1
    named = look.err.split("`")[1]
    assert run(*shlex.split(named)[1:], stdin=UNIT.encode()).code == 0
    again = run("compile", "--check", *call, stdin=UNIT.encode())
    assert (again.code, again.err) == (0, "")
    assert shlex.split(named) == ["gradc", "compile", *call] or call[0] != "unit.graph"


def test_the_call_is_named_in_data_too(run: Run) -> None:
    words = ["unit.graph", "-o", "other.py", "-O0"]
    data = json.loads(run("compile", "--check", "--output-format", "json", *words).err)
    helps = data["diagnostics"][0]["helps"]
    assert helps == ["`gradc compile unit.graph -o other.py -O0` writes it"]


def test_no_parameters_are_not_packed(run: Run, folder: Path) -> None:
    write(folder / "plain.graph", "input x = 2\nloss J = x**2\n")
    refused = run("compile", "plain.graph", "--also", "summary,pack")
    assert refused.code == 1
    assert "E0503]: `--also pack`: there are no parameters to pack" in refused.err
    assert "plain.graph:2" in refused.err
    assert not (folder / "plain.py").exists()


def test_a_configuration_packs_what_there_is(run: Run, folder: Path) -> None:
    write(folder / "plain.graph", "input x = 2\nloss J = x**2\n")
    write(folder / "pyproject.toml", '[tool.gradc]\nalso = ["pack"]\n')
    assert run("compile", "plain.graph", "unit.graph").code == 0
    assert "def pack(" in text(folder / "unit.py")


def test_a_configuration_makes_the_matrices_sparse_that_there_are(run: Run, folder: Path) -> None:
    write(folder / "square.graph", "param w: [3] = 2\noutput y = w**2\n")
    write(folder / "pyproject.toml", "[tool.gradc]\nsparse = true\n")
    assert run("compile", "square.graph").code == 0
    assert "--sparse" not in text(folder / "square.py")
    assert run("compile", "square.graph", "--also", "jacobian").code == 0
    assert "--sparse" in text(folder / "square.py")


def test_diff_shows_what_would_change(run: Run, folder: Path) -> None:
    run("compile", "unit.graph")
    module = folder / "unit.py"
    new = text(module)
    old = new.replace("dJ_dd = dJ * d", "dJ_dd = d")
    assert old != new
    module.write_text(old, encoding="utf-8")
    result = run("compile", "--diff", "unit.graph")
    assert result.code == 0
    assert "--- unit.py\n+++ unit.py\n" in result.out
    assert "-    dJ_dd = d\n+    dJ_dd = dJ * d\n" in result.out
    assert text(module) == old
    assert run("compile", "--diff", "--check", "unit.graph").code == 1
    coloured = run("compile", "--diff", "--color", "always", "unit.graph")
    assert "\x1b[32m+    dJ_dd = dJ * d\x1b[0m\n" in coloured.out


def test_options_reach_the_compiler(run: Run, folder: Path) -> None:
    (folder / "net.graph").write_text(
        "dim D = 3\ninput x: [D]\nparam w: [D] = 1\nparam v: [D] = 1\nloss J = sum(w * v * x)\n",
        encoding="utf-8",
    )
    result = run("compile", "net.graph", "-o", "-", "-D", "D=7", "--wrt", "x,w", "-O0")
    assert result.code == 0
    namespace: dict[str, object] = {"__name__": "net"}
    exec(result.out, namespace)
    graph = namespace["__graph__"]
    assert graph["dims"] == {"D": 7}  # type: ignore[index]
    assert graph["params"]["w"]["shape"] == [7]  # type: ignore[index]
    unknown = run("compile", "net.graph", "-D", "d=7")
    assert unknown.code == 1
    assert "E0503" in unknown.err
    assert "--> net.graph" in unknown.err
    assert run("compile", "net.graph", "--wrt", "q").code == 1


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("unit.graph -o unit.so", "`gradc build` makes an extension"),
        ("unit.graph -o unit.pyd", "`gradc build` makes an extension"),
        ("unit.graph -o unit.c", "`--target c -o unit.c`"),
        ("unit.graph -o unit.onnx", "`--target onnx -o unit.onnx`"),
        ("unit.graph --target jax -o unit.c", "`--target c -o unit.c`"),
    ],
)
def test_a_name_of_what_is_made_otherwise_is_told(
    run: Run, folder: Path, words: str, meant: str
) -> None:
    before = sorted(folder.iterdir())
    result = run("compile", *words.split())
    assert (result.code, sorted(folder.iterdir())) == (2, before)
    assert meant in result.err


def test_segments_of_loops_need_a_loop(run: Run, folder: Path) -> None:
    write(folder / "loop.graph", LOOP)
    write(
        folder / "called.graph",
        f"fn f(x, w) {{\n{CALLED}}}\ninput x: [4]\nparam w\nloss J = f(x, w)\n",
    )
    for name in ("loop.graph", "called.graph"):
        assert run("compile", name, "--checkpoint", "2", "-o", "-").code == 0
    result = run("compile", "unit.graph", "--checkpoint", "2", "-o", "-")
    assert (result.code, result.out) == (2, "")
    assert "unit.graph has no `scan`" in result.err
    assert run("check", "unit.graph", "loop.graph", "--checkpoint", "2").code == 0


CALLED = "scan h = 0 over x_t in x { next h = w * h + x_t }\nreturn h\n"
LOOP = "input x: [4]\nparam w\nscan h = 0 over x_t in x { next h = w * h + x_t }\nloss J = h\n"
