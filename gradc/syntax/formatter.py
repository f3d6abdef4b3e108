"""The canonical layout of a text. There are no options of style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from gradc.source import Source
from gradc.syntax.brief import as_in_a_file
from gradc.syntax.characters import normal_name
from gradc.syntax.lines import INDENT, WIDTH, flat_text, lay_out
from gradc.syntax.parser import parse
from gradc.syntax.tokens import Piece, pieces_of

_NO_ALIASES: Mapping[str, str] = {}
_BINDERS = ("fn", "layer", "op", "as")


def format_text(
    source: Source, aliases: Mapping[str, str] = _NO_ALIASES, start: str = "graph"
) -> str:
    """The text of a source in the canonical layout; its tree stays as it is.

    `aliases` maps spellings of operations to the canonical ones that calls get instead. Raises
    `DiagnosticError` where the source is not correct.
    """
    parse(source, start)
    pieces = list(pieces_of(as_in_a_file(source)))
    _rename(pieces, aliases)
    return _Formatter(pieces).text()


class _Formatter:
    """Cuts the tokens into logical lines and lays out each."""

    def __init__(self, pieces: Sequence[Piece]):
        self.pieces = pieces
        self.lines: list[str] = []
        self.indent = ""
        self.current: list[Piece] = []
        self.depth = 0
        self.blank = False  # an empty line is due before the next one

    def text(self) -> str:
        skip = 0
        for i, piece in enumerate(self.pieces):
            if i < skip:
                continue
            if piece.kind == "sign" and piece.text in "()[]":
                self.depth += 1 if piece.text in "([" else -1
            if self.depth > 0:
                self.current.append(piece)
            elif piece.kind == "newline":
                self.end_line(i)
            elif piece.kind == "comment":
                self.comment(piece.text.rstrip())
            elif piece.kind == "sign" and piece.text == "{":
                skip = self.open_block(i)
            elif piece.kind == "sign" and piece.text == "}":
                self.flush()
                self.indent = self.indent.removesuffix(INDENT)
                self.blank = False
                self.current = [piece]
            else:
                if self.current and self.current[-1].text == "}":
                    self.flush()
                self.current.append(piece)
        self.flush()
        return "\n".join([*self.lines, ""]) if self.lines else ""

    def end_line(self, i: int) -> None:
        if not self.current and i and self.pieces[i - 1].kind == "newline":
            # None at the start of the file or of a block.
            self.blank = bool(self.lines) and not self.lines[-1].endswith("{")
        self.flush()

    def flush(self, comment: str = "") -> None:
        if not self.current:
            return
        lines = lay_out(self.current, self.indent)
        if comment:
            lines[-1] += f"  {comment}"
        self.add(lines)
        self.current = []

    def add(self, lines: list[str]) -> None:
        if self.blank:
            self.lines.append("")
        self.blank = False
        self.lines += lines

    def comment(self, text: str) -> None:
        if self.current:
            self.flush(text)
        else:
            self.add([self.indent + text])

    def open_block(self, i: int) -> int:
        """Starts a block, or takes the whole of one that stays on its line; says where to go on."""
        self.current.append(self.pieces[i])
        end = self.block_on_line(i)
        if end:
            whole = [*self.current, *self.pieces[i + 1 : end]]
            if len(self.indent) + len(flat_text(whole)) <= WIDTH:
                self.current = whole
                return end
        following = self.pieces[i + 1 : i + 2]
        if following and following[0].kind == "comment":
            self.flush(following[0].text.rstrip())
            self.indent += INDENT
            return i + 2
        self.flush()
        self.indent += INDENT
        return i + 1

    def block_on_line(self, i: int) -> int:
        """Just after the end of a block that stands on one line, or 0."""
        depth = 0
        for j in range(i, len(self.pieces)):
            piece = self.pieces[j]
            if piece.kind in ("newline", "comment"):
                return 0
            if piece.kind == "sign" and piece.text in "{}":
                depth += 1 if piece.text == "{" else -1
                if not depth:
                    return j + 1
        return 0


def _rename(pieces: Sequence[Piece], aliases: Mapping[str, str]) -> None:
    """Writes names as NFKC, and canonical names for aliases that are called."""
    bound = _bound_names(pieces) if aliases else set()
    for i, piece in enumerate(pieces):
        if piece.kind != "word":
            continue
        piece.text = normal_name(piece.text)
        if piece.text not in aliases or piece.text in bound or i + 1 == len(pieces):
            continue
        is_member = i > 0 and pieces[i - 1].text == "."
        if pieces[i + 1].text == "(" and not is_member:
            piece.text = aliases[piece.text]


def _bound_names(pieces: Sequence[Piece]) -> set[str]:
    """The names that a text defines itself: these are no aliases in it."""
    bound: set[str] = set()
    line: list[Piece] = []
    for piece in pieces:
        if piece.kind != "newline":
            line.append(piece)
            continue
        head = line[: next((i for i, p in enumerate(line) if p.text in ("=", "(")), len(line))]
        is_definition = bool(line) and line[0].text in _BINDERS
        ends_in_call = len(head) < len(line) and line[len(head)].text == "("
        if not ends_in_call or is_definition:
            bound.update(normal_name(p.text) for p in head if p.kind == "word")
        for first, second in pairwise(line):
            if first.text in _BINDERS:
                bound.add(normal_name(second.text))
        line = []
    return bound
