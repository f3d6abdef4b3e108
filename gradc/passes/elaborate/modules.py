"""Modules: the scopes of imported files and of the standard library."""

from __future__ import annotations

from typing import Protocol

from gradc.diagnostics import error, near_miss
from gradc.passes.elaborate.bindings import ModuleScope
from gradc.passes.elaborate.declarations import Declarations
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
            if isinstance(statement, tree.Import):
                other = self._file(statement.path, module.source)
                self._claim(statement.alias, scope)
                scope.modules[statement.alias.name] = other
            elif isinstance(statement, tree.FromImport):
                self._from(statement, module.source, scope)

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
            self._claim(ours, scope)
            if theirs.name in other.functions:
                scope.functions[ours.name] = other.functions[theirs.name]
            elif theirs.name in other.constants:
                scope.constants[ours.name] = other.constants[theirs.name]
            else:
                raise error(
                    "E0201",
                    f"`{other.name}` has nothing called `{theirs.name}`",
                    theirs.span,
                    helps=near_miss(theirs.name, [*other.functions, *other.constants]),
                )

    def _claim(self, name: tree.Identifier, scope: ModuleScope) -> None:
        if (
            name.name in scope.functions
            or name.name in scope.modules
            or name.name in scope.constants
        ):
            raise error("E0202", f"`{name.name}` is bound twice", name.span)

    def _file(self, path: tree.String, importer: Source) -> ModuleScope:
        if self.imports is None:
            raise error("E0216", "nothing can be imported here", path.span)
        source = self.imports.open(path.value, importer, path.span)
        if source in self.loading:
            names = [s.name for s in self.loading[self.loading.index(source) :]] + [source.name]
            raise error("E0204", f"files import each other: {' → '.join(names)}", path.span)
        if source not in self.loaded:
            self.loaded[source] = self._load(source)
        return self.loaded[source]

    def _load(self, source: Source) -> ModuleScope:
        module = parse(source)
        scope = ModuleScope(source.name)
        self.loading.append(source)
        try:
            scope.dtype = declared_dtype(module)
            self.declare_imports(module, scope)
            self.declare_functions(module.statements, scope)
            self.declare_constants(module.statements, scope, main=False)
        finally:
            self.loading.pop()
        return scope


def declared_dtype(module: tree.Module) -> str | None:
    """What a file's `dtype` statement says."""
    found = [s for s in module.statements if isinstance(s, tree.DtypeDecl)]
    if len(found) > 1:
        raise error("E0202", "a file says its `dtype` once", found[1].span)
    if found and found[0].dtype not in ("f32", "f64"):
        raise error("E0305", "`dtype` is f32 or f64", found[0].span)
    return found[0].dtype if found else None
