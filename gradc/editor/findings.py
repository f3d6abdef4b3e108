"""What is wrong with a text, at a place in it, with the other places that belong to that."""

from __future__ import annotations

from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.editor.links import paths_of
from gradc.editor.project import Document
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax import tree

_UNUSED = ("W901", "W903")  # shown faint
_NOTHING_RETURNED = "E0211"


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic as an editor shows it. The span is in the text itself."""

    span: Span
    code: str
    message: str
    is_error: bool
    related: tuple[tuple[Span, str], ...] = ()

    @property
    def is_unused(self) -> bool:
        return self.code in _UNUSED


def findings(document: Document) -> list[Finding]:
    """All that is wrong with a text, and what is doubtful and not silenced."""
    found = document.project.silence(document.analysis.diagnostics, document.name)
    return [
        _finding(document, d)
        for d in found
        if d.code != _NOTHING_RETURNED or not _only_defines(document.reading.module)
    ]


def _only_defines(module: tree.Module) -> bool:
    """Whether a file is there to be imported."""
    defines = any(isinstance(s, tree.FnDef) for s in module.statements)
    values = tree.Assign | tree.Scan | tree.InputDecl | tree.ParamDecl
    return defines and not any(isinstance(s, values) for s in module.statements)


def _finding(document: Document, diagnostic: Diagnostic) -> Finding:
    text = f": {diagnostic.text}" if diagnostic.text else ""
    remarks = [f"note: {note.text}" for note in diagnostic.notes if not note.places]
    remarks += [f"help: {text}" for text in diagnostic.helps]
    related = [(label.span, label.text or "here") for label in diagnostic.labels]
    for note in diagnostic.notes:
        related += [(p.span, f"{note.text}: {p.text}".removesuffix(": ")) for p in note.places]
    message, span = "\n".join([diagnostic.message + text, *remarks]), diagnostic.span
    if span is None:
        span = _first_line(document)
    elif span.source.name != document.source.name:
        related.insert(0, (span, diagnostic.message))
        message = f"in the imported file {span.source.name}: {message}"
        span = _importing(document, span) or _first_line(document)
    else:  # of a text that is wrong a diagnostic shows another one, without what is illegal
        span = Span(document.source, span.start, span.end)
    return Finding(span, diagnostic.code, message, diagnostic.is_error, tuple(related))


def _first_line(document: Document) -> Span:
    """What belongs to no line stands at the first statement."""
    statements = document.reading.module.statements
    start = statements[0].span.start if statements else 0
    end = document.source.text.find("\n", start)
    return Span(document.source, start, end if end >= 0 else len(document.source.text))


def _importing(document: Document, span: Span) -> Span | None:
    """The path by which a file came in; of one that others import, the first that could be it."""
    paths = list(paths_of(document.reading.module))
    for path in paths:
        try:
            if document.imports.open(path.value, document.source, path.span) is span.source:
                return path.span
        except DiagnosticError:
            continue
    return paths[0].span if paths else None
