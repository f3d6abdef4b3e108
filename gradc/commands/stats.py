"""Counts what a graph computes and what its derivatives cost: N + P against N × P.

N are the numbers that the statements compute, P those that are differentiated by. FLOPs and bytes
are formulas in the free dimensions; what is saved and held is that of the emitted module.
"""

from __future__ import annotations

import json
from typing import Any

from gradc.commands.console import Console
from gradc.commands.options import Choice, Parser
from gradc.commands.pages import add_format, page_text, publish
from gradc.commands.runs import add_point_options, run_of, subject_of
from gradc.commands.settings import settings_for
from gradc.commands.units import compile_options, each_file


def configure(parser: Parser) -> None:
    parser.add_files(several=False)
    add_point_options(parser)
    parser.add_argument(
        "-O",
        dest="level",
        type=Choice("0", "1", "2"),
        metavar="LEVEL",
        help="of the module whose memory is counted (default: 1)",
    )
    parser.add_memory_option()
    add_format(parser, "text", "markdown", "latex", "json")


def run(arguments: Any, console: Console) -> int:
    return each_file(arguments.files, console, lambda name: _stats(name, arguments, console))


def _stats(name: str, arguments: Any, console: Console) -> int:
    subject = subject_of(name, arguments)
    from gradc.compiler import compile_source
    from gradc.lessons.pages.stats import stats_data, stats_page

    options = compile_options(arguments, settings_for(name))
    compilation = compile_source(subject.source, options)
    found = run_of(subject, arguments)
    if arguments.format == "json":
        text = json.dumps(stats_data(found, subject, compilation), indent=2) + "\n"
    else:
        text = page_text(stats_page(found, subject, compilation), arguments.format)
    publish(text, subject, arguments, console)
    return 0
