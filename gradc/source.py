"""Source text and places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from gradc.digest import sha256
from gradc.records import dataclass, field


@dataclass(frozen=True, eq=False)
class Source:
    """The text of one `.graph` file, normalised to LF and without a BOM.

    `name` is what diagnostics and generated files call it: a path as the user gave it, or `-`.
    An expression is a text from the command line, which is written more briefly than a file.
    """

    name: str
    text: str = field(repr=False)
    is_expression: bool = False

    @property
    def is_library(self) -> bool:
        """Whether it is a text of gradc's own, as `<losses>` is."""
        return self.name.startswith("<") and not self.is_expression

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of the first character of each line."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @property
    def start(self) -> Span:
        """The place of what is wrong with the whole text."""
        return Span(self, 0, 0)

    @cached_property
    def sha256(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    def line_of(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect_right(self.line_starts, offset)

    def column_of(self, offset: int) -> int:
        """The column of an offset in characters, counted from 1."""
        return offset - self.line_starts[self.line_of(offset) - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a line, counted from 1, without its end."""
        starts = self.line_starts
        end = starts[line] - 1 if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end]


@dataclass(slots=True, eq=False)
class Span:
    """A stretch of a source: offsets `start` up to, and not including, `end`."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.line_of(self.start)

    @property
    def column(self) -> int:
        return self.source.column_of(self.start)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def lines(self) -> Span:
        """All of the lines that it stands on, with the end of the last."""
        text = self.source.text
        start, end = text.rfind("\n", 0, self.start) + 1, text.find("\n", self.end)
        return Span(self.source, start, len(text) if end < 0 else end + 1)

    def to(self, other: Span) -> Span:
        """The stretch from the start of this one to the end of another."""
        return Span(self.source, self.start, other.end)
