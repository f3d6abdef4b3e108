"""Elaborate: Tree and Library to Graph. Names resolved, calls expanded, statements ordered, typed.

Free functions in files by concern share one explicit `Context`. Where they need each other in a
circle (a call runs statements, a statement evaluates calls) they go through the context's tables,
which `language.py` fills.
"""

from __future__ import annotations

from collections.abc import Mapping

from gradc.budget import Budget
from gradc.diagnostics import Diagnostic
from gradc.elaborate.bindings import Catalogue, ModuleScope
from gradc.elaborate.context import Opener
from gradc.elaborate.file import elaborate_file
from gradc.elaborate.language import new_context
from gradc.ir.derived import Derivatives
from gradc.ir.graph import Graph
from gradc.syntax import tree


def elaborate(
    module: tree.Module,
    library: Catalogue,
    imports: Opener | None = None,
    dims: Mapping[str, int] | None = None,
    wrt: tuple[str, ...] | None = None,
    budget: Budget | None = None,
    derivatives: Derivatives | None = None,
) -> tuple[Graph, tuple[Diagnostic, ...]]:
    """The graph of a file and the warnings met. Raises DiagnosticError with all that was found."""
    context = new_context(
        library, ModuleScope(module.source.name), imports, dims, budget, derivatives
    )
    graph = elaborate_file(context, module, wrt)
    return graph, tuple(context.found.diagnostics)
