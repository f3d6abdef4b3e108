"""What else a statement reads that stands for nothing, where it failed before it came to that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.diagnostics import Diagnostic
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.callees import foreign_part
from gradc.elaborate.indexing import no_new_axis
from gradc.elaborate.names import is_known, unknown_name
from gradc.elaborate.order import subtrees, used_names
from gradc.syntax import tree

_WORDS = frozenset({"None", "null", "nil"})
"""What stands for nothing elsewhere; what is meant depends on where it stands."""


def also_unknown(context: Context, statement: tree.Statement, scope: Scope) -> Iterator[Diagnostic]:
    """The unknown names of a statement that failed before it came to them."""
    told = _told(context.found.diagnostics)
    parts: object = statement
    if isinstance(statement, tree.ParamDecl) and statement.initialiser is not None:
        drawn = statement.initialiser
        parts = (statement.type, drawn.args if isinstance(drawn, tree.Call) else ())
    told |= _inside(context.found.diagnostics, parts)
    for part in subtrees(parts):
        if isinstance(part, tree.Call | tree.Member) and part.span.start not in told:
            failure = foreign_part(context, part, scope)
            if failure is not None:
                yield from failure.diagnostics
                told |= _told(failure.diagnostics) | _inside(failure.diagnostics, parts)
    indices = {i.span.start for p in subtrees(parts) if isinstance(p, tree.Index) for i in p.items}
    at = statement.span
    words = {
        d.span.text
        for d in context.found.diagnostics
        if d.span is not None and at.start <= d.span.start < at.end
    }
    for name, span in used_names(parts):
        if name in _WORDS and span.start in indices:
            if span.start not in told:
                yield from no_new_axis(span).diagnostics
            continue
        if name in words and name in _WORDS:
            continue  # what was said of the first holds of the others
        if span.start not in told and not is_known(context, name, scope):
            yield from unknown_name(context, name, span, scope).diagnostics


_OF_CALLS = ("E0203", "E0206", "E0209")


def _inside(diagnostics: Sequence[Diagnostic], parts: object) -> set[int]:
    """The places within calls that are wrong as a whole: of those one thing is said."""
    wrong = {(d.span.start, d.span.end) for d in diagnostics if d.span and d.code in _OF_CALLS}
    wrong |= {
        (d.span.start, d.span.end)
        for d in diagnostics
        if d.span and d.code == "E0305" and " takes the array first" in d.message
    }
    covered = set[int]()
    for call in subtrees(parts):
        if not isinstance(call, tree.Call):
            continue
        own = [call.span, call.callee.span, *(a.span for a in call.args)]
        own += [a.keyword.span for a in call.args if a.keyword is not None]
        if not wrong.isdisjoint((s.start, s.end) for s in own):
            covered.update(range(call.span.start, call.span.end))
    return covered


def _told(diagnostics: Sequence[Diagnostic]) -> set[int]:
    """The places of which something has been said; all of a stretch that is said otherwise."""
    told: set[int] = set()
    for d in diagnostics:
        spans = [s for s in (d.span, *(label.span for label in d.labels)) if s is not None]
        told.update(span.start for span in spans)
        if d.span is not None and d.code in ("E0201", "E0203", "E0305"):
            told.update(range(d.span.start, d.span.end))
    return told
