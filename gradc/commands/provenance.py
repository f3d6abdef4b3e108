"""Where a module comes from: exactly from its graph, edited, of another graph or another version.

The module is read, never run.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from gradc.commands.console import Console
from gradc.commands.dispatch import parser_of
from gradc.commands.failure import UsageError
from gradc.commands.files import read_bytes
from gradc.commands.options import EXPRESSION
from gradc.commands.units import compile_file, each_file, limits_of
from gradc.report.snippet import harmless
from gradc.version import __version__


def judge_modules(names: list[str], arguments: Any, console: Console) -> int:
    """Says of each module where it comes from; 1 where that is not from its graph alone.

    A graph among the names is the one to look at, rather than the one that a module names.
    """
    graphs = [name for name in names if name.endswith(".graph")]
    modules = [name for name in names if name not in graphs]
    if len(graphs) > 1 or not modules:
        raise UsageError("`--provenance` takes modules, and at most one graph for all of them")

    def judge(name: str) -> int:
        verdict = _verdict(name, graphs[0] if graphs else None, arguments)
        console.write(f"{harmless(name)}: {verdict or 'exactly what its graph gives'}\n")
        return int(bool(verdict))

    return each_file(modules, console, judge)


def _verdict(name: str, graph: str | None, arguments: Any) -> str:
    """What is to be said of a module; nothing where it is what its graph gives."""
    from gradc.commands.settings import settings_for

    limits = limits_of(arguments, settings_for(name))
    text = read_bytes(name, limits.bytes).decode("utf-8", "replace")
    told = _signature(text)
    if told is None:
        return "no module of gradc's: it has no `__graph__`"
    if told["gradc"] != __version__:
        return f"compiled by gradc {harmless(str(told['gradc']))}, and this is {__version__}"
    source = graph or str(Path(name).parent / told["source"])
    if graph is None and told["source"] == "-":
        return "compiled from standard input: name its graph beside it"
    if told["source"] == EXPRESSION:
        return "compiled from an expression, which no file holds"
    words = [word for option in told["options"] for word in option.split(maxsplit=1)]
    try:
        given = parser_of("compile").parse([*words, source])
    except UsageError:
        given = None
    if given is None or (graph is None and Path(source).name != told["source"]):
        return "no module of gradc's: it says what gradc does not write"
    given.max_bytes, given.max_nodes = arguments.max_bytes, arguments.max_nodes
    given.root = arguments.root
    compilation, _ = compile_file(source, given)
    if f'"{told["sha256"]}"' not in compilation.text:
        return f"compiled from another text than {harmless(source)} has now"
    return _edited(compilation.text, text)


def _signature(text: str) -> dict[str, Any] | None:
    """What a module says of itself."""
    try:
        statements = ast.parse(text).body
        for statement in reversed(statements):
            if (
                isinstance(statement, ast.AnnAssign)
                and ast.unparse(statement.target) == "__graph__"
                and statement.value is not None
            ):
                told = ast.literal_eval(statement.value)
                shape = {"gradc": str, "source": str, "sha256": str, "options": list}
                fits = all(isinstance(told[key], kind) for key, kind in shape.items())
                return told if fits and all(isinstance(o, str) for o in told["options"]) else None
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError, MemoryError):
        return None
    return None


def _edited(right: str, found: str) -> str:
    """Where a module differs from what its graph gives."""
    if found == right:
        return ""
    lines = zip([*right.splitlines(), ""], [*found.splitlines(), ""], strict=False)
    apart = [number for number, (a, b) in enumerate(lines, 1) if a != b]
    if not apart:
        return "edited: its lines end otherwise, or there are more of them"
    return f"edited: line {apart[0]} is not what its graph gives"
