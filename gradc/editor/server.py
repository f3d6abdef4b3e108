"""The language server: what an editor asks of a graph, answered over standard input and output."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from pathlib import Path
from typing import BinaryIO, Protocol

from lsprotocol import types as lsp
from pygls.exceptions import FeatureRequestError, JsonRpcException
from pygls.lsp.server import LanguageServer

from gradc.diagnostics import DiagnosticError
from gradc.editor.completion import completions, signature_at
from gradc.editor.findings import findings
from gradc.editor.fixes import Fix, fixes
from gradc.editor.hover import hover, operation_text
from gradc.editor.links import definition
from gradc.editor.outline import MODIFIERS, TOKENS, outline, tokens
from gradc.editor.project import Document, Project, Silence
from gradc.editor.protocol import Wording, name_of
from gradc.editor.renaming import NotRenamed, rename, renameable
from gradc.editor.scopes import Builtin, Place, Symbol
from gradc.library.synonyms import ALIASES
from gradc.reading import real_path
from gradc.source import Span
from gradc.syntax.formatter import format_text
from gradc.version import __version__

# Seconds without a key before diagnostics are worked out: as long as that took the last time.
_SHORTEST, _LONGEST = 0.005, 0.2
_STACK = 40_000  # frames: what is evaluated here takes one more than in a compilation


class Positioned(Protocol):
    """A request about a place in a text."""

    @property
    def text_document(self) -> lsp.TextDocumentIdentifier: ...

    @property
    def position(self) -> lsp.Position: ...


class Server(LanguageServer):
    """A project, and the editor that shows it."""

    def __init__(self, root: Path | None, silence: Silence):
        super().__init__("gradc", __version__)
        self.project = Project(root, silence)
        self.addresses: dict[str, str] = {}  # what the editor calls each file
        self.was_shut_down = False
        self._waiting: asyncio.Task[None] | None = None
        self._pause = _SHORTEST

    def wording(self) -> Wording:
        encoding = lsp.PositionEncodingKind(self.workspace.position_encoding).value
        return Wording(encoding, self.addresses)

    def document(self, uri: str) -> Document:
        return self.project.document(name_of(uri))

    def place(self, given: Positioned) -> tuple[Wording, Document, int]:
        """What a request is about."""
        words, document = self.wording(), self.document(given.text_document.uri)
        return words, document, words.offset(document, given.position)

    def changed(self, uri: str) -> None:
        """The editor's text is another one: in a moment that counts for all that import it."""
        self.project.put(name_of(uri), self.workspace.get_text_document(uri).source)
        self.publish_soon()

    def publish_soon(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().create_task(self._publish())

    async def _publish(self) -> None:
        await asyncio.sleep(self._pause)
        start = time.perf_counter()
        for name in self.project.open_names:
            try:
                self.publish(name)
            except Exception as failure:  # the next key must find the server alive
                self.report_server_error(failure, type(failure))
            await asyncio.sleep(0)  # a key that was pressed meanwhile comes first
        self._pause = min(max(time.perf_counter() - start, _SHORTEST), _LONGEST)

    def publish(self, name: str) -> None:
        words, document = self.wording(), self.project.document(name)
        found = [words.diagnostic(finding) for finding in findings(document)]
        uri = self.addresses[name]
        version = self.workspace.get_text_document(uri).version
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))

    def report_server_error(self, error: Exception, source: object) -> None:
        """A message that makes no sense, or a bug: told where it disturbs nobody.

        What goes wrong in a request is its answer.
        """
        if source is FeatureRequestError:
            return
        text = f"{type(error).__name__}: {error}"
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, text))


def serve(root: Path | None, silence: Silence, reads: BinaryIO, writes: BinaryIO) -> int:
    """Answers until the editor is done; 1 where it went without a word."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _STACK))
    if os.environ.get("GRADC_TRACEBACK", "0") in ("", "0"):  # pygls shows one at every refusal
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
    server = server_of(root, silence)
    server.start_io(reads, writes)
    return 0 if server.was_shut_down else 1


def server_of(root: Path | None, silence: Silence) -> Server:
    """A server with all that it answers to."""
    server = Server(root, silence)
    _add_texts(server)
    _add_readers(server)
    _add_changes(server)
    _add_fixes(server)
    _add_overviews(server)
    return server


# --- texts ---


def _add_texts(server: Server) -> None:
    # None of these is a coroutine: it would run a moment after pygls has taken the new text and its
    # version in, and diagnostics that are sent between are of the old text in the new one's name.

    @server.feature(lsp.INITIALIZED)
    def initialized(_: lsp.InitializedParams) -> None:
        folders = server.workspace.folders.values()
        paths = [name_of(folder.uri) for folder in folders] or [server.workspace.root_path or ""]
        server.project.folders = [real_path(Path(path)) for path in paths if path]
        server.project.warm_up()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(given: lsp.DidOpenTextDocumentParams) -> None:
        uri = given.text_document.uri
        server.addresses[name_of(uri)] = uri
        server.changed(uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(given: lsp.DidChangeTextDocumentParams) -> None:
        server.changed(given.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(_: lsp.DidSaveTextDocumentParams) -> None:
        server.project.forget()
        server.publish_soon()

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(_: lsp.DidChangeWatchedFilesParams) -> None:
        server.project.forget()
        server.publish_soon()

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(given: lsp.DidCloseTextDocumentParams) -> None:
        uri = given.text_document.uri
        server.project.drop(name_of(uri))
        server.addresses.pop(name_of(uri), None)
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))
        server.publish_soon()

    @server.feature(lsp.SHUTDOWN)
    def shut_down(_: None) -> None:
        server.was_shut_down = True


# --- what is shown ---


def _add_readers(server: Server) -> None:

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(given: lsp.HoverParams) -> lsp.Hover | None:
        words, document, offset = server.place(given)
        found = hover(document, offset)
        return words.hover(found) if found else None

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def defined(given: lsp.DefinitionParams) -> lsp.Location | None:
        words, document, offset = server.place(given)
        span = definition(document, offset)
        return words.location(span) if span else None

    triggers = lsp.CompletionOptions([".", "~", '"', "(", ","], resolve_provider=True)

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, triggers)
    def completed(given: lsp.CompletionParams) -> lsp.CompletionList:
        words, document, offset = server.place(given)
        offers = completions(document, offset)
        return lsp.CompletionList(False, [words.item(o, i) for i, o in enumerate(offers)])

    @server.feature(lsp.COMPLETION_ITEM_RESOLVE)
    def documented(item: lsp.CompletionItem) -> lsp.CompletionItem:
        if isinstance(item.data, dict) and isinstance(item.data.get("operation"), str):
            text = operation_text(server.project.library, item.data["operation"])
            item.documentation = lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
        return item

    calls = lsp.SignatureHelpOptions(["(", ","])

    @server.feature(lsp.TEXT_DOCUMENT_SIGNATURE_HELP, calls)
    def called(given: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        words, document, offset = server.place(given)
        found = signature_at(document, offset)
        return words.signature(document, found) if found else None


# --- what is changed ---


def _add_changes(server: Server) -> None:

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def may_rename(given: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        words, document, offset = server.place(given)
        try:
            place = renameable(document, offset)
        except NotRenamed as refusal:
            raise _refused(refusal) from None
        return lsp.PrepareRenamePlaceholder(words.range(place.span), place.meaning.name)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def renamed(given: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        words, document, offset = server.place(given)
        try:
            return words.edits(rename(document, offset, given.new_name).items())
        except NotRenamed as refusal:
            raise _refused(refusal) from None

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def formatted(given: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        words, document = server.wording(), server.document(given.text_document.uri)
        try:
            text = format_text(document.source, ALIASES)
        except DiagnosticError:
            return None  # the diagnostics say why
        if text == document.source.text:
            return []
        whole = Span(document.source, 0, len(document.source.text))
        return [lsp.TextEdit(words.range(whole), text)]


def _add_fixes(server: Server) -> None:

    offered = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix])

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, offered)
    def mended(given: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        words, document = server.wording(), server.document(given.text_document.uri)
        start, end = (words.offset(document, p) for p in (given.range.start, given.range.end))
        return [
            words.action(document, fix, [d for d in given.context.diagnostics if _is_of(d, fix)])
            for fix in fixes(document, start, end)
        ]


def _is_of(shown: lsp.Diagnostic, fix: Fix) -> bool:
    """Whether a diagnostic that an editor shows is the one that is mended."""
    return shown.code == fix.diagnostic.code and shown.message.startswith(fix.diagnostic.message)


def _refused(refusal: NotRenamed) -> JsonRpcException:
    return JsonRpcException(str(refusal), lsp.LSPErrorCodes.RequestFailed.value)


# --- overviews ---


def _add_overviews(server: Server) -> None:

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def used(given: lsp.ReferenceParams) -> list[lsp.Location]:
        words, document, offset = server.place(given)
        symbol = _symbol(document.index.at(offset))
        if symbol is None:
            return []
        found = server.project.uses(symbol, document.name).values()
        binding = given.context.include_declaration
        return [
            words.location(p.span) for places in found for p in places if binding or not p.binds
        ]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlighted(given: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        words, document, offset = server.place(given)
        symbol = _symbol(document.index.at(offset))
        kinds = lsp.DocumentHighlightKind
        return [
            lsp.DocumentHighlight(words.range(p.span), kinds.Write if p.binds else kinds.Read)
            for p in (document.index.uses(symbol) if symbol else ())
        ]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def listed(given: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        words, document = server.wording(), server.document(given.text_document.uri)
        return [words.entry(entry) for entry in outline(document)]

    legend = lsp.SemanticTokensLegend(list(TOKENS), list(MODIFIERS))

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def coloured(given: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        words, document = server.wording(), server.document(given.text_document.uri)
        return words.tokens(tokens(document))


def _symbol(place: Place | None) -> Symbol | None:
    return None if place is None or isinstance(place.meaning, Builtin) else place.meaning
