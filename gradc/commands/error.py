"""Explains the code of a diagnostic; without one, lists all codes."""

from __future__ import annotations

from typing import Any

from gradc.commands.console import Console
from gradc.commands.failure import UsageError
from gradc.commands.options import Parser
from gradc.diagnostics import near_miss
from gradc.report.codes import CODES

GROUPS = {
    "E01": "text and syntax",
    "E02": "names, cycles and imports",
    "E03": "types and shapes",
    "E04": "derivatives",
    "E05": "options and targets",
    "E06": "models from elsewhere",
    "W9": "warnings",
}


def configure(parser: Parser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="for example E0302")


def run(arguments: Any, console: Console) -> int:

    if arguments.code is None:
        for prefix, title in GROUPS.items():
            codes = {c: text for c, text in CODES.items() if c.startswith(prefix)}
            if codes:
                listed = "".join(f"  {code}  {text}\n" for code, text in codes.items())
                console.write(f"{title}\n{listed}\n")
        return 0
    code = arguments.code.upper()
    if code not in CODES:
        helps = near_miss(code, CODES) or ["`gradc error` lists the codes"]
        raise UsageError(f"there is no diagnostic `{arguments.code}`", helps)
    console.write(page(code, CODES[code]))
    return 0


def page(code: str, meaning: str) -> str:
    """What `gradc error CODE` prints."""
    title = next(title for prefix, title in GROUPS.items() if code.startswith(prefix))
    text = f"{code}: {meaning}\n\nIt belongs to {title}."
    if code.startswith("W"):
        text += (
            f" A comment `# gradc: ignore[{code}]` on the line silences it, and\n"
            "`-W error` makes it count as an error."
        )
    return text + "\n"
