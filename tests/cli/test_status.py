"""The status line: on a terminal, of work that takes long, and gone when that is done."""

import os
import re
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, UNIT, write

fcntl = pytest.importorskip("fcntl")
pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

# A pass that takes long, and nothing else that would make a test wait.
SLOW = """
import sys, threading, time
from gradc.cli import main
from gradc.commands import status
import gradc.compiler as compiler

status.DELAY, status.TICK = {delay}, 0.05
differentiate = compiler.differentiate

def slowly(*arguments):
    pause(time.monotonic() + {seconds})
    return differentiate(*arguments)

def pause(end):
    interrupted = {seconds} < 0
    if interrupted:
        end = time.monotonic() + 0.8
    while time.monotonic() < end:
        time.sleep(0.01)
    if interrupted:
        raise KeyboardInterrupt

slowly.__code__ = slowly.__code__.replace(co_name="differentiate")
compiler.differentiate = slowly
code = main(sys.argv[1:])
assert threading.active_count() == 1, threading.enumerate()
sys.exit(code)
"""


def on_terminal(
    folder: Path, *words: str, seconds: float = 0.8, delay: float = 0.2, columns: int = 80,
    **environment: str
) -> tuple[int, str]:  # fmt: skip
    """The exit code of a command, and all that it writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(seconds=seconds, delay=delay), *words],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm",
            "NO_COLOR": "1",
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    chunks: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(ours, 1 << 16):
                chunks.append(chunk)
        except OSError:  # nobody holds the other end
            pass

    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait(timeout=60)
    reader.join()
    os.close(ours)
    return code, b"".join(chunks).decode().replace("\r\n", "\n")


def screen(written: str) -> list[str]:
    """What is to be seen in the end, where only `\\r` moves the cursor."""
    lines = []
    for line in written.split("\n"):
        shown: list[str] = []
        for part in line.split("\r"):
            shown[: len(part)] = part
        lines.append("".join(shown).rstrip(" "))
    return lines


def test_the_stage_and_the_file_are_told_and_taken_away(folder: Path) -> None:
    code, written = on_terminal(folder, "compile", "unit.graph")
    assert code == 0
    assert re.search(r"\rgradc: differentiate unit\.graph \(\d+ s\)\r", written)
    assert screen(written) == [""]
    assert written.count("\n") == 0


def test_what_is_written_meanwhile_stands_alone(folder: Path) -> None:
    write(folder / "warned.graph", UNIT + "dead = w * 2\n")
    code, written = on_terminal(folder, "compile", "warned.graph", "wrong.graph", "unit.graph")
    assert code == 1
    assert "gradc: differentiate warned.graph (" in written
    assert "gradc: differentiate unit.graph (" in written
    lines = screen(written)
    assert not any("gradc:" in line for line in lines)
    assert lines[0].startswith("warning[W901]: nothing needs `dead`")
    assert "error[E0201]: nothing is called `wf`" in lines
    assert lines[-2:] == ["1 error, 1 warning", ""]


def test_a_narrow_terminal_keeps_it_on_one_line(folder: Path) -> None:
    name = "a" * 60 + "数.graph"
    write(folder / name, UNIT)
    for columns in (20, 93, 94):
        code, written = on_terminal(folder, "compile", name, columns=columns)
        assert code == 0
        shown = [part for part in written.split("\r") if part.startswith("gradc:")]
        assert shown
        assert all(len(part) + part.count("数") < columns for part in shown)
        assert screen(written) == [""]


def test_an_interruption_takes_it_away(folder: Path) -> None:
    code, written = on_terminal(folder, "compile", "unit.graph", seconds=-1, delay=0.1)
    assert code == 130
    assert "gradc: differentiate unit.graph (" in written
    assert screen(written) == [""]


def test_a_terminal_that_cannot_go_back_is_spared(folder: Path) -> None:
    assert on_terminal(folder, "compile", "unit.graph", TERM="dumb") == (0, "")


def test_short_work_says_nothing(folder: Path) -> None:
    assert on_terminal(folder, "compile", "unit.graph", seconds=0, delay=20) == (0, "")


def test_nothing_is_said_where_no_terminal_is(folder: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", SLOW.format(seconds=0.5, delay=0.1), "compile", "unit.graph"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"")
