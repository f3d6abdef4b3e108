"""Elaborate: Tree and Library to Graph. Names resolved, calls expanded, statements ordered, typed.

`File` is the whole; it is put together from one class a concern, each in its own file:
literals → expressions → indexing → patterns → bodies → calls → declarations → modules → file.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradc.diagnostics import Diagnostic
from gradc.ir.graph import Graph
from gradc.passes.elaborate.bindings import Catalogue, ModuleScope
from gradc.passes.elaborate.file import File
from gradc.passes.elaborate.modules import Opener
from gradc.syntax import tree


def elaborate(
    module: tree.Module,
    library: Catalogue,
    imports: Opener | None = None,
    dims: Mapping[str, int] | None = None,
    wrt: tuple[str, ...] | None = None,
) -> tuple[Graph, tuple[Diagnostic, ...]]:
    """The graph of a file and the warnings met. Raises DiagnosticError with all that was found."""
    file = File(library, ModuleScope(module.source.name), dims, imports)
    graph = file.elaborate(module, wrt)
    return graph, tuple(file.found.diagnostics)
