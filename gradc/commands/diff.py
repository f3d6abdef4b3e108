"""Says what a change of a graph means: values, gradients, saved arrays and costs that changed.

Statements that are renamed, moved or laid out otherwise, and comments, are no change; parameters,
inputs and outputs are known by their names, and told as renamed where all else is as it was. Of
files of functions alone the edits are told. The exit code is 1 where something changed. Called by
git, as `GIT_EXTERNAL_DIFF` or as the driver of a `diff` attribute, it is always 0.
"""

from __future__ import annotations

import json
import os
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.files import read_bytes
from gradc.commands.options import Choice, Parser
from gradc.commands.settings import settings_for
from gradc.commands.status import working
from gradc.commands.units import as_source, compile_options, limits_of
from gradc.diagnostics import DiagnosticError
from gradc.records import dataclass
from gradc.report.snippet import harmless

if TYPE_CHECKING:
    from gradc.comparison.change import Comparison
    from gradc.source import Source

_OF_GIT = (7, 9)  # arguments: of a file, and of one that was renamed
_COUNTED = "GIT_DIFF_PATH_COUNTER"  # in the environment of what git calls


def configure(parser: Parser) -> None:
    parser.add_argument(
        "versions",
        nargs="*",
        metavar="OLD NEW",
        help="the graph before and after; `-` is standard input. Seven arguments are git's:"
        " a path, the old file, its hash and mode, the new file, its hash and mode",
    )
    parser.add_argument(
        "--format",
        type=Choice("text", "markdown", "json"),
        default="text",
        metavar="text|markdown|json",
        help="how the changes are written (default: text)",
    )
    parser.add_limits()
    parser.set_defaults(also=None, sparse=False)  # of what is compared they change nothing
    parser.add_plan_options()
    parser.add_graph_options()


def run(arguments: Any, console: Console) -> int:
    pair = _pair(arguments.versions)
    code = 0
    with working() as at:
        at(pair.new_name)
        try:
            code = _compare(pair, arguments, console)
        except UsageError as failure:
            console.refuse(failure, pair.new_name)
            code = 2
    return 0 if pair.of_git else code


@dataclass(frozen=True, slots=True)
class _Pair:
    """The files that are read, and what they are called: git hands over files of its own."""

    old: str
    new: str
    old_name: str
    new_name: str
    of_git: bool = False

    @property
    def title(self) -> str:
        names = dict.fromkeys([harmless(self.old_name), harmless(self.new_name)])
        return " → ".join(names)


def _pair(words: list[str]) -> _Pair:
    """The two files of a call. Raises UsageError."""
    if len(words) in _OF_GIT:
        path, old, new = words[0], words[1], words[4]
        return _Pair(old, new, path, words[7] if len(words) > _OF_GIT[0] else path, of_git=True)
    if len(words) == 1 and _COUNTED in os.environ:  # a path with a conflict that is not resolved
        return _Pair("", "", words[0], words[0], of_git=True)
    if len(words) != 2:
        raise UsageError(
            f"`gradc diff` takes two graphs, not {len(words)}",
            ["`gradc diff OLD NEW`", "`git show HEAD:net.graph | gradc diff - net.graph`"],
        )
    if words == ["-", "-"]:
        raise UsageError("both graphs cannot be standard input")
    return _Pair(words[0], words[1], words[0], words[1])


def _compare(pair: _Pair, arguments: Any, console: Console) -> int:
    if pair.of_git and (missing := _missing(pair)):
        console.write(console.paint()(f"{pair.title}: {missing}", "bold") + "\n")
        return 1
    from gradc.comparison.told import as_data, as_diagnostics, as_markdown, as_text

    sources = []
    for path, name in ((pair.old, pair.old_name), (pair.new, pair.new_name)):
        limits = limits_of(arguments, settings_for(name))
        try:
            sources.append(as_source(name, read_bytes(path, limits.bytes)))
        except DiagnosticError as failure:
            console.report(failure.diagnostics, name)
            return 1
    found = _found(sources, pair, arguments, console)
    if found is None:
        if pair.of_git:
            console.write(_lines(sources, pair, console))
        return 1
    if arguments.format == "json":
        console.write(json.dumps(as_data(found), indent=2, ensure_ascii=False) + "\n")
    elif arguments.format == "markdown":
        console.write(as_markdown(found, pair.title))
    else:
        console.write(as_text(found, pair.title, console.paint()))
    if console.output_format != "text":
        console.report(as_diagnostics(found, sources[1]), pair.new_name)
    return int(not found.is_empty)


def _found(
    sources: list[Source], pair: _Pair, arguments: Any, console: Console
) -> Comparison | None:
    """What is to be told of two texts; None where one is wrong, which is reported."""
    from gradc.comparison.compare import compare, version
    from gradc.comparison.functions_alone import compare_definitions
    from gradc.syntax.parser import parse

    compiled, modules = [], []
    for source, name in zip(sources, (pair.old_name, pair.new_name), strict=True):
        try:
            modules.append(parse(source))
        except DiagnosticError as failure:
            console.report(failure.diagnostics, name)
            return None
    if all(module.defines_only for module in modules):
        return compare_definitions(*modules)
    for source, name in zip(sources, (pair.old_name, pair.new_name), strict=True):
        try:
            compiled.append(version(source, compile_options(arguments, settings_for(name))))
        except DiagnosticError as failure:
            console.report(failure.diagnostics, name)
            return None
    return compare(*compiled)


def _lines(sources: list[Source], pair: _Pair, console: Console) -> str:
    """The lines that differ, where git wants to show something and nothing can be compiled."""
    old, new = ([harmless(line) for line in s.text.splitlines()] for s in sources)
    names = harmless(pair.old_name), harmless(pair.new_name)
    lines = [console.paint()(f"{pair.title}: the lines that differ", "bold")]
    lines += list(unified_diff(old, new, names[0], names[1], lineterm=""))
    return "\n".join(lines) + "\n"


def _missing(pair: _Pair) -> str:
    """What is to be said where git has one file alone."""
    if not pair.old:
        return "a conflict is not resolved"
    if pair.old == os.devnull:
        return "is new"
    return "is gone" if pair.new == os.devnull else ""
