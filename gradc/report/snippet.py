"""One line of source and the marks under it, laid out in columns of a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from gradc.records import dataclass
from gradc.source import Span

TAB = 4
_MANY_LINES = 4  # a span over more lines is shown by its first two and its last
_CONTEXT = 10  # columns kept to either side of a mark where a line is trimmed


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of one line, in characters counted from 0, and the words on it."""

    start: int
    end: int
    text: str
    primary: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a span that lies on one line."""

    line: int
    mark: Mark


@dataclass(slots=True)
class Row:
    """A row of a drawing: text, and the style of each stretch of it (start, end, style).

    The style "" is that of the diagnostic's severity.
    """

    text: str
    styles: list[tuple[int, int, str]]

    def coloured(self, paint: Callable[[str, str], str]) -> str:
        parts, position = [], 0
        for start, end, style in sorted(self.styles):
            start = max(start, position)
            parts += [self.text[position:start], paint(self.text[start:end], style)]
            position = max(end, position)
        return "".join([*parts, self.text[position:]])


def pieces_of(span: Span, text: str, primary: bool) -> list[Piece]:
    """A span cut into lines. The words stand at the last line; a long span keeps its ends."""
    source = span.source
    first = span.line
    # A span that takes the line break with it does not mark the line after.
    last = source.line_of(max(span.end - 1, span.start))
    lines = list(range(first, last + 1))
    if len(lines) > _MANY_LINES:
        lines = [*lines[:2], last]
    pieces = []
    for line in lines:
        shown = source.line_text(line)
        offset = source.line_starts[line - 1]
        start = span.start - offset if line == first else len(shown) - len(shown.lstrip())
        end = min(span.end - offset, len(shown)) if line == last else len(shown.rstrip())
        if line in (first, last) or end > start:
            mark = Mark(start, max(end, start + 1), text if line == last else "", primary)
            pieces.append(Piece(line, mark))
    return pieces


_LONG = 10_000


def draw(line: str, marks: Sequence[Mark], width: int) -> list[Row]:
    """The line as shown, and below it rows of marks, connectors and words."""
    line, marks = _surroundings(line, marks, width)
    cells, columns = _columns(line)
    placed = [
        Mark(_column(m.start, columns), _column(m.end, columns), harmless(m.text), m.primary)
        for m in marks
    ]
    if columns[-1] > width:
        cells, placed = _trim(cells, columns, placed, width)
    shown = Row("".join(cells).rstrip(), [])
    return [shown, *_under(placed)] if placed else [shown]


def _surroundings(line: str, marks: Sequence[Mark], width: int) -> tuple[str, Sequence[Mark]]:
    """The characters of a very long line that could be shown: far more than fit."""
    if len(line) <= _LONG or not marks:
        return line, marks
    primary = next((m for m in marks if m.primary), marks[0])
    first, size = max(0, min(primary.start, len(line)) - 2 * width), 10 * width
    moved = [
        Mark(min(max(m.start - first, 0), size), min(m.end - first, size), m.text, m.primary)
        for m in marks
        if m.end > first
    ]
    return line[first : first + size], moved


def _column(place: int, columns: Sequence[int]) -> int:
    """The column of a character; places after the end of the line go on from there."""
    beyond = place - (len(columns) - 1)
    return columns[place] if beyond <= 0 else columns[-1] + beyond


def _columns(line: str) -> tuple[list[str], list[int]]:
    """What is shown for each character, and the column where each starts (and the line ends)."""
    cells: list[str] = []
    columns = [0]
    for c in line:
        at = columns[-1]
        if c == "\t":
            cells.append(" " * (TAB - at % TAB))
            columns.append(at + len(cells[-1]))
        else:
            c = c if _is_plain(c) else "\ufffd"
            cells.append(c)
            columns.append(at + char_width(c))
    return cells, columns


def _trim(
    cells: Sequence[str], columns: Sequence[int], marks: Sequence[Mark], width: int
) -> tuple[list[str], list[Mark]]:
    """The part of a long line around its marks; `…` stands where something is cut off."""
    primary = next((m for m in marks if m.primary), marks[0] if marks else Mark(0, 1, "", True))
    left = min((m.start for m in marks), default=0)
    right = max((m.end for m in marks), default=0)
    if right - left > width - 2 * _CONTEXT:
        left, right = primary.start, min(primary.end, primary.start + width - 2 * _CONTEXT)
    low = max(0, min(left - _CONTEXT, (left + right - width) // 2))
    if low + width > columns[-1]:
        low = max(0, columns[-1] - width)
    kept = [i for i in range(len(cells)) if columns[i] >= low and columns[i + 1] <= low + width]
    first, last = (kept[0], kept[-1]) if kept else (0, 0)
    out = list(cells[first : last + 1])
    shift = columns[first]
    # The sign of a cut takes the width of what it replaces, so that the marks stay in place.
    if first > 0:
        out[0] = "…".ljust(columns[first + 1] - columns[first])
    if last < len(cells) - 1:
        out[-1] = "…"
    limit = columns[last + 1] - shift
    moved = []
    for mark in marks:
        start, end = max(mark.start - shift, 0), min(mark.end - shift, limit)
        if end > start:
            moved.append(Mark(start, end, mark.text, mark.primary))
    return out, moved


def _under(marks: Sequence[Mark]) -> list[Row]:
    """The row of marks with the rightmost words, then connectors and the other words."""
    length = max(m.end for m in marks)
    signs = [" "] * length
    styles: list[tuple[int, int, str]] = []
    for mark in sorted(marks, key=lambda m: m.primary):
        signs[mark.start : mark.end] = ["^" if mark.primary else "-"] * (mark.end - mark.start)
    for column, sign in enumerate(signs):
        if sign != " ":
            styles.append((column, column + 1, "" if sign == "^" else "secondary"))
    beside = max(marks, key=lambda m: (m.end, m.start))
    top = "".join(signs)
    if beside.text:
        top += f" {beside.text}"
        styles.append((length + 1, len(top), "" if beside.primary else "secondary"))
    rows = [Row(top, _merged(styles))]
    waiting = sorted(
        (m for m in marks if m.text and m is not beside), key=lambda m: m.start, reverse=True
    )
    if waiting:
        rows.append(_connectors(waiting))
    for position, mark in enumerate(waiting):
        left = [m for m in waiting[position + 1 :] if m.start < mark.start]
        row = _connectors(left) if left else Row("", [])
        text = row.text.ljust(mark.start) + mark.text
        style = "" if mark.primary else "secondary"
        rows.append(Row(text, [*row.styles, (mark.start, len(text), style)]))
    return rows


def _connectors(marks: Sequence[Mark]) -> Row:
    signs = [" "] * (max(m.start for m in marks) + 1)
    for mark in marks:
        signs[mark.start] = "|"
    styles = {m.start: (m.start, m.start + 1, "" if m.primary else "secondary") for m in marks}
    return Row("".join(signs), sorted(styles.values()))


def _merged(styles: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Neighbours of one style as one stretch, so that a terminal gets few escapes."""
    merged: list[tuple[int, int, str]] = []
    for start, end, style in styles:
        if merged and merged[-1][1:] == (start, style):
            merged[-1] = (merged[-1][0], end, style)
        else:
            merged.append((start, end, style))
    return merged


def char_width(c: str) -> int:
    """How many columns a terminal gives a character."""
    if c.isascii():
        return 1
    if unicodedata.category(c) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def _is_plain(c: str) -> bool:
    """Whether a terminal only shows the character: it moves nothing and hides nothing."""
    return unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def harmless(text: str, keep: str = "") -> str:
    """The text with every character that a terminal might obey written as an escape."""
    if text.isprintable():
        return text
    return "".join(
        c if c in keep or _is_plain(c) else c.encode("unicode_escape", "surrogatepass").decode()
        for c in text
    )
