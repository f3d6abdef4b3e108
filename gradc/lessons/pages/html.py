"""A page of a lesson as HTML: what a notebook shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from gradc.lessons.pages.page import Block, Heading, Inline, Lines, Paragraph, Table
from gradc.lessons.words.equations import Math

_CODE = re.compile(r"`([^`]*)`")


def html(blocks: Iterable[Block]) -> str:
    """The page, as part of a document that has a style of its own."""
    return "\n".join(_html(block) for block in blocks) + "\n"


def _html(block: Block) -> str:
    match block:
        case Heading():
            return f"<h3>{_marked(block.text)}</h3>"
        case Paragraph():
            return f"<p>{_marked(block.text)}</p>"
        case Lines():
            rows = (
                f"<li>{escape(label) + ': ' if label else ''}{_marked(row)}</li>"
                for label, row in block.rows
            )
            return "\n".join(["<ul>", *rows, "</ul>"])
        case Table():
            lines = [_row("th", block.head), *(_row("td", row) for row in block.rows)]
            return "\n".join(["<table>", *lines, "</table>"])


def _row(kind: str, cells: Iterable[Inline]) -> str:
    marked = (f'<{kind} style="text-align: left">{_marked(cell)}</{kind}>' for cell in cells)
    return f"<tr>{''.join(marked)}</tr>"


def _marked(inline: Inline) -> str:
    """Formulas as plain text, as in Markdown."""
    parts = inline if isinstance(inline, tuple) else (inline,)
    return "".join(
        escape(p.text) if isinstance(p, Math) else _CODE.sub(r"<code>\1</code>", escape(p))
        for p in parts
    )
