"""Reports what is wrong with a graph, and what is legal but probably not meant.

A comment `# gradc: ignore[W904]` silences a warning on its line. A file of functions alone is fine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.folders import graphs_of
from gradc.commands.options import Parser
from gradc.commands.settings import settings_for
from gradc.commands.units import (
    compile_options,
    each_file,
    limits_of,
    report_warnings,
    source_of,
)
from gradc.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from gradc.compiler import Options
    from gradc.source import Source

_NOTHING_RETURNED = "E0211"


def configure(parser: Parser) -> None:
    parser.add_files()
    parser.add_compile_options()
    parser.add_warning_options()


def run(arguments: Any, console: Console) -> int:
    names, code = graphs_of(arguments, console, functions=True)

    def check(name: str) -> int:
        settings = settings_for(name)
        source = source_of(name, arguments, limits_of(arguments, settings))
        warnings = warnings_of(source, compile_options(arguments, settings))
        return report_warnings(warnings, name, arguments, settings, console)

    return max(code, each_file(names, console, check))


def warnings_of(source: Source, options: Options) -> tuple[Diagnostic, ...]:
    """What is legal in a file, be it one of functions alone, and probably not meant.

    Raises DiagnosticError with all that is wrong with it.
    """
    from gradc.compiler import compile_source
    from gradc.syntax.parser import parse

    try:
        return compile_source(source, options).warnings
    except DiagnosticError as failure:
        others = tuple(d for d in failure.diagnostics if d.code != _NOTHING_RETURNED)
        if any(d.is_error for d in others) or not parse(source).defines_only:
            raise
        return others
