"""Modules: the scopes of imported files and of the standard library."""

from __future__ import annotations

from typing import Protocol

from gradc.diagnostics import DiagnosticError, error, near_miss
from gradc.passes.elaborate.bindings import POISON, ModuleScope
from gradc.passes.elaborate.declarations import Declarations
from gradc.passes.elaborate.order import binders, bound_names
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.parser import parse


class Opener(Protocol):
    """Finds imported files."""

    def open(self, path: str, importer: Source, span: Span) -> Source: ...


class Modules(Declarations):
    """Makes functions, layers and constants of other files available."""

    imports: Opener | None
    loaded: dict[Source, ModuleScope]
    loading: list[Source]

    def declare_imports(self, module: tree.Module, scope: ModuleScope) -> None:
        """The `import` and `from` statements of a file."""
        for statement in module.statements:
            with self.kept() as attempt:
                if isinstance(statement, tree.Import):
                    other = self._file(statement.path, module.source)
                    scope.modules[statement.alias.name] = other
                elif isinstance(statement, tree.FromImport):
                    self._from(statement, module.source, scope)
            if attempt.failed:
                for name in bound_names(statement):
                    scope.constants.setdefault(name.name, POISON)

    def _from(self, statement: tree.FromImport, importer: Source, scope: ModuleScope) -> None:
        path = statement.path
        if isinstance(path, tree.Name):
            found = self.library.layer_module(path.name)
            if found is None:
                raise error(
                    "E0216",
                    f"the standard library has no `{path.name}`",
                    path.span,
                    helps=['`nn` holds the layers; a file is named in quotes: `"layers.graph"`'],
                )
            other = found
        else:
            other = self._file(path, importer)
        for theirs, ours in statement.names:
            if theirs.name in other.functions:
                scope.functions.setdefault(ours.name, other.functions[theirs.name])
            elif theirs.name in other.constants:
                scope.constants.setdefault(ours.name, other.constants[theirs.name])
            else:
                scope.constants.setdefault(ours.name, POISON)
                self.note(self._not_there(theirs, other))

    def _not_there(self, name: tree.Identifier, other: ModuleScope) -> DiagnosticError:
        helps = near_miss(name.name, [*other.functions, *other.constants])
        if other.trusted and self.library.find_callable(name.name, trusted=False):
            helps = (f"every file has the operation `{name.name}`",)
        message = f"`{other.name}` has nothing called `{name.name}`"
        return error("E0201", message, name.span, helps=helps)

    def _file(self, path: tree.String, importer: Source) -> ModuleScope:
        if self.imports is None:
            raise error("E0216", "nothing can be imported here", path.span)
        source = self.imports.open(path.value, importer, path.span)
        if source in self.loading:
            names = [s.name for s in self.loading[self.loading.index(source) :]] + [source.name]
            raise error("E0204", f"files import each other: {' → '.join(names)}", path.span)
        if source not in self.loaded:
            self._load(source)
        return self.loaded[source]

    def _load(self, source: Source) -> None:
        module = parse(source)
        scope = ModuleScope(source.name)
        self.loading.append(source)
        with self.kept():
            scope.dtype = declared_dtype(module)
        binders(module.statements, self.found.diagnostics)
        self.declare_imports(module, scope)
        self.declare_functions(module.statements, scope)
        self.declare_constants(module.statements, scope, main=False)
        self.loading.pop()
        self.loaded[source] = scope


def declared_dtype(module: tree.Module) -> str | None:
    """What a file's `dtype` statement says."""
    found = [s for s in module.statements if isinstance(s, tree.DtypeDecl)]
    if len(found) > 1:
        raise error("E0202", "a file says its `dtype` once", found[1].span)
    if found and found[0].dtype not in ("f32", "f64"):
        raise error("E0305", "`dtype` is f32 or f64", found[0].span)
    return found[0].dtype if found else None
