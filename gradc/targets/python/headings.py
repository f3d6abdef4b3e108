"""Comments over paragraphs."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.targets.python.document import WIDTH
from gradc.targets.python.identifiers import comment


def heading(source: str, formulas: Iterable[str], width: int, margin: int) -> list[str]:
    """The comment over a paragraph: the source line, the formulas beside and below it."""
    text = comment(source)
    most = WIDTH - 10 - margin
    rows: list[str] = []
    for row in formulas:
        if len(row) > most:  # without the shapes
            row = row.partition("   ")[0]
            if len(row) > most:
                continue
        if row:
            rows.append(row)
    lines: list[str] = []
    first = f"    # {text}"
    if rows:
        column = max(width, len(first) + 3)
        room = WIDTH - margin
        if column + len(rows[0]) <= room:
            lines.append(f"{first:<{column}}{rows[0]}")
        else:
            lines += [first, f"    #     {rows[0]}"]
            column = 0
        pad = f"    #{'':<{column - 5}}" if column else "    #     "
        for row in rows[1:]:
            fits = len(pad) + len(row) <= room
            lines.append(f"{pad if fits else '    #     '}{row}")
    else:
        lines.append(first)
    return lines
