"""Makes a graph smaller while a command fails on it as it does now.

`gradc reduce net.graph --while "gradc verify"` takes out statements, and parts of expressions, for
as long as `gradc verify` exits as it does on the whole graph. What is left is printed, or written
where `-o` says. A graph that compiles goes on compiling.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.dispatch import dispatch
from gradc.commands.failure import UsageError
from gradc.commands.options import Parser, Whole
from gradc.commands.output import check_target, write_file
from gradc.commands.settings import settings_for
from gradc.commands.units import compile_options, each_file, is_file, limits_of, source_of
from gradc.diagnostics import plural
from gradc.source import Source

if TYPE_CHECKING:
    from gradc.compiler import Options

_BUG = 70  # the exit code of a mistake of gradc's own


def configure(parser: Parser) -> None:
    parser.add_files(several=False)
    parser.add_argument(
        "--while",
        dest="command",
        metavar="COMMAND",
        required=True,
        help="what must go on failing; the file is put behind it, or in place of `{}`",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write what is left there")
    parser.add_argument(
        "--timeout", type=Whole(), default=60, metavar="SECONDS", help="of one run (default: 60)"
    )
    parser.add_compile_options()


def run(arguments: Any, console: Console) -> int:
    return each_file(arguments.files, console, lambda name: _reduce(name, arguments, console))


def _reduce(name: str, arguments: Any, console: Console) -> int:
    from gradc.reduction.reduce import reduce

    settings = settings_for(name)
    source = source_of(name, arguments, limits_of(arguments, settings))
    options = compile_options(arguments, settings)
    if source.is_expression:
        source = _in_full(source, options)
    words = _words(arguments.command)
    folder = Path(name).parent if is_file(name) else Path.cwd()
    if arguments.output is not None:
        check_target(Path(arguments.output), [name], graphs=True)
    try:
        handle, path = tempfile.mkstemp(".graph", ".reduce-", folder)
    except OSError as failure:
        raise UsageError(f"cannot write in {folder}: {failure.strerror}") from None
    os.close(handle)
    try:

        def outcome(text: str) -> int:
            Path(path).write_text(text, encoding="utf-8")
            return _exit_code(words, path, arguments.timeout)

        wanted = outcome(source.text)
        if wanted == 0:
            console.say(
                f"`{arguments.command}` does not fail on {name}: there is nothing to reduce"
            )
            return 1
        found = reduce(source, options, lambda text: outcome(text) == wanted)
    finally:
        Path(path).unlink(missing_ok=True)
    if arguments.output is None:
        console.write(found.text)
    else:
        write_file(Path(arguments.output), found.text)
    before, after = (text.count("\n") for text in (source.text, found.text))
    console.say(
        f"{after} of {plural(before, 'line')} are left, "
        f"on which `{arguments.command}` exits with {wanted} ({found.tried} cuts tried)"
    )
    return 0


def _in_full(source: Source, options: Options) -> Source:
    """An expression as a file has it. Raises DiagnosticError where it is wrong."""
    from gradc.compiler import compile_source
    from gradc.syntax.brief import as_in_a_file
    from gradc.syntax.formatter import format_text
    from gradc.syntax.parser import parse

    graph = compile_source(source, options).graph
    lines = [f"param {p.name}" for p in graph.params if p.is_implied]
    lines.append(as_in_a_file(source).strip())
    stated = any(getattr(s, "role", None) == "loss" for s in parse(source).statements)
    if graph.loss is not None and not stated:
        lines.append(f"loss {graph.loss}")
    full = Source(source.name, "\n".join([*lines, ""]))
    return Source(source.name, format_text(full))


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as failure:
        raise UsageError(f"`--while`: {failure}") from None
    if not words:
        raise UsageError("`--while` names no command")
    return words if any("{}" in w for w in words) else [*words, "{}"]


def _exit_code(words: list[str], path: str, timeout: int) -> int:
    """How a command exits on a file; gradc's own run in this process."""
    call = [word.replace("{}", path) for word in words]
    if call[0] == "gradc":
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                return dispatch(call[1:])
            except Exception:
                return _BUG
    try:
        done = subprocess.run(call, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return 124
    except OSError as failure:
        raise UsageError(f"`--while`: cannot run {call[0]}: {failure.strerror}") from None
    return done.returncode
