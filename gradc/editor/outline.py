"""The outline of a file, and what its names are, for the list and the colours of an editor."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.editor.hover import head_of, types_of
from gradc.editor.project import Document
from gradc.editor.scopes import Builtin, Meaning, Scope, Symbol, resolved
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax import tree


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the outline: `span` is the whole statement, `name_span` the name in it."""

    name: str
    kind: str
    detail: str
    span: Span
    name_span: Span
    children: tuple[Entry, ...] = ()


def outline(document: Document) -> list[Entry]:
    """What a file binds, in its order."""
    found = list(_entries(document, document.index.declared.file))
    return sorted(found, key=lambda e: e.name_span.start)


def _entries(document: Document, scope: Scope) -> Iterator[Entry]:
    for symbol in scope.names.values():
        if not isinstance(symbol, Symbol) or symbol.statement is None:
            continue
        if symbol.span.source is not document.source or symbol.scope is not scope:
            continue
        statement = symbol.statement
        span = statement.span
        children: tuple[Entry, ...] = ()
        if isinstance(statement, tree.FnDef) and symbol.inner is not None:
            detail = head_of(statement)
            children = tuple(_entries(document, symbol.inner))
        else:
            detail = types_of(document, symbol)
            if not span.start <= symbol.span.start <= symbol.span.end <= span.end:
                span = symbol.span
            if symbol.kind == "carried" and isinstance(statement, tree.Scan):
                inner = document.index.declared.scans[statement]
                children = tuple(_entries(document, inner))
        yield Entry(symbol.name, symbol.kind, detail, span, symbol.span, children)


TOKENS = (
    "variable", "parameter", "property", "function", "class", "namespace", "type", "macro",
    "enumMember",
)  # fmt: skip
"""The kinds of semantic tokens, in the order of the legend."""

MODIFIERS = ("declaration", "readonly", "defaultLibrary")

_TOKEN = {
    "argument": "parameter", "param": "property", "state": "property", "member": "property",
    "fn": "function", "operation": "function", "initialiser": "function", "layer": "class",
    "file": "namespace", "dim": "type", "constant": "enumMember", "const": "enumMember",
}  # fmt: skip
_READONLY = ("input", "const", "dim", "constant")


@dataclass(frozen=True, slots=True)
class Token:
    span: Span
    kind: str
    modifiers: tuple[str, ...]


def tokens(document: Document) -> list[Token]:
    """The names of a file by what they mean."""
    found = []
    last = 0
    for place in document.index.places:
        if place.span.start < last:
            continue
        last = place.span.end
        found.append(_token(place.span, resolved(place.meaning) or place.meaning, place.binds))
    return found


def _token(span: Span, meaning: Meaning, binds: bool) -> Token:
    flags = {
        "declaration": binds,
        "readonly": meaning.kind in _READONLY,
        "defaultLibrary": isinstance(meaning, Builtin),
    }
    kind = _TOKEN.get(meaning.kind, "variable")
    return Token(span, kind, tuple(name for name in MODIFIERS if flags[name]))
