"""Writes the NumPy module of each graph beside it, or where `-o` says.

A module that is up to date is left untouched. A file that `-o` names is overwritten, whatever it
held, except where it is something that was read: a graph, an import, the configuration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradc.commands.changes import show_change
from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import Parser
from gradc.commands.output import check_imports, check_target, write_file
from gradc.commands.units import compile_file, each_file, report_warnings
from gradc.reading import real_path


def configure(parser: Parser) -> None:
    parser.add_files()
    parser.add_output("the graph's name with .py; standard output for `-`")
    parser.add_compile_options()
    parser.add_warning_options()
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 where a module is missing or stale",
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")


def run(arguments: Any, console: Console) -> int:

    targets = _targets(arguments)
    return each_file(
        arguments.files, console, lambda name: _compile(name, targets[name], arguments, console)
    )


def _targets(arguments: Any) -> dict[str, Path | None]:
    """Where each graph's module goes; None is standard output."""

    names = arguments.files
    if arguments.output is not None and len(set(names)) > 1:
        raise UsageError(
            "`-o` names one file, and there are several graphs",
            ["without `-o` each module is written beside its graph"],
        )
    if names.count("-") > 1:
        raise UsageError("standard input can be read once")
    targets = {name: _target(name, arguments.output) for name in names}
    owners: dict[Path, str] = {}
    for name, target in targets.items():
        if target is None:
            continue
        check_target(target, names)
        place = real_path(target)
        if (other := owners.setdefault(place, name)) != name:
            raise UsageError(f"{other} and {name} would both be written to {target}")
    return targets


def _target(name: str, output: str | None) -> Path | None:
    if output is not None:
        return None if output == "-" else Path(output)
    if name == "-":
        return None
    path = Path(name)
    if not path.name:  # `.` and `/`
        raise UsageError(f"cannot read {name}: it is a folder")
    return path.with_suffix(".py")


def _compile(name: str, target: Path | None, arguments: Any, console: Console) -> int:

    compilation, settings = compile_file(name, arguments)
    code = report_warnings(compilation.warnings, name, arguments, settings, console)
    if arguments.check or arguments.diff:
        return max(
            code, show_change(target, compilation.text, arguments, console, f"gradc compile {name}")
        )
    if code:
        return code
    if target is None:
        console.write(compilation.text)
    else:
        check_imports(target, compilation.imported)
        write_file(target, compilation.text)
    return 0
