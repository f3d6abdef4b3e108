"""Where what stands at a place comes from."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.diagnostics import DiagnosticError
from gradc.editor.project import Document
from gradc.editor.scopes import Builtin, Symbol
from gradc.source import Source, Span
from gradc.syntax import tree


def definition(document: Document, offset: int) -> Span | None:
    """Where a name is bound; of an imported file its beginning. gradc's own has no place."""
    for path in paths_of(document.reading.module):
        if path.span.start <= offset <= path.span.end:
            source = _opened(document, path)
            return Span(source, 0, 0) if source is not None else None
    place = document.index.at(offset)
    if place is None or isinstance(place.meaning, Builtin):
        return None
    symbol = place.meaning
    if symbol.kind == "alias" and place.binds:
        return symbol.target.span if isinstance(symbol.target, Symbol) else None
    return symbol.span


def paths_of(module: tree.Module) -> Iterator[tree.String]:
    """The paths in quotes of a file's imports."""
    for statement in module.statements:
        if isinstance(statement, tree.Import | tree.FromImport):
            path = statement.path
            if isinstance(path, tree.String):
                yield path


def _opened(document: Document, path: tree.String) -> Source | None:
    try:
        return document.imports.open(path.value, document.source, path.span)
    except DiagnosticError:
        return None
