"""The text of statements, before it stands under headings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradc.ir.plan import Statement
from gradc.records import dataclass


@dataclass(slots=True)
class Line:
    """The text of one statement."""

    statement: Statement
    lines: list[str]
    bare: str = ""  # the first line without its comment, where the statement is one line
    inner: list[Line] | None = None  # the statements of a loop's body, between heads and tails
    heads: Sequence[str] = ()
    tails: Sequence[str] = ()
    is_shared: bool = False  # a loop of statements of several lines of the graph
    is_of_rows: bool = False  # which have loops of their own within it
    depth: int = 1  # how many loops the inner statements stand in
    ends: Sequence[str] = ()  # what closes them


Layout = Callable[[Sequence[Line]], list[str]]


def written(line: Line, layout: Layout) -> list[str]:
    """The text of a statement; the body of a loop is laid out as its surroundings are."""
    if line.inner is None:
        return line.lines
    inner = layout(line.inner)
    headed = bool(inner) and inner[0].lstrip().startswith(("#", "//"))
    gap = [""] if line.heads and headed else []
    end = [""] if line.tails and headed else []
    body = [*line.heads, *gap, *inner, *end, *line.tails]
    pad = "    " * line.depth
    return [*line.lines, *(f"{pad}{text}" if text else "" for text in body), *line.ends]


def plain_lines(lines: Sequence[Line]) -> list[str]:
    """The statements without headings."""
    return [text for line in lines for text in written(line, plain_lines)]


_FEW = 2  # chain rules that are told in any case


def unsaid(rows: Sequence[str], lines: Sequence[Line]) -> list[str]:
    """The chain rules over a paragraph; of many not those that a line below says in their words.

    Products of matrices are told with their sizes, which a line does not say.
    """
    rows = list(dict.fromkeys([row for row in rows if row]))
    if len(rows) <= _FEW:
        return rows
    said = {_words(line.lines[0].partition("  #")[0]) for line in lines if line.lines}
    told = [row for row in rows if " @ " in row or _words(row.partition("   ")[0]) not in said]
    return told or rows[:1]


def _words(text: str) -> str:
    """A formula or a statement in one spelling: `dJ_dw` of `dJ/dw`, `x_W` of `x.W`."""
    return text.strip().replace("/d", "_d").replace(".", "_")
