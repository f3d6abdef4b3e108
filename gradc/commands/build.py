"""Builds each graph as an extension of Python's beside it, which is imported as its module is.

The graph is written in C and compiled by `$CC`, or cc, with `-O3 -march=native -fno-math-errno
-fno-trapping-math`. An extension that was built of the same text, by the same compiler, with the
same flags for the same machine, is left untouched and nothing is compiled.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.folders import graphs_of
from gradc.commands.options import Parser
from gradc.commands.output import check_imports, check_targets, write_file
from gradc.commands.units import (
    check_also,
    each_file,
    is_file,
    read_unit,
    report_warnings,
    say_choice,
)
from gradc.report.snippet import harmless

if TYPE_CHECKING:
    from gradc.building.cc import BuildError, Compiler

_LINES = 30  # of what a compiler says that are shown


def configure(parser: Parser) -> None:
    parser.add_files()
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="the extension (default: the graph's name with what Python calls extensions here)",
    )
    parser.add_argument(
        "--openmp", action="store_true", help="let loops that can run on several cores"
    )
    parser.add_blas_option()
    parser.add_compile_options()
    parser.add_warning_options()


def run(arguments: Any, console: Console) -> int:
    names, code = graphs_of(arguments, console)
    targets = _targets(names, arguments)
    compiler = _compiler(arguments, console)
    return max(
        code,
        each_file(
            names, console, lambda name: _build(name, targets[name], compiler, arguments, console)
        ),
    )


def _compiler(arguments: Any, console: Console) -> Compiler:
    from gradc.building.cc import BuildError, find_compiler

    try:
        return find_compiler(openmp=arguments.openmp, blas=arguments.blas)
    except BuildError as failure:
        raise _told(failure, console) from None


def _told(failure: BuildError, console: Console) -> UsageError:
    """What went wrong, behind what the compiler said of it."""
    said = [harmless(line) for line in failure.said.splitlines()]
    for line in said[:_LINES]:
        console.say(line)
    if len(said) > _LINES:
        console.say(f"… and {len(said) - _LINES} lines more")
    return UsageError(failure.message, failure.helps)


def _targets(names: list[str], arguments: Any) -> dict[str, Path]:
    """Where each extension goes. Raises UsageError."""
    if arguments.output is not None and len(set(names)) > 1:
        raise UsageError(
            "`-o` names one file, and there are several graphs",
            ["without `-o` each extension is written beside its graph"],
        )
    targets = {name: _target(name, arguments.output) for name in names}
    check_targets(targets, lambda target: [target])
    return targets


def _target(name: str, output: str | None) -> Path:
    from gradc.building.cc import ENDINGS

    if output is None:
        if not is_file(name):
            raise UsageError("an extension needs a name", [f"`-o net{ENDINGS[0]}`"])
        path = Path(name).with_suffix(ENDINGS[0])
    else:
        path = Path(output)
        if not path.name.endswith(tuple(ENDINGS)):
            message = f"cannot write {output}: Python looks for extensions that end in {ENDINGS[0]}"
            called = Path(output).name.partition(".")[0] or "net"
            raise UsageError(message, [f"`-o {Path(output).with_name(called + ENDINGS[0])}`"])
    called = module_name(path)
    if not called.replace("-", "_").isidentifier():
        raise UsageError(
            f"an extension cannot be called {called!r}: Python would not find its beginning",
            [f"name it with `-o`: `-o net{ENDINGS[0]}`"],
        )
    return path


def module_name(path: Path) -> str:
    """The name that an extension is imported by."""
    return path.name.partition(".")[0]


def _build(name: str, target: Path, compiler: Compiler, arguments: Any, console: Console) -> int:
    from gradc.building.cc import BuildError, build, is_current
    from gradc.building.extension import extension_of

    source, options, settings = read_unit(name, arguments)
    extension = extension_of(source, options, module_name(target))
    compilation = extension.compilation
    check_also(options.also if arguments.also else (), compilation)
    code = report_warnings(compilation.warnings, name, arguments, settings, console)
    if code:
        return code
    say_choice(compilation, name, console)
    check_imports(target, compilation.imported)
    if is_current(target, compiler.mark(extension.files)):
        return 0
    try:
        data = build(extension, compiler)
    except BuildError as failure:
        raise _told(failure, console) from None
    write_file(target, data)
    return 0
