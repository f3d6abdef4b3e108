"""The text of statements, before it stands under headings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gradc.ir.node import Value
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


def results_of(lines: Sequence[Line]) -> Iterator[Value]:
    """What statements make, what is written within them too."""
    return (r for line in lines for n in line.statement.nodes for r in n.results)


def plain_lines(lines: Sequence[Line]) -> list[str]:
    """The statements without headings."""
    return [text for line in lines for text in written(line, plain_lines)]
