"""A page of a lesson, before it is text, Markdown or LaTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from gradc.lessons.words import latex
from gradc.lessons.words.equations import Math
from gradc.records import dataclass

Inline: TypeAlias = "str | Math | tuple[str | Math, ...]"
"""Words and formulas; `code` in the words stands in backquotes."""


@dataclass(frozen=True, slots=True)
class Heading:
    text: Inline


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: Inline
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Lines:
    """A few short sentences, each on a line of its own; `labels` stand before them."""

    rows: tuple[tuple[str, Inline], ...]


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]


Block: TypeAlias = "Heading | Paragraph | Lines | Table"
FORMATS = ("text", "markdown", "latex")


def rendered(blocks: Iterable[Block], form: str) -> str:
    """The page in one of the formats."""
    render = {"text": _text, "markdown": _markdown, "latex": _latex}[form]
    return "\n\n".join(render(block) for block in blocks) + "\n"


def plain(inline: Inline) -> str:
    """Words and formulas as plain text."""
    parts = inline if isinstance(inline, tuple) else (inline,)
    return "".join(p.text if isinstance(p, Math) else p.replace("`", "") for p in parts)


# --- text ---


def _text(block: Block) -> str:
    match block:
        case Heading():
            return plain(block.text)
        case Paragraph():
            return " " * block.indent + plain(block.text)
        case Lines():
            width = max((len(label) for label, _ in block.rows), default=0)
            gap = 2 if width else 0
            rows = (f"  {label:<{width + gap}}{plain(row)}" for label, row in block.rows)
            return "\n".join(row.rstrip() for row in rows)
        case Table():
            return "\n".join(f"  {line}" for line in _columns([block.head, *block.rows]))


def _columns(rows: Sequence[Sequence[Inline]]) -> list[str]:
    cells = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _width(text: str) -> int:
    return sum(not unicodedata.combining(c) for c in text)


# --- Markdown ---


def _markdown(block: Block) -> str:
    match block:
        case Heading():
            return f"### {_marked(block.text)}"
        case Paragraph():
            return _marked(block.text)
        case Lines():
            return "\n".join(
                f"- {label + ': ' if label else ''}{_marked(row)}" for label, row in block.rows
            )
        case Table():
            rule = ["---"] * len(block.head)
            rows = [[_marked(c).replace("|", r"\|") for c in r] for r in (block.head, *block.rows)]
            return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))


def _marked(inline: Inline) -> str:
    """Formulas as plain text, which every reader of Markdown shows; `*` and `_` are kept."""
    parts = inline if isinstance(inline, tuple) else (inline,)
    return "".join(_unmarked(p.text) if isinstance(p, Math) else p for p in parts)


def _unmarked(text: str) -> str:
    return re.sub(r"([*_<>\[\]])", r"\\\1", text)


# --- LaTeX ---


def _latex(block: Block) -> str:
    match block:
        case Heading():
            return rf"\subsection*{{{_typeset(block.text)}}}"
        case Paragraph():
            return _typeset(block.text)
        case Lines():
            rows = (
                rf"  \item {'[' + latex.escaped(label) + '] ' if label else ''}{_typeset(row)}"
                for label, row in block.rows
            )
            kind = "description" if any(label for label, _ in block.rows) else "itemize"
            return "\n".join([rf"\begin{{{kind}}}", *rows, rf"\end{{{kind}}}"])
        case Table():
            lines = [" & ".join(map(_typeset, row)) + r" \\" for row in (block.head, *block.rows)]
            return "\n".join(
                [
                    rf"\begin{{tabular}}{{{'l' * len(block.head)}}}",
                    lines[0],
                    r"\hline",
                    *lines[1:],
                    r"\end{tabular}",
                ]
            )


def _typeset(inline: Inline) -> str:
    parts = inline if isinstance(inline, tuple) else (inline,)
    return "".join(f"${p.latex}$" if isinstance(p, Math) else _words(p) for p in parts)


def _words(text: str) -> str:
    pieces = text.split("`")
    return "".join(
        rf"\texttt{{{latex.escaped(piece)}}}" if i % 2 else latex.escaped(piece)
        for i, piece in enumerate(pieces)
    )
