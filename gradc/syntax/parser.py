"""From a source to its tree."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import cache
from threading import Lock

from lark import Lark, Token
from lark.exceptions import UnexpectedInput
from lark.lark import PostLex

from gradc import resources
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.source import Source, Span
from gradc.syntax.builder import Builder
from gradc.syntax.docs import docs_of
from gradc.syntax.text import comments_of
from gradc.syntax.text import read_text as read_text
from gradc.syntax.tree import Module
from gradc.syntax.words import KEYWORDS


class LineBreaks(PostLex):
    """Drops the line breaks inside `(` `)` and `[` `]`."""

    # A keyword is one everywhere: where the grammar has no place for it, it must not be read as
    # a name.
    always_accept = ("_NEWLINE", *(word.upper() for word in sorted(KEYWORDS)))

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for token in stream:
            kind = token.type
            if kind == "LPAR" or kind == "LSQB":
                depth += 1
            elif kind == "RPAR" or kind == "RSQB":
                depth -= 1
            elif kind == "_NEWLINE" and depth > 0:
                continue
            yield token


@cache
def load_parser() -> tuple[Lark, Builder]:
    builder = Builder()
    lark = Lark(
        resources.text("grammars/graph.lark"),
        start=["graph", "library"],
        parser="lalr",
        lexer="contextual",
        transformer=builder,
        postlex=LineBreaks(),
        propagate_positions=False,
        maybe_placeholders=False,
    )
    return lark, builder


def parse(source: Source, start: str = "graph") -> Module:
    lark, builder = load_parser()
    enabled = gc.isenabled()
    gc.disable()
    try:
        text = source.text + "\n"
        builder.begin(source, text, docs_of(source.text))
        try:
            module: Module = lark.parse(text, start)  # type: ignore[assignment]
        except UnexpectedInput as mistake:
            place = min(mistake.pos_in_stream or 0, len(source.text))
            span = Span(source, place, place + 1)
            raise DiagnosticError([Diagnostic("E0123", "syntax error", span)]) from None
        module.comments = comments_of(source)
        if builder.found:
            raise DiagnosticError(builder.found)
        return module
    finally:
        if enabled:
            gc.enable()
