"""The graphs that an editor has open, and those beside them that they import."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.editor.analysis import Analysis, Reading, analyse, read
from gradc.editor.declared import Declared, builtin_scope, declare
from gradc.editor.index import Index
from gradc.editor.scopes import Place, Scope, Symbol
from gradc.library.catalogue import public_stanzas
from gradc.library.loader import StandardLibrary, standard_library
from gradc.limits import MAX_BYTES
from gradc.reading import read_regular, real_path
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.imports import Imports
from gradc.syntax.parser import parse_what_can_be

_FILES = 2_000  # of a project that are searched for the uses of a name
_PASSED_OVER = frozenset({"node_modules", "build", "dist", "site-packages", "__pycache__"})

Silence = Callable[[Iterable[Diagnostic], str], Iterable[Diagnostic]]
"""The diagnostics of a file without those that its settings and comments silence."""


class Document:
    """One text at one time; what is known of it is worked out when it is first asked for."""

    def __init__(self, project: Project, name: str, text: str):
        self.project, self.name, self.text = project, name, text

    @cached_property
    def reading(self) -> Reading:
        return read(self.name, self.text)

    @property
    def source(self) -> Source:
        return self.reading.source

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.source, self.project.root, MAX_BYTES, self.project.bytes_of)

    @cached_property
    def analysis(self) -> Analysis:
        return analyse(self.reading, self.project.library, self.imports)

    @cached_property
    def index(self) -> Index:
        declared = self._declared(self.reading.module, ())
        return Index.of(self.reading.module, declared, self.project.is_operation)

    def scope_of(self, path: str) -> Scope | None:
        """The names of a file that this one imports, or could."""
        place = Span(self.source, 0, 0)
        return self._opened(tree.String(place, path), self.source, (self.source,))

    def _declared(self, module: tree.Module, importers: tuple[Source, ...]) -> Declared:
        """The scopes of a file. One that imports itself in a circle finds nothing there."""
        importers = (*importers, module.source)
        return declare(module, lambda path: self._opened(path, module.source, importers))

    def _opened(
        self, path: tree.String | tree.Name, importer: Source, importers: tuple[Source, ...]
    ) -> Scope | None:
        if isinstance(path, tree.Name):
            return self.project.nn if path.name == "nn" else None
        try:
            source = self.imports.open(path.value, importer, path.span)
        except DiagnosticError:
            return None
        if source in importers:
            return None
        return self._declared(parse_what_can_be(source)[0], importers).file


class Project:
    """All texts, as they are in the editor or else on the disk."""

    def __init__(
        self,
        root: Path | None = None,
        silence: Silence = lambda found, _: found,
        library: StandardLibrary | None = None,
    ):
        """`root` is the folder that imports are confined to; the folder of each file by default."""
        self.root, self.silence = root, silence
        self.library = library or standard_library()
        self.folders: list[Path] = []  # that are searched for the uses of a name
        self._texts: dict[str, str] = {}
        self._documents: dict[str, Document] = {}

    # --- texts ---

    @property
    def open_names(self) -> list[str]:
        return list(self._texts)

    def put(self, name: str, text: str) -> None:
        """The text of a file is now this."""
        if self._texts.get(name) != text:
            self._texts[name] = text
            self.forget()

    def drop(self, name: str) -> None:
        """A file is as it is on the disk again."""
        self._texts.pop(name, None)
        self.forget()

    def forget(self) -> None:
        """Some text has changed, and others may import it."""
        self._documents.clear()

    def document(self, name: str) -> Document:
        """The text of a file as it is now. Raises OSError, ValueError."""
        if name not in self._documents:
            text = self._texts.get(name)
            if text is None:
                text = read_regular(Path(name), MAX_BYTES).decode("utf-8", "replace")
            self._documents[name] = Document(self, name, text)
        return self._documents[name]

    def bytes_of(self, path: Path, limit: int) -> bytes:
        """A file that is imported. Raises OSError, ValueError."""
        text = self._texts.get(str(real_path(path)))
        if text is not None:
            return text.encode("utf-8", "replace")
        return read_regular(path, limit)

    # --- the library ---

    def warm_up(self) -> None:
        """Loads what every text needs, before the first one is there."""
        document = Document(self, "", "param w\nloss J = w * w\n")
        assert document.analysis.graph is not None

    def is_operation(self, name: str) -> bool:
        return self.library.find_callable(name, trusted=False) is not None

    @cached_property
    def nn(self) -> Scope:
        """What `from nn import …` finds."""
        stanzas = public_stanzas(self.library)
        layers = [s.name for s in stanzas if s.role == "layer"]
        functions = [s.name for s in stanzas if s.role == "fn"]
        return builtin_scope(layers, functions, Span(Source("<nn>", ""), 0, 0))

    # --- uses in several files ---

    def uses(self, symbol: Symbol, name: str) -> Mapping[Document, list[Place]]:
        """Where a symbol, met in the file `name`, stands in any file of the project."""
        home = os.path.normpath(symbol.span.source.name)
        found: dict[Document, list[Place]] = {}
        for other in dict.fromkeys((name, home, *self._texts, *self._files())):
            try:
                document = self.document(other)
            except (OSError, ValueError):
                continue
            if symbol.name in document.text and (places := document.index.uses(symbol)):
                found[document] = places
        return found

    def _files(self) -> Iterator[str]:
        """The graphs in the folders of the project."""
        count = 0
        for top in self.folders:
            for folder, folders, files in os.walk(top):
                folders[:] = [f for f in folders if f[0] != "." and f not in _PASSED_OVER]
                for file in files:
                    if file.endswith(".graph"):
                        count += 1
                        yield str(real_path(Path(folder) / file))
                if count > _FILES:
                    return
