"""From what is known of a text to the words of the language server protocol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lsprotocol import types as lsp
from pygls import uris

from gradc.editor.completion import Offer, Signature
from gradc.editor.encoding import Lines
from gradc.editor.findings import Finding
from gradc.editor.fixes import Fix
from gradc.editor.hover import Hover, operation_text
from gradc.editor.outline import MODIFIERS, TOKENS, Entry, Token
from gradc.editor.project import Document
from gradc.editor.renaming import Edit
from gradc.reading import real_path
from gradc.source import Source, Span

_SYMBOLS = {
    "fn": lsp.SymbolKind.Function,
    "layer": lsp.SymbolKind.Class,
    "dim": lsp.SymbolKind.TypeParameter,
    "const": lsp.SymbolKind.Constant,
    "param": lsp.SymbolKind.Property,
    "state": lsp.SymbolKind.Property,
    "input": lsp.SymbolKind.Field,
    "file": lsp.SymbolKind.Module,
    "instance": lsp.SymbolKind.Object,
}
_ITEMS = {
    "fn": lsp.CompletionItemKind.Function,
    "operation": lsp.CompletionItemKind.Function,
    "layer": lsp.CompletionItemKind.Class,
    "initialiser": lsp.CompletionItemKind.Function,
    "keyword": lsp.CompletionItemKind.Keyword,
    "constant": lsp.CompletionItemKind.Constant,
    "const": lsp.CompletionItemKind.Constant,
    "dim": lsp.CompletionItemKind.TypeParameter,
    "param": lsp.CompletionItemKind.Property,
    "state": lsp.CompletionItemKind.Property,
    "member": lsp.CompletionItemKind.Property,
    "input": lsp.CompletionItemKind.Field,
    "argument": lsp.CompletionItemKind.Field,
    "type": lsp.CompletionItemKind.Struct,
    "file": lsp.CompletionItemKind.File,
    "instance": lsp.CompletionItemKind.Module,
}


def name_of(uri: str) -> str:
    """What a document is called: its path without links, or its address where it has none."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return str(real_path(Path(path))) if path else uri


class Wording:
    """The protocol's words in one encoding of positions."""

    def __init__(self, encoding: str, addresses: dict[str, str]):
        """`addresses` are those that the editor gave its files, by their names."""
        self.encoding, self.addresses = encoding, addresses
        self._lines: dict[Source, Lines] = {}

    # --- places ---

    def lines(self, source: Source) -> Lines:
        if source not in self._lines:
            self._lines[source] = Lines(source.text, self.encoding)
        return self._lines[source]

    def offset(self, document: Document, position: lsp.Position) -> int:
        return self.lines(document.source).offset(position.line, position.character)

    def range(self, span: Span) -> lsp.Range:
        lines = self.lines(span.source)
        start, end = lines.place(span.start), lines.place(span.end)
        return lsp.Range(lsp.Position(*start), lsp.Position(*end))

    def uri(self, name: str) -> str:
        """The address of a file, as the editor knows it."""
        path = str(real_path(Path(name)))
        return self.addresses.get(name) or self.addresses.get(path) or uris.from_fs_path(path) or ""

    def location(self, span: Span) -> lsp.Location:
        return lsp.Location(self.uri(span.source.name), self.range(span))

    # --- answers ---

    def diagnostic(self, finding: Finding) -> lsp.Diagnostic:
        severity = lsp.DiagnosticSeverity
        return lsp.Diagnostic(
            self.range(finding.span),
            finding.message,
            severity=severity.Error if finding.is_error else severity.Warning,
            code=finding.code,
            source="gradc",
            tags=[lsp.DiagnosticTag.Unnecessary] if finding.is_unused else None,
            related_information=[
                lsp.DiagnosticRelatedInformation(self.location(span), text)
                for span, text in finding.related
            ],
        )

    def hover(self, hover: Hover) -> lsp.Hover:
        return lsp.Hover(_markdown(hover.text), self.range(hover.span))

    def item(self, offer: Offer, position: int) -> lsp.CompletionItem:
        return lsp.CompletionItem(
            offer.name,
            kind=_ITEMS.get(offer.kind, lsp.CompletionItemKind.Variable),
            detail=offer.detail or None,
            documentation=_markdown(offer.doc) if offer.doc else None,
            insert_text=offer.inserted or None,
            sort_text=f"{position:05}",  # editors sort by the name otherwise
            data={"operation": offer.name} if offer.is_library else None,
        )

    def signature(self, document: Document, found: Signature) -> lsp.SignatureHelp:
        doc = found.doc
        if found.operation:
            doc = operation_text(document.project.library, found.operation)
        information = lsp.SignatureInformation(
            found.head,
            documentation=_markdown(doc) if doc else None,
            parameters=[lsp.ParameterInformation(text) for _, text in found.parameters],
        )
        return lsp.SignatureHelp([information], active_signature=0, active_parameter=found.active)

    def edits(self, changes: Iterable[tuple[Document, Sequence[Edit]]]) -> lsp.WorkspaceEdit:
        return lsp.WorkspaceEdit(
            changes={
                self.uri(document.name): [
                    lsp.TextEdit(self.range(edit.span), edit.text) for edit in edits
                ]
                for document, edits in changes
            }
        )

    def action(
        self, document: Document, fix: Fix, shown: Sequence[lsp.Diagnostic]
    ) -> lsp.CodeAction:
        """`shown` are the diagnostics that it mends, as the editor has them."""
        edits = [Edit(r.span, r.text) for r in fix.help.replacements]
        return lsp.CodeAction(
            fix.help.replace("`", ""),
            kind=lsp.CodeActionKind.QuickFix,
            diagnostics=list(shown),
            edit=self.edits([(document, edits)]),
        )

    def entry(self, entry: Entry) -> lsp.DocumentSymbol:
        return lsp.DocumentSymbol(
            entry.name,
            _SYMBOLS.get(entry.kind, lsp.SymbolKind.Variable),
            self.range(entry.span),
            self.range(entry.name_span),
            detail=entry.detail or None,
            children=[self.entry(child) for child in entry.children],
        )

    def tokens(self, tokens: Iterable[Token]) -> lsp.SemanticTokens:
        """Each token relative to the one before, as five numbers."""
        data: list[int] = []
        line = unit = 0
        for token in tokens:
            place = self.range(token.span)
            start, end = place.start, place.end
            ahead = start.character - (unit if start.line == line else 0)
            flags = sum(1 << MODIFIERS.index(name) for name in token.modifiers)
            length = end.character - start.character
            data += [start.line - line, ahead, length, TOKENS.index(token.kind), flags]
            line, unit = start.line, start.character
        return lsp.SemanticTokens(data)


def _markdown(text: str) -> lsp.MarkupContent:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
