"""Prints what the compiler holds after a stage.

tree: the text as parsed · graph: typed nodes in order · joint: with the adjoint nodes ·
program: cut into forward, backward and predict · plan: statements, and the memory that they share
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.folders import graphs_of
from gradc.commands.options import Choice, Parser
from gradc.commands.output import check_imports, check_target, write_file
from gradc.commands.settings import settings_for
from gradc.commands.units import compile_file, each_file, limits_of, source_of

STAGES = ("tree", "graph", "joint", "program", "plan")


def configure(parser: Parser) -> None:

    parser.add_files()
    parser.add_argument(
        "--stage",
        type=Choice(*STAGES),
        required=True,
        metavar="|".join(STAGES),
        help="after which stage",
    )
    parser.add_output("standard output")
    parser.add_compile_options()


def run(arguments: Any, console: Console) -> int:

    names, code = graphs_of(arguments, console)
    output = None if arguments.output in (None, "-") else Path(arguments.output)
    if output is not None:
        if len(names) > 1:
            raise UsageError("`-o` names one file, and there are several graphs")
        check_target(output, names)

    def emit(name: str) -> int:
        text, imported = _text(name, arguments)
        if output is None:
            console.write(text)
        else:
            check_imports(output, imported)
            write_file(output, text)
        return 0

    return max(code, each_file(names, console, emit))


def _text(name: str, arguments: Any) -> tuple[str, tuple[Path, ...]]:
    """The text, and the files that were imported."""
    if arguments.stage == "tree":
        from gradc.budget import Budget
        from gradc.compiler import helps_tried
        from gradc.syntax.characters import mask
        from gradc.syntax.dump import dump
        from gradc.syntax.parser import parse

        limits = limits_of(arguments, settings_for(name))
        source = source_of(name, arguments, limits)
        Budget(limits.nodes).read(source, mask(source.text))
        with helps_tried(source):
            return dump(parse(source)), ()
    from gradc.ir.plan_text import print_plan
    from gradc.ir.program_text import print_program
    from gradc.ir.text import print_graph

    compilation, _ = compile_file(name, arguments)
    match arguments.stage:
        case "program":
            text = print_program(compilation.program)
        case "plan":
            text = print_plan(compilation.plan.blocks)
        case stage:
            text = print_graph(compilation.graph if stage == "graph" else compilation.joint)
    return text, compilation.imported
