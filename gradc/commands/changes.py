"""`--check` and `--diff`: whether a file is what it should be, and how it would change."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.files import current_text
from gradc.limits import DATA_FACTOR, MAX_BYTES


def show_change(
    target: Path | None, text: str, arguments: Any, console: Console, command: str
) -> int:
    """Compares a file with the text it should hold; 1 where `--check` finds a difference."""
    if target is None:
        raise UsageError(
            "`--check` and `--diff` need a file to compare with", ["name it with `-o`"]
        )
    current = current_text(target, MAX_BYTES * DATA_FACTOR)
    if current == text:
        return 0
    if arguments.diff:
        console.write(diff(current or "", text, str(target), console))
    if not arguments.check:
        return 0
    state = "is missing" if current is None else "is stale"
    console.say(f"{target} {state}: `{command}` writes it")
    return 1


def diff(old: str, new: str, name: str, console: Console) -> str:
    """A unified diff, in colour where standard output has them."""

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
