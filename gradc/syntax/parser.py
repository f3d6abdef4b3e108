"""From a source to its tree."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.source import Source, Span
from gradc.syntax import tables
from gradc.syntax.brief import as_in_a_file
from gradc.syntax.characters import comments_of, read_text
from gradc.syntax.docs import docs_of
from gradc.syntax.lalr import Parser, TooDeep, Unexpected
from gradc.syntax.recovery import without_statement
from gradc.syntax.tree import MAX_DEPTH, Module
from gradc.syntax.tree_builder import Builder

__all__ = ["load_parser", "parse", "parse_what_can_be", "read_text"]

MAX_ERRORS = 10
MAX_BLOCKS = 20

# A builder works on one file at a time, and there is one parser in a process.
_LOCK = Lock()


@cache
def load_parser() -> tuple[Parser, Builder]:
    """The parser for both start rules, and the builder that it feeds."""
    builder = Builder()
    return Parser(tables.load(), builder, MAX_DEPTH, MAX_BLOCKS), builder


def parse(source: Source, start: str = "graph") -> Module:
    """The tree of a source; `start` is `graph` for a user's file, `library` for operations.

    A `DiagnosticError` carries all the mistakes that one run finds.
    """
    module, found = parse_what_can_be(source, start)
    if found:
        raise DiagnosticError(found)
    return module


def parse_what_can_be(
    source: Source, start: str = "graph"
) -> tuple[Module, tuple[Diagnostic, ...]]:
    """The tree of the statements without mistakes, and the mistakes of the others.

    After each mistake its statement is blanked out and the rest is parsed again. The tree is empty
    where there are too many.
    """
    found: dict[tuple[str, int], Diagnostic] = {}
    with _LOCK, collector_paused():
        parser, builder = load_parser()
        docs = docs_of(source.text)
        module = Module(source, ())
        text = as_in_a_file(source) + "\n"
        while len(found) < MAX_ERRORS:
            builder.begin(source, text, docs, kinds=start == "library")
            mistake, rest = None, text
            try:
                module = parser.parse(text, start)
            except Unexpected as cause:
                mistake, rest = _explained(source, text, start, cause)
            except TooDeep as cause:
                place = cause.token.start_pos
                helps = ("give a part of it a name in a statement of its own",)
                span = Span(source, place, place + 1)
                mistake = Diagnostic("E0116", cause.message, span, helps=helps)
                if cause.token.type != "LBRACE":  # else each further block would say the same
                    rest = without_statement(text, place)
            except DiagnosticError as cause:
                (mistake,) = cause.diagnostics
                assert mistake.span
                rest = without_statement(text, mistake.span.start)
            further = [mistake] if mistake and not _follows(mistake, builder.found) else []
            for diagnostic in (*builder.found, *further):
                place = diagnostic.span.start if diagnostic.span else 0
                found.setdefault((diagnostic.code, place), diagnostic)
            if rest == text:
                break
            text = rest
    module.comments = comments_of(source)
    return module, tuple(_once_a_keyword(found[key] for key in sorted(found, key=lambda k: k[1])))


def _follows(mistake: Diagnostic, found: Iterable[Diagnostic]) -> bool:
    """Whether a number that is none stands before a mistake on its line, and may be its reason."""
    at = mistake.span
    before = [d.span for d in found if d.code == "E0109" and d.span is not None]
    return at is not None and any(s.line == at.line and s.start < at.start for s in before)


def _explained(source: Source, text: str, start: str, cause: Unexpected) -> tuple[Diagnostic, str]:
    # Half of the syntax is about mistakes: a text without any need not wait for it.
    from gradc.syntax.mistakes import explain  # noqa: PLC0415
    from gradc.syntax.refusal import Refusal  # noqa: PLC0415

    return explain(Refusal.of(source, text, start, cause))


def _once_a_keyword(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """A keyword that is used as a name is told where it stands first."""
    told: set[str] = set()
    for diagnostic in found:
        if diagnostic.code != "E0112" or diagnostic.message not in told:
            yield diagnostic
        if diagnostic.code == "E0112":
            told.add(diagnostic.message)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Trees and graphs are many objects, all alive: collecting takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
