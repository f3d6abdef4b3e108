"""What mends a mistake: the helps that hold what to write, tried when an editor asks for them."""

from __future__ import annotations

from collections.abc import Iterator

from gradc.diagnostics import Diagnostic, Help
from gradc.editor.project import Document
from gradc.records import dataclass
from gradc.remedies.tries import tried
from gradc.source import Source


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends what a diagnostic tells."""

    diagnostic: Diagnostic
    help: Help


def fixes(document: Document, start: int, end: int) -> Iterator[Fix]:
    """What mends the mistakes of a stretch of a text."""

    def errors(source: Source) -> list[Diagnostic]:
        again = Document(document.project, document.name, source.text)
        return [d for d in again.analysis.diagnostics if d.is_error]

    here = [
        d
        for d in document.analysis.diagnostics
        if d.span is not None
        and d.span.source.name == document.source.name
        and d.span.start <= end
        and start <= d.span.end
    ]
    for diagnostic in tried(document.source, here, errors):
        for help_ in diagnostic.helps:
            if isinstance(help_, Help):
                yield Fix(diagnostic, help_)
