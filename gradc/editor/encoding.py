"""Positions as editors count them: lines, and code units of UTF-16 in a line."""

from __future__ import annotations

import re
from bisect import bisect_right

_LINE_END = re.compile(r"\r\n|[\r\n]")
_UNITS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


class Lines:
    """A text by its lines, for offsets in characters and places in code units."""

    def __init__(self, text: str, encoding: str = "utf-16"):
        self.text = text
        self._codec, self._width = _UNITS[encoding], _WIDTHS[encoding]
        self._ends = [m.start() for m in _LINE_END.finditer(text)] + [len(text)]
        self._starts = [0, *(m.end() for m in _LINE_END.finditer(text))]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the unit of an offset, both from 0."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset) - 1
        return line, self._units(self.text[self._starts[line] : offset])

    def offset(self, line: int, unit: int) -> int:
        """The offset of a place; of one beyond the end of its line the end."""
        if line >= len(self._starts):
            return len(self.text)
        start, end = self._starts[max(line, 0)], self._ends[max(line, 0)]
        if self.text.isascii():
            return min(start + max(unit, 0), end)
        for offset in range(start, end):
            if unit <= 0:
                return offset
            unit -= self._units(self.text[offset])
        return end

    def _units(self, text: str) -> int:
        if text.isascii():
            return len(text)
        return len(text.encode(self._codec, "surrogatepass")) // self._width
