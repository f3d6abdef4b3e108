"""What every command has in common: help, wrong calls, exit codes, signals, start-up."""

import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from gradc import __version__, compiler
from gradc.commands import VERBS, check, dispatch
from gradc.ir.builder import Builder
from gradc.ir.graph import Graph
from tests.cli.conftest import ROOT, Run, write


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"gradc {__version__}\n"
    overview = run("--help")
    assert overview.code == 0
    for verb, line in VERBS.items():
        assert f"  {verb}" in overview.out
        assert line in overview.out
    assert run("help").out == overview.out
    assert run("help", "compile").out == run("compile", "--help").out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_page(run: Run, verb: str) -> None:
    page = run(verb, "--help")
    assert (page.code, page.err) == (0, "")
    assert page.out.startswith(f"usage: gradc {verb}")
    assert all(len(line) <= 100 for line in page.out.splitlines())


@pytest.mark.parametrize(
    ("words", "message", "help_"),
    [
        ([], "which command?", "`gradc --help` lists the commands"),
        (["chek", "unit.graph"], "`chek` is no command", "did you mean `check`?"),
        (["unit.graph"], "`unit.graph` is no command", "did you mean `gradc compile unit.graph`?"),
        (["-O2"], "`-O2` is no option of gradc itself", "options follow the command"),
        (
            ["compile", "--chek", "unit.graph"],
            "`gradc compile` has no option `--chek`",
            "did you mean `--check`?",
        ),
        (["compile", "x", "--points", "3"], "has no option `--points`", "`gradc verify` has it"),
        (["compile", "x", "--set", "w=1"], "has no option `--set`", "`gradc trace` have it"),
        (["compile", "x", "--dtype", "float32"], "has no option `--dtype`", "`dtype f32`"),
        (["compile"], "FILE is missing", "`gradc compile --help`"),
        (["compile", "unit.graph", "-O3"], "-O: `3` is not possible", "compile --help"),
        (["check", "x", "--color", "alwys"], "did you mean `always`?", "check --help"),
        (["check", "x", "-W", "eror"], "did you mean `error`?", "check --help"),
        (["emit", "unit.graph"], "--stage is missing", "emit --help"),
        (["trace"], "FILE is missing", "`gradc trace --help`"),
        (["trace", "unit.graph", "wrong.graph"], "`wrong.graph` is one argument too many", ""),
        (["compile", "unit.graph", "-e", "J = w"], "`-e` is a graph, and so is unit.graph", ""),
        (["check", "-e", "J = w", "-e", "J = v"], "`-e` is given twice", "check --help"),
        (["compile", "unit.graph", "-o", "a.py", "-o", "b.py"], "`-o` is given twice", ""),
        (["compile", "unit.graph", "-o", "a.py", "--output", "b.py"], "`--output` is given", ""),
        (["compile", "unit.graph", "-O1", "-O2"], "`-O` is given twice", ""),
        (["check", "x", "--color", "never", "--color", "always"], "`--color` is given twice", ""),
        (["trace", "unit.graph", "--set", "x=1", "--set", "x=2"], "`--set x` is given twice", ""),
        (["verify", "unit.graph", "--set", "x=1", "--set", "x=1"], "`--set x` is given twice", ""),
        (["compile", "-", "-"], "standard input can be read once", ""),
        (["error", "E0108", "E0109"], "`E0109` is one argument too many", "error --help"),
        (["error", "E108"], "there is no diagnostic `E108`", "did you mean `E0108`?"),
        (["ops", "tnah"], "there is no operation `tnah`", "did you mean `tanh`?"),
        (["compile", "nosuch.graph"], "cannot read nosuch.graph: No such file", ""),
        (["compile", "unit"], "cannot read unit: No such file", "did you mean unit.graph?"),
        (["compile", "untt.graph"], "cannot read untt.graph", "did you mean unit.graph?"),
        (["trace", "."], "cannot read .", "folder"),
        (["compile", "unit.graph", "--root", "no"], "`--root`: there is no folder no", ""),
        (["compile", "unit.graph", "--wrt", "w,"], "`--wrt` takes names", "`--wrt w,hidden.W`"),
        (["verify", "unit.graph", "--set", "x"], "`--set x` has no `=`", "write `--set x=3`"),
        (["verify", "unit.graph", "--set", "q=1"], "no input or parameter `q`", ""),
        (["verify", "unit.graph", "--points", "0"], "`--points` is at least 1", ""),
        (["verify", "unit.graph", "--points", "2.5"], "--points: `2.5` is no whole number", ""),
        (["trace", "unit.graph", "--seed", "a"], "--seed: `a` is no whole number", ""),
        (["check", ""], "cannot read a file without a name", ""),
    ],
)
def test_a_wrong_call_says_what_and_exits_2(
    run: Run, words: list[str], message: str, help_: str
) -> None:
    result = run(*words)
    assert result.code == 2
    assert result.out == ""
    assert message in result.err
    assert help_ in result.err
    assert "Traceback" not in result.err


def test_options_and_files_stand_in_any_order(run: Run, folder: Path) -> None:
    assert run("--color", "never", "compile", "-O0", "unit.graph", "-o", "m.py").code == 0
    assert "at -O0" in (folder / "m.py").read_text(encoding="utf-8")
    (folder / "-odd.graph").write_bytes((folder / "unit.graph").read_bytes())
    assert run("compile", "-o", "odd.py", "--", "-odd.graph").code == 0


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("D", "gives no value"),
        ("D=x", "`x` is not an integer"),
        ("D=1.5", "`1.5` is not an integer"),
        ("D=-1", "cannot be negative"),
        ("1=1", "`1` is no name"),
    ],
)
def test_a_dimension_that_makes_no_sense(run: Run, value: str, why: str) -> None:
    result = run("compile", "unit.graph", "-D", value)
    assert result.code == 2
    assert result.err.startswith(f"error[E0501]: `-D {value}`")
    assert why in result.err


def test_a_bug_asks_for_a_report(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("no such\nluck")

    monkeypatch.setattr(check, "run", broken)
    result = run("check", "unit.graph")
    assert result.code == 70
    assert "ZeroDivisionError: no such luck" in result.err
    assert "report this" in result.err
    assert "Traceback" not in result.err
    monkeypatch.setenv("GRADC_TRACEBACK", "1")
    assert run("check", "unit.graph").err.startswith("Traceback")


def test_a_bug_names_the_pass_and_the_statement(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def differentiate(graph: Graph, *_: object) -> None:
        node = graph.nodes[1]
        raise KeyError(node.results[0].name)

    monkeypatch.setattr(compiler, "differentiate", differentiate)
    result = run("compile", "unit.graph")
    assert result.code == 70
    assert "in the pass `differentiate`, at `a = c + b` (unit.graph:9)" in result.err

    def broken(builder: object, *_: object, **__: object) -> None:
        raise IndexError(builder)

    monkeypatch.setattr(Builder, "emit_all", broken)
    result = run("check", "unit.graph")
    assert result.code == 70
    assert "in the pass `elaborate`, at `w * x` (unit.graph:8)" in result.err


def test_an_interruption_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(dispatch, "_run", interrupted)
    result = run("compile", "unit.graph")
    assert (result.code, result.out, result.err) == (130, "", "")


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_ctrl_c_stops_a_process(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gradc", "compile", "-"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell starts what runs in its background with the signal ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    time.sleep(1.5)  # until it waits for standard input
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, b"", b"")


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
def test_a_closed_pipe_is_no_bug(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gradc", "completions", "zsh"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=20), err) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_said(shell, unbuffered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    for words in (["--help"], ["--version"], ["completions", "bash"]):
        with Path("/dev/full").open("w") as full:
            process = shell(*words, stdout=full, stderr=subprocess.PIPE, capture_output=False)
        assert process.returncode == 2
        assert b"No space left" in process.stderr


def test_what_answers_at_once_imports_nothing_heavy() -> None:
    code = (
        "import sys; from gradc.cli import main; main(sys.argv[1:]);"
        "heavy = {'lark', 'numpy', 'jinja2', 'sympy'} & set(sys.modules);"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    for words in (["--version"], ["--help"], ["compile", "--help"], ["error", "E0108"], ["nosuch"]):
        process = subprocess.run(
            [sys.executable, "-c", code, *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr


LATE = """
numpy lark jinja2 tempfile decimal fractions dataclasses _hashlib
gradc.commands.changes gradc.commands.unheard gradc.report.text gradc.remedies
gradc.syntax.mistakes gradc.syntax.refusal gradc.elaborate.habits.rewriting
gradc.elaborate.habits.arguments gradc.elaborate.habits.table gradc.elaborate.fitting
gradc.elaborate.advice gradc.elaborate.causes gradc.elaborate.received gradc.elaborate.layers
gradc.elaborate.indexing gradc.elaborate.scans gradc.elaborate.states gradc.elaborate.constants
gradc.elaborate.derivatives gradc.elaborate.fold gradc.elaborate.habits.several gradc.passes.unwind
gradc.targets.numpy.also gradc.targets.numpy.offered gradc.ir.layout
gradc.library.samples gradc.library.sliding gradc.library.resizing gradc.library.shapes.windows
gradc.passes.blocks gradc.passes.contract.planned gradc.passes.loops gradc.passes.memory.fit
gradc.passes.memory.stacks gradc.passes.offer gradc.passes.pushforward gradc.passes.unroll
gradc.targets.numpy.memory gradc.targets.c.target gradc.targets.c.module gradc.targets.jax.target
gradc.targets.jax.module gradc.targets.onnx.target
""".split()
"""What a correct small graph does not ask for."""


def test_a_start_loads_only_what_a_graph_asks_for(folder: Path) -> None:
    write(
        folder / "net.graph", "dim B\ninput x: [B, 3]\nparam w: [3, 2]\nloss J = sum((x @ w).T)\n"
    )
    code = (
        "import sys; from gradc.cli import main\n"
        "from gradc.library.loader import standard_library\n"
        "late, *words = sys.argv[1:]\n"
        "failed = main(words)\n"
        "print(failed, 'habits' in vars(standard_library()))\n"
        "print(*(m for m in late.split() if m in sys.modules))"
    )
    for words, loaded in (
        ([], ""),
        (
            ["-O2"],
            "gradc.passes.blocks gradc.passes.contract.planned gradc.passes.loops"
            " gradc.passes.memory.stacks",
        ),
        (
            ["--also", "hvp"],
            "gradc.passes.offer gradc.passes.pushforward gradc.passes.unwind"
            " gradc.targets.numpy.also gradc.targets.numpy.offered",
        ),
        (["--target", "jax"], "gradc.targets.jax.target gradc.targets.jax.module"),
    ):
        found = subprocess.run(
            [sys.executable, "-c", code, " ".join(LATE), "compile", "net.graph", *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        *_, told, names = found.stdout.split("\n")[:-1]
        assert told == "0 False", found
        assert set(names.split()) == set(loaded.split()), words
    for name in LATE:  # a name that there is no more guards nothing
        assert find_spec(name) is not None, name


def test_nothing_is_looked_through_for_garbage_at_the_end() -> None:
    """What is frozen when Python ends is left alone: functions run there from the last one on."""
    code = (
        "import atexit, gc\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 1_000))\n"
        "from gradc.cli import main\n"
        "main(['--version'])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert found.stdout.split("\n")[1] == "True"


@pytest.mark.parametrize("name", ["*", "a(b", "[", "\\", "a|b", "a.b", "(?P<x>", ""])
@pytest.mark.parametrize(
    "words",
    [
        ["trace", "unit.graph", "--set", "{}=1"],
        ["verify", "unit.graph", "--set", "{}=1"],
        ["compile", "unit.graph", "-o", "-", "-D", "{}=1"],
        ["compile", "unit.graph", "-o", "-", "--wrt", "{}"],
        ["compile", "unit.graph", "-o", "-", "--also", "{}"],
        ["explain", "unit.graph", "{}"],
        ["why", "unit.graph", "{}"],
        ["ops", "{}"],
        ["error", "{}"],
    ],
    ids=lambda words: words[0] + words[-1],
)
def test_a_name_is_no_pattern(run: Run, folder: Path, words: list[str], name: str) -> None:
    result = run(*[word.format(name) for word in words])
    assert result.code in (1, 2), result.out
    assert result.err.startswith(("error", "usage")), result.err
