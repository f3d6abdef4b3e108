"""A place where the parser could not go on, with what is known about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lark import Token
from lark.exceptions import UnexpectedInput, UnexpectedToken

from gradc.diagnostics import Diagnostic, Label
from gradc.source import Source, Span
from gradc.syntax.characters import mask
from gradc.syntax.recovery import open_brackets


@dataclass
class Refusal:
    """A place where the parser could not go on. `text` may have parts blanked out."""

    source: Source
    text: str
    start: str
    place: int
    token: Token | None
    accepts: frozenset[str]

    @classmethod
    def of(cls, source: Source, text: str, start: str, cause: UnexpectedInput) -> Refusal:
        parser: Any = cause.interactive_parser
        accepts = frozenset(parser.accepts())
        token = cause.token if isinstance(cause, UnexpectedToken) else None
        if token is None:
            place: int = cause.pos_in_stream  # type: ignore[assignment]
        else:
            place = len(source.text) if token.type == "$END" else token.start_pos or 0
        return cls(source, text, start, place, token, accepts)

    @property
    def kind(self) -> str:
        return self.token.type if self.token is not None else ""

    @property
    def word(self) -> str:
        """The token, or the character that starts none."""
        return self.token.value if self.token is not None else self.text[self.place]

    @property
    def span(self) -> Span:
        width = 1 if self.kind in ("_NEWLINE", "$END") else len(self.word)
        return Span(self.source, self.place, self.place + width)

    @cached_property
    def before(self) -> str:
        """The text before the place without strings, comments and trailing blanks."""
        return mask(self.text[: self.place]).rstrip()

    @cached_property
    def previous(self) -> str:
        """The word or the sign before the place, on the same line."""
        line = mask(self.text[: self.place]).rpartition("\n")[2]
        match = re.search(r"(\w+|->|[*/<>=!]+|[^\w\s])\s*$", line)
        return match[1] if match else ""

    @cached_property
    def line_start(self) -> int:
        return self.text.rfind("\n", 0, self.place) + 1

    @cached_property
    def brackets(self) -> list[int]:
        return open_brackets(self.text, self.place)

    @property
    def innermost(self) -> str:
        return self.text[self.brackets[-1]] if self.brackets else ""

    @property
    def needs_value(self) -> bool:
        return "NUMBER" in self.accepts and "LPAR" in self.accepts

    def diagnostic(
        self, code: str, message: str, *helps: str, text: str = "", labels: tuple[Label, ...] = ()
    ) -> Diagnostic:
        return Diagnostic(code, message, self.span, text, labels, helps)
