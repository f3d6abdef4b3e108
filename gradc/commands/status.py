"""The line that says what long work is at: on a terminal, until the work is done."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from gradc.commands import VERBS

DELAY = 2.0
"""Seconds that work may take without a word."""

TICK = 0.5
"""Seconds between two looks at the work."""


@contextmanager
def working() -> Iterator[Callable[[str], None]]:
    """Says what becomes of a file, where that takes long and standard error is a terminal.

    What it gives is told the name of the file.
    """
    if _LINE.stream is not None or not _is_terminal(sys.stderr):
        yield lambda name: None
        return
    line = _LINE
    line.stream, line.name = sys.stderr, ""
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(line, threading.get_ident(), done), daemon=True)
    watcher.start()
    try:
        yield line.named
    finally:
        done.set()
        watcher.join()
        line.erase()
        line.stream = None


def make_way() -> None:
    """Takes the line away, so that something else can be written."""
    _LINE.erase()


def stage_of(frames: Sequence[FrameType]) -> str | None:
    """What the pipeline, or else the verb, has called; `frames` from the outermost."""
    modules = [str(frame.f_globals.get("__name__", "")) for frame in frames]
    if "gradc.compiler" in modules:
        # Passes that are run again on what another has made stand behind it.
        last = max(i for i, module in enumerate(modules) if module == "gradc.compiler")
        return frames[last + 1].f_code.co_name if last + 1 < len(frames) else None
    verbs = [m.removeprefix("gradc.commands.") for m in modules]
    return next((verb for verb in reversed(verbs) if verb in VERBS), None)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:  # it is closed
        return False


def _watch(line: _Line, worker: int, done: threading.Event) -> None:
    from gradc.report.snippet import harmless

    start = time.monotonic()
    pause = DELAY
    while not done.wait(pause):
        stage = stage_of(_frames(sys._current_frames().get(worker))) or "at work"
        seconds = time.monotonic() - start
        line.draw(f"gradc: {stage} {harmless(line.name)} ({seconds:.0f} s)")
        pause = TICK


def _frames(innermost: FrameType | None) -> list[FrameType]:
    found: list[FrameType] = []
    while innermost is not None:
        found.append(innermost)
        innermost = innermost.f_back
    return found[::-1]


class _Line:
    """The line of a terminal that the status is on."""

    def __init__(self) -> None:
        self.stream: TextIO | None = None
        self.name = ""
        self._taken = 0  # columns
        self._lock = threading.Lock()

    def named(self, name: str) -> None:
        self.name = name

    def draw(self, text: str) -> None:
        from gradc.report.snippet import char_width

        with self._lock, suppress(OSError, ValueError):
            room, width, kept = self._columns(), 0, ""
            for c in text:
                if width + char_width(c) > room:
                    break
                width += char_width(c)
                kept += c
            self._write(f"\r{kept}{' ' * (min(self._taken, room) - width)}")
            self._taken = width

    def erase(self) -> None:
        with self._lock, suppress(OSError, ValueError):
            if self._taken:
                self._write(f"\r{' ' * min(self._taken, self._columns())}\r")
            self._taken = 0

    def _columns(self) -> int:
        """The last one stays free: some terminals go on to the next line behind it."""
        assert self.stream is not None
        return max((os.get_terminal_size(self.stream.fileno()).columns or 80) - 1, 1)

    def _write(self, text: str) -> None:
        assert self.stream is not None
        self.stream.write(text)
        self.stream.flush()


_LINE = _Line()
