"""`compile --watch`: a change of a source is compiled at once, and Ctrl-C ends it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradc.commands.watch import _IMPORT
from tests.cli.conftest import ROOT, UNIT, Run, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals differ")

NET = 'import "layers.graph" as layers\nparam w = 3\nloss J = layers.f(w)\n'


class Watcher:
    """A process that watches, and what it has said so far."""

    def __init__(self, folder: Path, *words: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gradc", "compile", "--watch", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            # A shell starts what runs in its background with the signal ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait(self, text: str, times: int = 1) -> None:
        """Until so many lines with a text have come."""
        end = time.monotonic() + 60
        while sum(text in line for line in list(self.lines)) < times:
            assert self.process.poll() is None, self.lines
            assert time.monotonic() < end, self.lines
            time.sleep(0.02)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=30)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def net(folder: Path) -> Path:
    write(folder / "layers.graph", "fn f(x) = 2 * x\n")
    return write(folder / "net.graph", NET)


@pytest.fixture
def watchers() -> Iterator[list[Watcher]]:
    started: list[Watcher] = []
    yield started
    for watcher in started:
        watcher.stop()


def test_changes_are_compiled_and_mistakes_are_lived_through(
    net: Path, watchers: list[Watcher]
) -> None:
    module, layers = net.with_suffix(".py"), net.parent / "layers.graph"
    watcher = Watcher(net.parent, "net.graph", "unit.graph")
    watchers.append(watcher)
    watcher.wait(" 2 graphs compiled in ")
    first = module.read_bytes()
    write(layers, "fn f(x) = 3 * x\n")
    watcher.wait(" net.graph compiled in ")
    assert module.read_bytes() != first
    write(layers, "fn f(x) = 3 *\n")
    watcher.wait(" net.graph failed in ")
    assert any("error[E0" in line for line in watcher.lines)
    layers.unlink()
    watcher.wait(" net.graph failed in ", 2)
    assert any("E0216" in line for line in watcher.lines)
    replaced = write(net.parent / "new", "fn f(x) = 2 * x\n")
    replaced.rename(layers)
    watcher.wait(" net.graph compiled in ", 2)
    assert module.read_bytes() == first
    net.unlink()
    watcher.wait("cannot read net.graph")
    write(net, NET)
    watcher.wait(" net.graph compiled in ", 3)
    time.sleep(0.6)
    told = [line for line in watcher.lines if " in " in line and line[2:3] == ":"]
    assert len(told) == 7, "one line a time"
    assert watcher.stop() == 130
    assert not any("Traceback" in line for line in watcher.lines)


def test_a_folder_is_watched_with_what_comes_into_it(net: Path, watchers: list[Watcher]) -> None:
    (net.parent / "wrong.graph").unlink()
    watcher = Watcher(net.parent, ".", "--depfile", "all.d", "--stamp", "stamp")
    watchers.append(watcher)
    watcher.wait(" 2 graphs compiled in ")
    write(net.parent / "new.graph", UNIT)
    watcher.wait(" 3 graphs compiled in ")
    assert "new.py: new.graph\n" in (net.parent / "all.d").read_text(encoding="utf-8")
    assert watcher.stop() == 130


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-"], "`--watch` needs files to watch"),
        (["-e", "J = w"], "`--watch` needs files to watch"),
        (["unit.graph", "--check"], "`--check` writes nothing"),
        (["empty"], "there is no graph below empty"),
        (["unit.graph", "-o", "unit.graph"], "that is the name of a graph"),
    ],
)
def test_calls_with_nothing_to_watch(
    run: Run, folder: Path, words: list[str], message: str
) -> None:
    (folder / "empty").mkdir()
    result = run("compile", "--watch", *words)
    assert result.code == 2
    assert message in result.err


def test_imports_are_seen_in_a_text_that_is_wrong() -> None:
    text = (
        "import \"a.graph\" as a\n  from 'b/c.graph' import f\nx = = \"no.graph\"\n# import 'd'\n"
    )
    assert [m[2] for m in _IMPORT.finditer(text)] == ["a.graph", "b/c.graph"]
