"""Compiling again whenever a graph, or what it imports, changes."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from gradc.commands.console import Console
from gradc.commands.folders import candidates_of, graphs_of
from gradc.commands.settings import settings_for
from gradc.commands.units import limits_of
from gradc.reading import read_regular
from gradc.report.snippet import harmless

INTERVAL = 0.25
"""Seconds between two looks at the files."""

_SETTLED = 0.05  # seconds without a change: an editor may write a file in several steps
_MOST = 1_000  # files that a graph imports, of which a change is seen
# An import, also in a text that cannot be parsed just now.
_IMPORT = re.compile(r"""^[ \t]*(?:import|from)[ \t]+(["'])([^"'\n]+)\1""", re.MULTILINE)

State: TypeAlias = tuple[int, int, int] | None
"""What tells one content of a file from another; None where there is no file."""


def watch(
    arguments: Any, console: Console, compile_all: Callable[[list[str], Console], int]
) -> int:
    """Compiles what changed, again and again. Ctrl-C ends it; a call without graphs does too."""
    wanted, code = graphs_of(arguments, console)
    if not wanted:
        return code
    sources = _Sources(arguments)
    last: dict[str, dict[Path, State]] = {}
    while True:
        now = sources.look()
        changed = [name for name in now if now[name] != last.get(name)]
        if changed:
            now = _settled(sources, now)
            if last:
                seen = Console.of(arguments, settings_for("-"))
                wanted, _ = graphs_of(arguments, seen)
                if seen.found:
                    seen.finish()
            changed = [name for name in wanted if now.get(name) != last.get(name)]
            # What Make is told is about all graphs.
            everything = arguments.depfile is not None or arguments.stamp is not None
            if changed:
                _compile(wanted if everything else changed, arguments, compile_all)
            last = now
        time.sleep(INTERVAL)


def _settled(
    sources: _Sources, found: dict[str, dict[Path, State]]
) -> dict[str, dict[Path, State]]:
    while True:
        time.sleep(_SETTLED)
        again = sources.look()
        if again == found:
            return found
        found = again


def _compile(
    names: list[str], arguments: Any, compile_all: Callable[[list[str], Console], int]
) -> None:
    """One round, and a line on how it went."""
    start = time.perf_counter()
    console = Console.of(arguments, settings_for(names[0]))
    code = compile_all(names, console)
    console.finish()
    what = harmless(names[0]) if len(names) == 1 else f"{len(names)} graphs"
    verdict = "failed" if code else "compiled"
    seconds = time.perf_counter() - start
    console.say(f"{time.strftime('%H:%M:%S')} {what} {verdict} in {seconds:.2f} s")


class _Sources:
    """The files that the graphs of a call are made from."""

    def __init__(self, arguments: Any):
        self._arguments = arguments
        self._imports: dict[Path, tuple[State, tuple[Path, ...]]] = {}

    def look(self) -> dict[str, dict[Path, State]]:
        """For each graph, the state of its files."""
        return {name: self._of(name) for name in candidates_of(self._arguments)}

    def _of(self, name: str) -> dict[Path, State]:
        found: dict[Path, State] = {}
        pending = [Path(name)]
        while pending and len(found) < _MOST:
            path = pending.pop()
            if path not in found:
                found[path] = _state(path)
                pending += self._imported(path, found[path], name)
        return found

    def _imported(self, path: Path, state: State, name: str) -> tuple[Path, ...]:
        known = self._imports.get(path)
        if known is None or known[0] != state:
            known = self._imports[path] = (state, self._read(path, name))
        return known[1]

    def _read(self, path: Path, name: str) -> tuple[Path, ...]:
        limit = limits_of(self._arguments, settings_for(name)).bytes
        try:
            text = read_regular(path, limit).decode("utf-8", "replace")
        except (OSError, ValueError):
            return ()
        return tuple(
            Path(os.path.normpath(path.parent / match[2])) for match in _IMPORT.finditer(text)
        )


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
