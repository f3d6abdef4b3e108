"""Diagnostics as text for a person: the message, the source with marks under it, and the helps.

```
error[E0302]: `@` needs the inner sizes to agree: 128 is not 64
  --> net.graph:7:11
   |
 7 | z2 = h1 @ W2 + b2
   |      --   ^^ f32[64, 10]
   |      |
   |      f32[B, 128]
   = help: W2 is declared on line 4; its first size should be H = 128
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from gradc.diagnostics import Diagnostic, Label, Note
from gradc.records import dataclass
from gradc.report.kinds import Kind, by_kind
from gradc.report.snippet import Mark, Piece, draw, harmless, pieces_of
from gradc.source import Source, Span

WIDTH = 100
_MANY_CALLS = 5  # notes of a longer chain are left out of its middle
_SHOWN_GAP = 1  # lines without marks between two that have some, shown rather than left out


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts colours around text, or leaves it alone."""

    enabled: bool = False

    def __call__(self, text: str, style: str) -> str:
        if not self.enabled or not text:
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


_STYLES = {
    "bold": "1",
    "error": "1;31",
    "warning": "1;33",
    "frame": "1;34",
    "secondary": "1;34",
    "note": "1;36",
    "good": "32",
    "bad": "31",
    "faint": "2",
}


def render_all(
    diagnostics: Iterable[Diagnostic], *, colour: bool = False, width: int = WIDTH, file: str = ""
) -> str:
    """Every kind of diagnostic, and a count at the end; the empty text where there are none."""
    found = list(diagnostics)
    if not found:
        return ""
    blocks = [render(kind, colour=colour, width=width, file=file) for kind in by_kind(found)]
    return "\n".join([*blocks, summary(found) + "\n"])


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """The count that ends a report: `2 errors, 1 warning`."""
    found = list(diagnostics)
    errors = sum(d.is_error for d in found)
    counts = [(errors, "error"), (len(found) - errors, "warning")]
    return ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in counts if n) or "no errors"


def render(kind: Kind, *, colour: bool = False, width: int = WIDTH, file: str = "") -> str:
    """One diagnostic, with others of its kind. `file` is named where it has no place itself."""
    diagnostic = kind.first
    paint = Paint(colour)
    severity = "error" if diagnostic.is_error else "warning"
    first, *more = harmless(diagnostic.message, keep="\n").split("\n")
    head = paint(f"{severity}[{diagnostic.code}]", severity) + paint(f": {first}", "bold")
    lines = [head, *(f"  {line}" for line in more)]
    first_place = [] if diagnostic.span is None else [Label(diagnostic.span, diagnostic.text)]
    groups = _groups(first_place, diagnostic.labels)
    notes = [
        (note.text, _groups(note.places[:1], note.places[1:])) for note in shown_notes(diagnostic)
    ]
    every = [*groups, *(group for _, inner in notes for group in inner)]
    gutter = max([len(str(p.line)) for _, pieces in every for p in pieces], default=1)
    frame = _Frame(paint, gutter)
    if diagnostic.span is None and file:
        lines.append(frame.place("-->", harmless(file)))
    lines += _places(groups, frame, severity, width)
    for text, inner in notes:
        if inner:
            lines.append(paint("note", "note") + paint(f": {harmless(text)}", "bold"))
            lines += _places(inner, frame, "note", width)
        else:
            lines.append(frame.note("note", harmless(text)))
    if kind.remark:
        lines.append(frame.note("note", harmless(kind.remark)))
    for text in diagnostic.helps:
        first, *more = harmless(text, keep="\n").split("\n")
        lines.append(frame.note("help", first))
        lines += [" " * (gutter + len("  = help: ")) + line for line in more]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def shown_notes(diagnostic: Diagnostic) -> tuple[Note, ...]:
    """The notes, of a long chain of calls those at its ends."""
    notes = diagnostic.notes
    if len(notes) <= _MANY_CALLS:
        return notes
    return (*notes[:2], Note(f"{len(notes) - 4} calls further in"), *notes[-2:])


@dataclass(frozen=True, slots=True)
class _Frame:
    """The column of line numbers and what stands in it."""

    paint: Paint
    gutter: int

    def place(self, arrow: str, text: str) -> str:
        return " " * (self.gutter + 1) + self.paint(arrow, "frame") + f" {text}"

    def bar(self, text: str = "") -> str:
        return self._row("", text)

    def line(self, number: int, text: str) -> str:
        return self._row(str(number), text)

    def _row(self, number: str, text: str) -> str:
        return self.paint(f" {number:>{self.gutter}} |", "frame") + (f" {text}" if text else "")

    def note(self, word: str, text: str) -> str:
        equals = self.paint("=", "frame")
        return " " * (self.gutter + 2) + f"{equals} {self.paint(word, 'bold')}: {text}"


_Groups: TypeAlias = list[tuple[Span, list[Piece]]]


def _groups(first: Sequence[Label], others: Sequence[Label]) -> _Groups:
    """The marked stretches of lines, a group a file; the primary span's file comes first."""
    groups: _Groups = []
    marked = [(label.span, label.text, True) for label in first]
    marked += [(label.span, label.text, False) for label in others]
    for span, text, primary in marked:
        for start, pieces in groups:
            if start.source is span.source:
                pieces.extend(pieces_of(span, text, primary))
                break
        else:
            groups.append((span, pieces_of(span, text, primary)))
    return groups


def _places(groups: _Groups, frame: _Frame, style: str, width: int) -> Iterator[str]:
    """What stands at each group of places; `style` is that of the first mark."""
    for number, (span, pieces) in enumerate(groups):
        place = f"{harmless(span.source.name)}:{span.line}:{span.column}"
        if number:
            yield frame.bar()
        yield frame.place(":::" if number else "-->", place)
        yield frame.bar()
        yield from _snippet(span.source, pieces, frame, style, width)


def _snippet(
    source: Source, pieces: Sequence[Piece], frame: _Frame, style: str, width: int
) -> Iterator[str]:
    paint = frame.paint
    marks: dict[int, list[Mark]] = {}
    for piece in pieces:
        marks.setdefault(piece.line, []).append(piece.mark)
    available = max(width - frame.gutter - 4, 30)
    previous: int | None = None
    for line in sorted(marks):
        if previous is not None and line - previous - 1 > _SHOWN_GAP:
            yield paint("...", "frame")
        elif previous is not None:
            for between in range(previous + 1, line):
                yield frame.line(between, draw(source.line_text(between), [], available)[0].text)
        rows = draw(source.line_text(line), marks[line], available)
        yield frame.line(line, rows[0].text)
        for row in rows[1:]:
            yield frame.bar(row.coloured(lambda text, own: paint(text, own or style)))
        previous = line
