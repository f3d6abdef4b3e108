"""Renaming: a symbol wherever it is used, other files included, unless a meaning would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradc.diagnostics import DiagnosticError
from gradc.editor.project import Document
from gradc.editor.scopes import Builtin, Place, Symbol
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax.characters import normal_name, read_text
from gradc.syntax.keywords import KEYWORDS, instead_of

_FUNCTIONS = ("fn", "layer")


class NotRenamed(Exception):
    """Why a name cannot be changed, in a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Edit:
    span: Span
    text: str


def renameable(document: Document, offset: int) -> Place:
    """The name at an offset that can be changed. Raises NotRenamed."""
    place = document.index.at(offset)
    if place is None:
        raise NotRenamed("there is no name here")
    if isinstance(place.meaning, Builtin):
        raise NotRenamed(f"`{place.meaning.name}` is gradc's own")
    if place.meaning.follows is not None:
        raise NotRenamed(
            f"`{place.meaning.name}` is called after the argument `{place.meaning.follows.name}`"
        )
    return place


def rename(document: Document, offset: int, name: str) -> Mapping[Document, list[Edit]]:
    """The edits that change a name, by file. Raises NotRenamed."""
    symbol = renameable(document, offset).meaning
    assert isinstance(symbol, Symbol)
    name = _checked(name)
    if name == symbol.name:
        return {}
    edits: dict[Document, list[Edit]] = {}
    for changed, new in _changes(document, symbol, name):
        for file, places in document.project.uses(changed, document.name).items():
            if file.reading.mistakes:
                raise NotRenamed(f"{file.name} has mistakes of syntax: mend them first")
            for place in places:
                _check_free(file, changed, place, new)
                edits.setdefault(file, []).append(Edit(place.span, new))
    return edits


def _changes(document: Document, symbol: Symbol, name: str) -> Iterator[tuple[Symbol, str]]:
    """The symbol, and what is called after it in derivative rules."""
    yield symbol, name
    if symbol.kind == "argument":
        for scope in document.index.declared.inner:
            for other in scope.names.values():
                if isinstance(other, Symbol) and other.follows is symbol:
                    yield other, f"d{name}"


def _checked(name: str) -> str:
    """A name as it is stored. Raises NotRenamed where it is none."""
    name = name.strip()
    if name in KEYWORDS:
        raise NotRenamed(f"`{name}` is a keyword; `{instead_of(name)}` is free")
    try:
        read_text("name", name.encode("utf-8", "replace"))
    except DiagnosticError as failure:
        raise NotRenamed(failure.diagnostics[0].message) from None
    if not name[:1].isalpha() or not all(c.isalnum() or c == "_" for c in name):
        raise NotRenamed(f"`{name}` is no name: letters, digits and `_`, a letter first")
    return normal_name(name)


def _check_free(file: Document, symbol: Symbol, place: Place, name: str) -> None:
    """Raises NotRenamed where the new name means something else at a place of the old one."""
    seen = [file.index.scope_at(place.span.start)]
    seen += [symbol.scope] if symbol.scope is not None else []
    if symbol.kind == "dim":
        # A pattern's own dimension would become the file's.
        seen += file.index.declared.inner
    if _is_argument_word(place):
        seen = seen[1:]
    found = next((f for scope in seen if (f := scope.find(name)) is not None), None)
    if isinstance(found, Symbol) and found.key != symbol.key:
        line = found.span.line
        raise NotRenamed(f"`{name}` is bound on line {line} of {found.span.source.name} already")
    if symbol.kind in _FUNCTIONS and file.project.is_operation(name):
        raise NotRenamed(f"`{name}` is an operation: its calls would mean the function")
    if isinstance(found, Builtin):
        raise NotRenamed(f"`{name}` is imported already")


def _is_argument_word(place: Place) -> bool:
    """Whether a place is the keyword of an argument, or stands behind a dot: no scope has a say."""
    text, span = place.span.source.text, place.span
    before = text[: span.start].rstrip()
    return before.endswith(".") or (not place.binds and _is_keyword(text, span))


def _is_keyword(text: str, span: Span) -> bool:
    after = text[span.end :].lstrip()
    before = text[: span.start].rstrip()
    return after.startswith("=") and not after.startswith("==") and before.endswith(("(", ","))
