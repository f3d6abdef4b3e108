"""What Make is told: which files a module is made from, and when it was last made."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from gradc.commands.failure import UsageError
from gradc.commands.files import reason
from gradc.commands.output import same_file, write_file
from gradc.patterns import pattern
from gradc.records import dataclass

# What a backslash makes ordinary; backslashes before it are doubled.
_ESCAPED = pattern(r"(\\*)([ #:*?\[])")
_IN_TARGETS, _IN_SOURCES = pattern(r"(\\*)(%)"), pattern(r"(\\*)(\|)")
_UNSPEAKABLE = pattern(r"[\x00-\x1f\x7f;]|\\$")
_EQUALS = "$(gradc_equals)"  # a line with a bare one would be an assignment
_DEFINITION = "gradc_equals := =\n"


@dataclass(frozen=True, slots=True)
class Rule:
    """A file that is made, and what it is made from; no graph is standard input."""

    target: Path
    graph: Path | None
    imported: tuple[Path, ...]


def depfile(rules: Sequence[Rule], stamp: Path | None) -> str:
    """The rules in Make's syntax. The stamp is made from all that the modules are made from.

    What is imported has a rule of its own, without which Make would stop where such a file is gone.
    """
    made = {str(r.target): [r.graph, *r.imported] for r in rules}
    if stamp is not None:
        made.setdefault(str(stamp), [path for sources in made.values() for path in sources])
    imported = dict.fromkeys(path for r in rules for path in r.imported)
    lines = []
    for target, sources in made.items():
        names = [_source(str(path)) for path in dict.fromkeys(sources) if path is not None]
        lines.append(f"{_target(target)}: {' '.join(names)}".rstrip(" ") + "\n")
    graphs = {r.graph for r in rules}
    lines += [f"\n{_target(str(path))}:\n" for path in imported if path not in graphs]
    text = "".join(lines)
    return _DEFINITION + text if _EQUALS in text else text


def shown(path: Path) -> Path:
    """An imported file as a Makefile would name it: without detours."""
    short = Path(os.path.normpath(path))
    return short if same_file(path, short) else path


def _target(name: str) -> str:
    return _IN_TARGETS.sub(_behind_backslash, _escaped(name))


def _source(name: str) -> str:
    return _IN_SOURCES.sub(_behind_backslash, _escaped(name))


def _escaped(text: str) -> str:
    if _UNSPEAKABLE.search(text):
        raise UsageError(f"`--depfile`: Make has no way to write the name {text!r}")
    if text.startswith("~"):
        text = f"./{text}"
    text = _ESCAPED.sub(_behind_backslash, text)
    return text.replace("$", "$$").replace("=", _EQUALS)


def _behind_backslash(match: re.Match[str]) -> str:
    return 2 * match[1] + "\\" + match[2]


def touch(path: Path) -> None:
    """Makes a file the newest, whatever it holds; where there is none, an empty one."""
    try:
        os.utime(path)
    except (FileNotFoundError, ValueError):
        write_file(path, "")
    except OSError as failure:
        raise UsageError(f"cannot write {path}: {reason(failure)}") from None


def check_folder(path: Path) -> None:
    """Refuses a file in a folder that is not there, before anything is written."""
    try:
        found = path.parent.is_dir()
    except (OSError, ValueError):  # the writing says what is wrong with such a name
        return
    if not found:
        raise UsageError(f"cannot write {path}: there is no folder {path.parent}")
