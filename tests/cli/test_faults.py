"""Faults in each step of reading and writing: the old file stands, or the new one whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, UNIT, Run, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes and modes differ")

USER = 65534


def test_a_stale_temporary_file_is_no_obstacle(run: Run, folder: Path) -> None:
    for number in range(os.getpid() - 2, os.getpid() + 2):
        write(folder / f".gradc-{number}-0.tmp", "stale")
    assert run("compile", "unit.graph").code == 0


def folders_state(folder: Path) -> tuple[str, list[str]]:
    return (folder / "unit.py").read_text(), [p.name for p in folder.glob(".gradc*")]


STEPS = ["open", "write", "flush", "chmod", "fsync", "replace"]
_AT_A_STEP = """
import os, signal, sys, io
step, number = sys.argv[1], int(sys.argv[2])
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and what is to outlive it this
def at(module, name):
    old = getattr(module, name)
    def stopped(*words, **more):
        result = old(*words, **more) if step in ("open", "replace") else None
        os.kill(os.getpid(), number)
        return old(*words, **more) if result is None else result
    setattr(module, name, stopped)
if step in ("write", "flush"):
    old = os.fdopen
    def fdopen(*words, **more):
        stream = old(*words, **more)
        class Stream:
            def __enter__(self): return self
            def __exit__(self, *_): stream.close()
            def __getattr__(self, name):
                if name == step:
                    os.kill(os.getpid(), number)
                return getattr(stream, name)
        return Stream()
    os.fdopen = fdopen
else:
    at(os, step)
from gradc.commands.output import write_file
from pathlib import Path
write_file(Path("unit.py"), "new" * 100_000)
"""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signals_at_each_step(run: Run, folder: Path, step: str, number: signal.Signals) -> None:
    write(folder / "unit.py", "old")
    process = subprocess.run(
        [sys.executable, "-c", _AT_A_STEP, step, str(int(number))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert process.returncode == -number, process.stderr
    text, left = folders_state(folder)
    assert text in ("old", "new" * 100_000)
    if number != signal.SIGKILL:
        assert left == []
    assert run("compile", "unit.graph").code == 0
    assert "Compiled by gradc" in (folder / "unit.py").read_text()


def test_two_writers_leave_one_of_the_two_whole(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from gradc.commands.output import write_file\n"
        "for _ in range(50): write_file(Path('unit.py'), sys.argv[1] * 100_000)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    write(folder / "unit.py", "a" * 100_000)
    writers = [
        subprocess.Popen([sys.executable, "-c", code, letter], cwd=folder, env=environment)
        for letter in "ab"
    ]
    while any(w.poll() is None for w in writers):
        text = (folder / "unit.py").read_text()
        assert text in ("a" * 100_000, "b" * 100_000)
        time.sleep(0.001)
    assert [w.returncode for w in writers] == [0, 0]
    assert list(folder.glob(".gradc*")) == []


def test_a_write_that_fails_half_way(folder: Path) -> None:
    """A limit of the system on the size of files, which the write runs into."""
    write(folder / "unit.py", "old")
    code = (
        "import resource, sys; from gradc.cli import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); sys.exit(main())"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, "compile", "unit.graph"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stderr) == (
        2,
        "error: cannot write unit.py: File too large\n",
    )
    assert folders_state(folder) == ("old", [])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_no_permission(folder: Path) -> None:
    # What Python loads late must not be out of the other user's reach.
    code = (
        "import os, sys; from gradc.cli import main\n"
        "for words in (['compile', 'unit.graph', '-o', '/dev/null'], ['check', 'wrong.graph']):\n"
        "    main(words)\n"
        "sys.stderr.write('----')\n"
        f"os.setuid({USER}); sys.exit(main())"
    )

    def gradc(*words: str) -> tuple[int, str]:
        process = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        return process.returncode, process.stderr.partition("----")[2]

    for path in (folder, *folder.parents[:3]):
        path.chmod(0o755)
    refused = (2, "error: cannot write unit.py: Permission denied\n")
    assert gradc("compile", "unit.graph") == refused
    write(folder / "unit.py", "old").chmod(0o644)
    assert gradc("compile", "unit.graph") == refused
    assert (folder / "unit.py").read_text() == "old"
    write(folder / "secret.graph", UNIT).chmod(0)
    denied = (2, "error: cannot read secret.graph: Permission denied\n")
    assert gradc("compile", "secret.graph") == denied
    write(folder / "main.graph", 'import "secret.graph" as lib\nparam w = 1\nloss J = w\n')
    status, said = gradc("check", "main.graph")
    assert status == 1
    assert "E0216" in said
    write(folder / "pyproject.toml", "[tool.gradc]\n").chmod(0)
    (folder / "sub").mkdir()
    write(folder / "sub" / "unit.graph", UNIT)
    status, said = gradc("check", "sub/unit.graph")
    assert status == 2
    assert "pyproject.toml: Permission denied" in said


def test_read_errors_are_said(run: Run, folder: Path) -> None:
    if not Path("/proc/self/mem").exists():
        pytest.skip("needs a file that cannot be read")
    result = run("compile", "/proc/self/mem", "-o", "-")
    assert result.code == 2
    assert "cannot read /proc/self/mem: Input/output error" in result.err


@pytest.mark.parametrize("verb", ["stats", "verify", "trace", "explain", "draw"])
def test_arrays_that_no_machine_holds(run: Run, folder: Path, verb: str) -> None:
    (folder / "net.graph").write_text("param w: [1000000000, 1000000000] = 0\nloss J = sum(w)\n")
    result = run(verb, "net.graph")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: the arrays of this graph do not fit in memory")
    assert "-D NAME=SIZE" in result.err
