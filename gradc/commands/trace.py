"""Prints every value forwards and every derivative backwards, in the order of the computation.

Inputs have the values of `--set`, of `--data`, or their examples; what has none is drawn at
random. Parameters have theirs from `--set` or `--data`, or start as `init_params` starts them.
"""

from __future__ import annotations

import json
from typing import Any

from gradc.commands.console import Console
from gradc.commands.options import Choice, Parser
from gradc.commands.pages import add_format, page_text, publish
from gradc.commands.runs import add_partial, add_point_options, run_of, subject_of
from gradc.commands.units import each_file


def configure(parser: Parser) -> None:
    parser.add_files(several=False)
    parser.add_argument(
        "--detail",
        type=Choice("statements", "operations"),
        default="statements",
        metavar="statements|operations",
        help="what a line is: a statement (default), or each operation that it is made of",
    )
    add_partial(parser)
    add_point_options(parser)
    add_format(parser, "text", "markdown", "latex", "json")


def run(arguments: Any, console: Console) -> int:
    return each_file(arguments.files, console, lambda name: _trace(name, arguments, console))


def _trace(name: str, arguments: Any, console: Console) -> int:
    subject = subject_of(name, arguments)
    from gradc.lessons.pages.trace import trace_data, trace_page

    found = run_of(subject, arguments)
    if arguments.format == "json":
        text = json.dumps(trace_data(found), indent=2, ensure_ascii=False) + "\n"
    else:
        text = page_text(trace_page(found, arguments.detail), arguments.format)
    publish(text, subject, arguments, console)
    return 0
