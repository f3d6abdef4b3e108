"""Folders among the files of a call: each stands for the graphs below it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.files import read_source, reason
from gradc.commands.settings import settings_for
from gradc.commands.units import is_file, limits_of
from gradc.diagnostics import DiagnosticError

_BUILT = "build"  # what is made of graphs, rather than written


def graphs_of(
    arguments: Any, console: Console, *, functions: bool = False
) -> tuple[list[str], int]:
    """The graphs that a call names, each once, and the exit code of what could not be looked at.

    A folder stands for the graphs below it, without those of functions alone unless they are
    wanted too: nothing is made of them.
    """
    if arguments.files.count("-") > 1:
        raise UsageError("standard input can be read once")
    names: dict[str, str] = {}  # by their places
    code = 0
    for name in arguments.files:
        try:
            if not _is_folder(name):
                names.setdefault(_place(name), name)
                continue
            unreadable: list[OSError] = []
            below = list(_below(name, unreadable))
            wanted = [g for g in below if functions or not _defines_only(g, arguments)]
            for graph in wanted:
                names.setdefault(_place(graph), graph)
            for failure in unreadable:
                told = f"cannot read {failure.filename}: {reason(failure)}"
                console.refuse(UsageError(told), failure.filename)
            if unreadable:
                code = 2
            elif not wanted:
                raise _nothing(name, below)
        except UsageError as failure:
            console.refuse(failure, name)
            code = 2
    return list(names.values()), code


def candidates_of(arguments: Any) -> list[str]:
    """The files that a call names, and all graphs below its folders, whatever they hold."""
    found: list[str] = []
    for name in arguments.files:
        found += _below(name, []) if _is_folder(name) else [name]
    return list(dict.fromkeys(found))


def _place(name: str) -> str:
    """The same for all ways to write a name; links are files of their own."""
    return os.path.normpath(name) if is_file(name) else name


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and is_file(name) and Path(name).is_dir()
    except (OSError, ValueError):  # the reading says what is wrong with such a name
        return False


def _below(folder: str, unreadable: list[OSError]) -> Iterator[str]:
    """The graphs below a folder, by their names. Links to folders are not followed."""
    for place, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != _BUILT)
        for file in sorted(files):
            path = Path(place, file)
            if path.suffix == ".graph" and not file.startswith(".") and path.is_file():
                yield str(path)


def _defines_only(name: str, arguments: Any) -> bool:
    """Whether a file holds functions and what they need, and nothing that is computed.

    One that cannot be read or is wrong may be more than that.
    """
    from gradc.syntax.parser import parse

    try:
        return parse(read_source(name, limits_of(arguments, settings_for(name)))).defines_only
    except (UsageError, DiagnosticError):
        return False


def _nothing(folder: str, below: list[str]) -> UsageError:
    if below:
        return UsageError(
            f"no graph below {folder} returns anything",
            ["files of functions alone are there to be imported"],
        )
    return UsageError(f"there is no graph below {folder}", ["the names of graphs end in .graph"])
