"""Comments over paragraphs."""

from __future__ import annotations

from collections.abc import Iterable

from gradc.targets.c.identifiers import comment
from gradc.targets.python import headings


def heading(source: str, formulas: Iterable[str], width: int, margin: int) -> list[str]:
    """The comment over a paragraph: the source line, the formulas beside and below it."""
    lines = headings.heading(comment(source), map(comment, formulas), width, margin)
    return [line.replace("#", "//", 1) for line in lines]
