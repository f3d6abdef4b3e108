"""A place where the parser could not go on, with what is known about it."""

from __future__ import annotations

import re
from functools import cached_property

from gradc.diagnostics import Diagnostic, Label
from gradc.records import dataclass
from gradc.source import Source, Span
from gradc.syntax.characters import mask, without_comment
from gradc.syntax.lalr import END, NEWLINE, Token, Unexpected
from gradc.syntax.recovery import open_brackets


@dataclass()
class Refusal:
    """A place where the parser could not go on. `text` may have parts blanked out."""

    source: Source
    text: str
    start: str
    place: int
    token: Token | None
    accepts: frozenset[str]

    @classmethod
    def of(cls, source: Source, text: str, start: str, cause: Unexpected) -> Refusal:
        token = cause.token
        at_end = token is not None and token.type == END
        place = len(source.text) if at_end else cause.place
        return cls(source, text, start, place, token, cause.accepts)

    @property
    def kind(self) -> str:
        return self.token.type if self.token is not None else ""

    @property
    def word(self) -> str:
        """The token, or the character that starts none."""
        return self.token.value if self.token is not None else self.text[self.place]

    @property
    def span(self) -> Span:
        width = 1 if self.kind in (NEWLINE, END) else len(self.word)
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
    def line_text(self) -> str:
        """The line of the place, without a comment."""
        end = self.text.find("\n", self.line_start)
        return without_comment(self.text[self.line_start : end if end >= 0 else len(self.text)])

    @property
    def indent(self) -> int:
        """How many blanks the line begins with."""
        return len(self.line_text) - len(self.line_text.lstrip())

    @property
    def text_behind(self) -> str:
        """What stands behind the token on its line."""
        return self.line_text[self.place + len(self.word) - self.line_start :].strip()

    @property
    def first_word(self) -> str:
        match = re.match(r"\s*(\w+)", self.line_text)
        return match[1] if match else ""

    @property
    def after_first(self) -> str:
        """What stands behind the first word of the line."""
        return self.line_text.strip().removeprefix(self.first_word).strip()

    @cached_property
    def brackets(self) -> list[int]:
        return open_brackets(self.text, self.place)

    @property
    def innermost(self) -> str:
        return self.text[self.brackets[-1]] if self.brackets else ""

    @property
    def needs_value(self) -> bool:
        return "NUMBER" in self.accepts and "LPAR" in self.accepts

    def at(self, start: int, end: int, code: str, message: str, *helps: str) -> Diagnostic:
        """A diagnostic at another place than where the parser stopped."""
        return Diagnostic(code, message, Span(self.source, start, end), helps=helps)

    def at_first_word(self, code: str, message: str, *helps: str) -> Diagnostic:
        start = self.text.index(self.first_word, self.line_start)
        return self.at(start, start + len(self.first_word), code, message, *helps)

    def diagnostic(
        self, code: str, message: str, *helps: str, text: str = "", labels: tuple[Label, ...] = ()
    ) -> Diagnostic:
        return Diagnostic(code, message, self.span, text, labels, helps)
