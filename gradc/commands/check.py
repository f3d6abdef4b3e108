"""Reports what is wrong with a graph, and what is legal but probably not meant.

A comment `# gradc: ignore[W904]` silences a warning on its line.
"""

from __future__ import annotations

from typing import Any

from gradc.commands.console import Console
from gradc.commands.options import Parser
from gradc.commands.units import compile_file, each_file, report_warnings


def configure(parser: Parser) -> None:
    parser.add_files()
    parser.add_compile_options()
    parser.add_warning_options()


def run(arguments: Any, console: Console) -> int:

    def check(name: str) -> int:
        compilation, settings = compile_file(name, arguments)
        return report_warnings(compilation.warnings, name, arguments, settings, console)

    return each_file(arguments.files, console, check)
