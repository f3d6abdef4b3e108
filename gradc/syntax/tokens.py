"""The tokens of a text with its comments and line breaks, as the formatter sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradc.records import dataclass
from gradc.syntax.keywords import KEYWORDS

_TOKEN = re.compile(
    r"""[ \t]*(?:
      (?P<newline>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<string>"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')
    | (?P<number>\.?[0-9](?:[eE][+\-][0-9]|[0-9A-Za-z_]|\.(?!\.))*)
    | (?P<word>\w+)
    | (?P<sign>\.\.\.|->|\*\*|//|[<>=!]=|[^\s\w])
    )""",
    re.VERBOSE,
)
_OPERAND_KEYWORDS = frozenset(["true", "false", "none", "newaxis"])


@dataclass(slots=True)
class Piece:
    """A token. `gap` says whether a blank stands before it where its line goes on.

    `kind` is `newline`, `comment`, `string`, `number`, `word`, `keyword`, `sign` or `unary`.
    """

    kind: str
    text: str
    gap: bool = False

    @property
    def ends_operand(self) -> bool:
        """Whether a value may end here, so that a sign that follows is a binary operator."""
        if self.kind == "sign":
            return self.text in (")", "]", "...")
        return self.kind in ("string", "number", "word")


def pieces_of(text: str) -> Iterator[Piece]:
    """The tokens of a text, which must be one that the parser accepts."""
    previous = Piece("newline", "\n")
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        piece = Piece(kind, match[kind])
        if kind == "word" and _is_keyword(piece.text, previous):
            piece.kind = "keyword"
        elif piece.text == "-" and not previous.ends_operand:
            piece.kind = "unary"
        yield piece
        # Inside brackets a line break or a comment changes nothing; outside them a statement
        # never starts with `-`, nor with `in` or `axis` as a keyword.
        if kind not in ("newline", "comment"):
            previous = piece


def _is_keyword(word: str, previous: Piece) -> bool:
    if word in ("in", "axis"):  # names, but where a value has just ended
        return previous.ends_operand
    return word in KEYWORDS and word not in _OPERAND_KEYWORDS
