"""Documents: text with the places where it may be broken, laid out so that lines fit.

After Wadler and Leijen. A document is a string, a tuple of documents, or one of the classes here.
On one line a `Line` is its `flat` text; where its surroundings are broken, a new line begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from gradc.records import dataclass

WIDTH = 100
_STEP = 4


@dataclass(slots=True, eq=False)
class Line:
    """The end of a line, if its surroundings are broken."""

    flat: str = " "
    is_sure: bool = False  # what fits has to fit beyond it too


@dataclass(slots=True, eq=False)
class Nest:
    """Lines that begin here stand further to the right."""

    doc: Doc


@dataclass(slots=True, eq=False)
class Flat:
    """On one line, whether that fits or not."""

    doc: Doc


@dataclass(slots=True, eq=False)
class Choice:
    """The first that fits up to where its line may end, else the last.

    Where what stands around it is on one line, it is the first.
    """

    docs: tuple[Doc, ...]
    is_last: bool = False  # what stands before it is broken rather than this


@dataclass(slots=True, eq=False)
class Delayed:
    """A document that is made when it is reached, so that what is deep needs no deep stack."""

    make: Callable[[], Doc]


@dataclass(slots=True, eq=False)
class Filled:
    """Words with commas behind them, as many on a line as fit; a line begins behind them."""

    words: Sequence[str]

    def at(self, column: int, indent: int) -> Doc:
        """The words from a column on: there may be thousands, so none is a document."""
        first, *more = self.words
        row = f"{first},"
        found: list[Doc] = []
        column += len(row)
        for word in more:
            column += len(word) + 2
            if column > WIDTH:
                found += (row, Line())
                row, column = f"{word},", indent + len(word) + 1
            else:
                row += f" {word},"
        return (*found, row)


Doc: TypeAlias = "str | tuple[Doc, ...] | Line | Nest | Flat | Choice | Delayed | Filled"

SOFT = Line("")
SURE = Line("", is_sure=True)


def group(doc: Doc) -> Doc:
    """On one line where it fits, else broken at all its lines."""
    return Choice((Flat(doc), doc))


def enclosed(opening: str, doc: Doc, closing: str) -> Doc:
    """What stands between brackets, on lines of its own."""
    return (opening, Nest((SOFT, doc)), SOFT, closing)


def rows(docs: Sequence[Doc]) -> Doc:
    """A line for each, with a comma behind it."""
    first, *more = docs
    return (first, ",", *((Line(), doc, ",") for doc in more))


_Entry: TypeAlias = "tuple[int, bool, Doc]"
"""A document that is still to be laid out: its margin, and whether it is on one line."""


def render(doc: Doc, margin: int) -> list[str]:
    """The lines of a document that begins at a margin."""
    lines: list[str] = []
    parts, column = [" " * margin], margin
    pending: list[_Entry] = [(margin, False, doc)]
    while pending:
        indent, is_flat, doc = pending.pop()
        if isinstance(doc, Choice):
            chosen = _chosen(doc, indent, is_flat, column, pending)
            pending.append((indent, is_flat, chosen))
        elif isinstance(doc, Line) and not is_flat:
            lines.append("".join(parts))
            parts, column = [" " * indent], indent
        elif isinstance(doc, str | Line):
            text = doc if isinstance(doc, str) else doc.flat
            parts.append(text)
            column += len(text)
        elif isinstance(doc, Filled):
            pending.append((indent, is_flat, doc.at(column, indent)))
        else:
            _open(doc, indent, is_flat, pending)
    return [*lines, "".join(parts)]


def _chosen(choice: Choice, indent: int, is_flat: bool, column: int, rest: Sequence[_Entry]) -> Doc:
    if is_flat:
        return choice.docs[0]
    for doc in choice.docs[:-1]:
        if _fits(column, (indent, False, doc), rest):
            return doc
    return choice.docs[-1]


def _fits(column: int, entry: _Entry, rest: Sequence[_Entry]) -> bool:
    """Whether a document and what follows it fit up to where the line may end."""
    pending, behind = [entry], len(rest)
    while column <= WIDTH:
        if not pending:
            if behind == 0:
                return True
            behind -= 1
            pending.append(rest[behind])
        indent, is_flat, doc = pending.pop()
        if isinstance(doc, str):
            column += len(doc)
        elif isinstance(doc, Line):
            if is_flat:
                column += len(doc.flat)
            elif doc.is_sure and behind == len(rest):
                column = indent
            else:
                return True
        elif isinstance(doc, Choice):
            is_whole = is_flat or (doc.is_last and behind < len(rest))
            pending.append((indent, is_flat, doc.docs[0 if is_whole else -1]))
        elif isinstance(doc, Filled):
            pending.append((indent, is_flat, doc.at(column, indent)))
        else:
            _open(doc, indent, is_flat, pending)
    return False


def _open(
    doc: tuple[Doc, ...] | Nest | Flat | Delayed,
    indent: int,
    is_flat: bool,
    pending: list[_Entry],
) -> None:
    """Puts what a document consists of on the stack."""
    match doc:
        case tuple():
            pending += [(indent, is_flat, part) for part in reversed(doc)]
        case Nest():
            pending.append((indent + _STEP, is_flat, doc.doc))
        case Flat():
            pending.append((indent, True, doc.doc))
        case Delayed():
            pending.append((indent, is_flat, doc.make()))
