"""What the compiler finds out about a text that is being typed.

The text is read as far as `gradc check` reads it. Each expression that is evaluated on the way
leaves its type, so that much is known of a file in spite of its mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gradc.budget import Budget, Exhausted, bounded
from gradc.diagnostics import Diagnostic, DiagnosticError
from gradc.elaborate.bindings import (
    Binding,
    Bound,
    ConstArray,
    Instance,
    ModuleScope,
    Scope,
    describe,
)
from gradc.elaborate.context import Context, Evaluator, Opener
from gradc.elaborate.file import elaborate_file
from gradc.elaborate.language import EVALUATORS, new_context
from gradc.ir.graph import Graph
from gradc.ir.node import Value
from gradc.ir.sizes import Poly
from gradc.ir.types import Type
from gradc.library.loader import StandardLibrary
from gradc.limits import MAX_NODES
from gradc.passes.derive import Deriver
from gradc.passes.warn import together, warn
from gradc.records import dataclass, field
from gradc.source import Source, Span
from gradc.syntax import tree
from gradc.syntax.characters import mask
from gradc.syntax.parser import collector_paused, parse_what_can_be, read_text

_TYPES = 3  # of one expression that are told, where a function is called with several


@dataclass(slots=True, eq=False)
class Reading:
    """A text as far as it can be read, and what is wrong with the rest."""

    source: Source
    module: tree.Module
    mistakes: tuple[Diagnostic, ...]
    is_whole: bool = True  # rather than too much of it


@dataclass(slots=True, eq=False)
class Analysis:
    """What is known of a text as far as it is understood."""

    diagnostics: tuple[Diagnostic, ...]
    graph: Graph | None = None  # where there is no mistake
    scope: Scope | None = None  # the names of the file, of statements without mistakes
    types: Mapping[tuple[str, int, int], list[str]] = field(default_factory=dict)

    def types_at(self, span: Span) -> list[str]:
        """The types that the expression in a stretch was found to have."""
        return self.types.get((span.source.name, span.start, span.end), [])

    def binding(self, name: str) -> Binding | None:
        """What a name of the file stands for."""
        if self.scope is None:
            return None
        found = self.scope.values.get(name)
        return self.scope.module.constants.get(name) if found is None else found


def read(name: str, text: str) -> Reading:
    """The tree of a text. Characters that are wrong are blanks in it."""
    text = _SURROGATE.sub("\ufffd", text)
    found: tuple[Diagnostic, ...] = ()
    try:
        source = read_text(name, text.encode())
    except DiagnosticError as failure:
        normal = text.removeprefix("\ufeff").replace("\r\n", "\n")
        source, found = Source(name, _ODD.sub(" ", normal)), failure.diagnostics
    try:
        with bounded(source):
            Budget(MAX_NODES).read(source, mask(source.text))
            module, mistakes = parse_what_can_be(source)
    except DiagnosticError as failure:
        return Reading(source, tree.Module(source, ()), failure.diagnostics, is_whole=False)
    return Reading(source, module, found or mistakes)


_SURROGATE = re.compile("[\ud800-\udfff]")
_ODD = re.compile("[^\x20-\x7e\r\n\t\u00b5\u0370-\u03ff\u1f00-\u1fff\u2126]")


def analyse(reading: Reading, library: StandardLibrary, imports: Opener) -> Analysis:
    """What can be said of a text; of one with mistakes in its syntax nothing else that is wrong.

    What is missing because of a mistake is no mistake of its own.
    """
    if not reading.is_whole:
        return Analysis(reading.mistakes)
    types: dict[tuple[str, int, int], list[str]] = {}
    module = ModuleScope(reading.source.name)
    context = new_context(library, module, imports, None, Budget(MAX_NODES), Deriver(library))
    context.evaluators = _recording(types)
    scope = Scope(module, top=True)
    try:
        with bounded(reading.source), collector_paused():
            graph, found = _elaborated(context, reading.module, scope)
    except DiagnosticError as failure:  # there is too much of it
        graph, found = None, failure.diagnostics
    except Exception:
        # A tree with mistakes may lack what elaboration takes for granted. What it got to is kept.
        if not reading.mistakes:
            raise
        graph, found = None, ()
    return Analysis(reading.mistakes or found, graph, scope, types)


def _elaborated(
    context: Context, module: tree.Module, scope: Scope
) -> tuple[Graph | None, tuple[Diagnostic, ...]]:
    """The graph, where there is one, and what is wrong or doubtful with it."""
    try:
        graph = elaborate_file(context, module, scope=scope)
    except DiagnosticError as failure:
        return None, failure.diagnostics
    except Exhausted as failure:
        return None, (*context.found.diagnostics, failure.diagnostic)
    return graph, together(context.found.diagnostics, warn(graph))


def _recording(types: dict[tuple[str, int, int], list[str]]) -> Mapping[type, Evaluator]:
    """The evaluators of the language, which leave the types of expressions behind."""

    def recorded(evaluator: Evaluator) -> Evaluator:
        def evaluate(context: Context, expr: tree.Expr, scope: Scope) -> Bound:
            bound = evaluator(context, expr, scope)
            if not scope.module.trusted and (text := told(bound)):
                span = expr.span
                known = types.setdefault((span.source.name, span.start, span.end), [])
                if text not in known and len(known) < _TYPES:
                    known.append(text)
            return bound

        return evaluate

    return {kind: recorded(evaluator) for kind, evaluator in EVALUATORS.items()}


def told(bound: object) -> str:
    """The type of a value, or what else something is; empty where that says nothing."""
    match bound:
        case Value():
            return str(bound.type)
        case ConstArray():
            return str(Type(bound.dtype, bound.shape))
        case Instance() if isinstance(bound.value, Value):
            return f"{bound.value.type}"
        case None | Poly():
            return ""
        case bool() | int() | float() | str():
            return describe(bound)
    return ""
