"""Parameters without a shape that a product takes for matrices: the shape that they should state.

Where they are declared nothing is known of what they meet but how it is written.
"""

from __future__ import annotations

import re

from gradc.elaborate.found import Found
from gradc.ir.node import Value
from gradc.source import Source

_FIRST, _SECOND = "3", "4"  # sizes to show where none follow


def is_multiplied(name: str, source: Source) -> bool:
    """Whether an operand of `@` has this name."""
    return re.search(rf"@\s*{name}\b|(?<![\w.]){name}\s*@", source.text) is not None


def shaped(name: str, start: str, source: Source, rank: int, met: str = "") -> str:
    """The help that states a shape of a parameter which starts so, of `rank` axes.

    `met` is the size of what it meets in a product, where that is known.
    """
    rows, columns, stands_first = met, "", None
    used = re.search(rf"(?:(\w+)\s*@\s*|@\s*){name}\b(?:\s*\+\s*(\w+))?", source.text)
    if used:
        rows, columns = met or _size_of(used[1], source), _size_of(used[2], source)
    elif stands_first := re.search(rf"(?<![\w.]){name}\s*@\s*(\w+)", source.text):
        rows, columns, rank = "", met or _size_of(stands_first[1], source, -2), 2
    if start.startswith("~ eye"):
        rows = columns = rows or columns
    sizes = [rows, columns][: min(rank, 2)]
    shown = [
        rows or (_SECOND if used or stands_first else _FIRST),
        columns or (_FIRST if stands_first else _SECOND),
    ]
    declared = f"param {name}: [{', '.join(shown[: len(sizes)])}] {start}"
    told = f"`{name}` has no shape, so it is one number: write `{declared}`"
    if all(sizes):
        return told
    which = "its second size is" if rows else "its first size is"
    if not any(sizes):
        which = "its sizes are" if len(sizes) > 1 else "its size is"
    return f"{told}; {which} for you to choose"


def unshaped(value: Value, other: Value, found: Found) -> list[str]:
    """The help for an operand of `@` which is a parameter without a shape."""
    given = next((p for _, p in found.params if p.value is value and p.calling is None), None)
    if given is None or given.span is None or value.type.rank or value.type.dtype != "f64":
        return []
    # A letter in small stands for a row of weights, a capital one for a matrix.
    rank = 1 if given.name.islower() else 2
    met = str(other.type.shape[-1]) if other.type.rank else ""
    return [shaped(given.name, given.initialiser.text, given.span.source, rank, met)]


def _size_of(name: str | None, source: Source, axis: int = -1) -> str:
    """The size that is stated of an axis of what is declared so; empty where none is."""
    stated = re.search(rf"\b(?:input|param)\s+{name}\s*:\s*\w*\[([^\[\]]*)\]", source.text)
    sizes = [s.strip() for s in stated[1].split(",")] if name and stated else []
    return sizes[max(axis, -len(sizes))] if sizes and all(sizes) else ""
