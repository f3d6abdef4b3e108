"""Lays out graphs canonically, in place; `-` goes from standard input to standard output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradc.commands.changes import diff
from gradc.commands.console import Console
from gradc.commands.folders import graphs_of
from gradc.commands.options import Parser
from gradc.commands.output import check_target, write_file
from gradc.commands.settings import settings_for
from gradc.commands.units import as_source, bytes_of, each_file, is_file, limits_of


def configure(parser: Parser) -> None:
    parser.add_files()
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where a layout would change"
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")


def run(arguments: Any, console: Console) -> int:

    names, code = graphs_of(arguments, console, functions=True)
    return max(code, each_file(names, console, lambda name: _format(name, arguments, console)))


def _format(name: str, arguments: Any, console: Console) -> int:
    from gradc.budget import Budget
    from gradc.compiler import helps_tried
    from gradc.library.synonyms import ALIASES
    from gradc.syntax.characters import mask
    from gradc.syntax.formatter import format_text

    limits = limits_of(arguments, settings_for(name))
    data = bytes_of(name, arguments, limits)
    source = as_source(name, data)
    Budget(limits.nodes).read(source, mask(source.text))
    with helps_tried(source):
        text = format_text(source, ALIASES)
    # Compared with the file's own bytes: CRLF and a BOM are part of the layout.
    changed = text.encode() != data
    if arguments.diff and changed:
        console.write(diff(data.decode("utf-8"), text, name, console))
    if arguments.check and changed:
        console.say(f"{name} would change: `gradc fmt {name}` lays it out")
    if arguments.check or arguments.diff:
        return int(arguments.check and changed)
    if not is_file(name):
        console.write(text)
    else:
        check_target(Path(name), (), graphs=True)
        write_file(Path(name), text)
    return 0
