"""`--check` and `--diff`: whether a file is what it should be, and how it would change."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from gradc.commands.console import Console
from gradc.commands.dispatch import parser_of
from gradc.commands.files import current_bytes
from gradc.commands.units import is_file
from gradc.diagnostics import Diagnostic
from gradc.limits import DATA_FACTOR, MAX_BYTES
from gradc.source import Source, Span

_LOOKS = ("check", "diff", "color", "output_format", "warnings")  # options that change no module


def show_change(
    target: Path, content: str | bytes, source: Source, arguments: Any, console: Console
) -> int:
    """Compares a file with what it should hold; 1 where `--check` finds a difference."""
    wanted = content if isinstance(content, bytes) else content.encode("utf-8")
    current = current_bytes(target, MAX_BYTES * DATA_FACTOR)
    if current == wanted:
        return 0
    if arguments.diff:
        old, new = ((data or b"").decode("utf-8", errors="replace") for data in (current, wanted))
        console.write(diff(old, new, str(target), console))
    if arguments.check:
        state = "is missing" if current is None else "is stale"
        remedy = f"`{_call(source.name, arguments)}` writes it"
        if console.output_format == "text":
            console.say(f"{target} {state}: {remedy}")
        else:
            first = Span(source, 0, len(source.line_text(1)))
            console.report(
                [Diagnostic("E0505", f"{target} {state}", first, helps=(remedy,))], source.name
            )
    return int(arguments.check)


def _call(name: str, arguments: Any) -> str:
    """The call that writes what this one looks at: with its options, but for those that look."""
    words = ["gradc", "compile"]
    if is_file(name) or name == "-":
        words.append(name)
    for action in parser_of("compile")._actions:
        given = getattr(arguments, action.dest, action.default)
        if not action.option_strings or action.dest in _LOOKS or given == action.default:
            continue
        option = action.option_strings[0]
        for value in given if isinstance(given, list) else [given]:
            if action.nargs == 0:
                words.append(option)
            elif action.dest == "level":
                words.append(f"{option}{value}")
            else:
                words += [option, str(value)]
    return shlex.join(words)


def diff(old: str, new: str, name: str, console: Console) -> str:
    """A unified diff, in colour where standard output has them."""
    from difflib import unified_diff

    paint = console.paint()
    styles = {"+": "good", "-": "bad", "@": "secondary"}
    lines = []
    for line in unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), name, name
    ):
        body = line.rstrip("\n")
        style = "bold" if body.startswith(("+++", "---")) else styles.get(body[:1])
        lines.append((paint(body, style) if style else body) + "\n")
        if not line.endswith("\n"):
            lines.append("\\ No newline at end of file\n")
    return "".join(lines)
