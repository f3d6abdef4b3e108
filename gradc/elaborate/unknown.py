"""What is read and stands for nothing, where elaboration does not come to it.

In a statement that failed before, and in the body of a function that nothing calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradc.diagnostics import Diagnostic
from gradc.elaborate.bindings import POISON, ModuleScope, Scope
from gradc.elaborate.context import Context
from gradc.elaborate.habits.callees import foreign_part, prefixed
from gradc.elaborate.habits.uncarried import strange_names, uncarried
from gradc.elaborate.indexing import no_new_axis
from gradc.elaborate.names import is_known, is_prefixed, unknown_name
from gradc.elaborate.order import bound_names, subtrees, used_names
from gradc.records import replace
from gradc.syntax import tree

_WORDS = frozenset({"None", "null", "nil"})
"""What stands for nothing elsewhere; what is meant depends on where it stands."""


def also_unknown(context: Context, statement: tree.Statement, scope: Scope) -> Iterator[Diagnostic]:
    """The unknown names of a statement that failed before it came to them."""
    told = _told(context.found.diagnostics)
    parts = _read_in(statement)
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
    declared = {s.name.name for s in getattr(statement, "body", ()) if _declares(s)}
    declared |= strange_names(statement)
    for name, span in used_names(parts):
        if name in declared:
            continue  # its line is told
        if name in _WORDS and span.start in indices:
            if span.start not in told:
                yield from no_new_axis(span).diagnostics
            continue
        if name in words and name in _WORDS:
            continue  # what was said of the first holds of the others
        if span.start not in told and not is_known(context, name, scope):
            yield from unknown_name(context, name, span, scope).diagnostics
    yield from _slips(context, parts, scope)


def _slips(context: Context, parts: object, scope: Scope) -> Iterator[Diagnostic]:
    """Names that are near to others, among the arguments of calls of what there is not.

    Other unknown names there may be words of the system that the call is from.
    """
    wrong = [d for d in context.found.diagnostics if d.code in ("E0201", "E0203")]
    told = {d.span.start for d in context.found.diagnostics if d.span is not None}
    starts = {d.span.start for d in wrong if d.span is not None}
    for call in subtrees(parts):
        if not isinstance(call, tree.Call) or call.callee.span.start not in starts:
            continue
        given = [a.value for a in call.args if a.keyword is None]
        for name, span in used_names(given):
            is_path = span.source.text[span.end : span.end + 1] == "."
            if span.start in told or is_path or is_known(context, name, scope):
                continue
            told.add(span.start)
            failure = unknown_name(context, name, span, scope)
            if any("did you mean" in h for d in failure.diagnostics for h in d.helps):
                yield from failure.diagnostics


def unknown_in_bodies(
    context: Context, statements: Sequence[tree.Statement], module: ModuleScope
) -> Iterator[Diagnostic]:
    """The unknown names in the bodies of a file's functions, layers and rules, called or not.

    Where a call came upon a mistake in a body, no more is said of that. The branches of a `where`,
    and what stands behind `and` and `or`, are left to calls: of those some are not looked at.
    """
    told = [d.span.start for d in context.found.diagnostics if d.span and d.is_error]
    for statement in statements:
        if not isinstance(statement, tree.FnDef | tree.VjpDef):
            continue
        function = module.functions.get(statement.name.name)
        is_told = any(statement.span.start <= start < statement.span.end for start in told)
        if function is None or function.broken or is_told:
            continue
        parts = [_read_in(inner) for inner in statement.body]
        if isinstance(statement, tree.FnDef):
            parts += [p.default for p in statement.parameters]
        names = {*_bound_in(statement), *strange_names(statement.body)}
        scope = Scope(module, dict.fromkeys(names, POISON))
        context.active.append(function)
        found = [(d.span.start, d) for d in _unknown_in(context, parts, scope) if d.span]
        context.active.pop()
        given = [p if isinstance(p, tree.Identifier) else p.name for p in statement.parameters]
        bound = {n.name for n in (*given, *(n for s in statement.body for n in bound_names(s)))}
        for part in subtrees(statement.body):
            if isinstance(part, tree.Scan):
                strange = uncarried(part, bound.__contains__)
                found += [(d.span.start, d) for d in strange if d.span]
        yield from (d for _, d in sorted(found, key=lambda pair: pair[0]))


def _read_in(statement: tree.Statement) -> object:
    """The parts of a statement that read names: an initialiser is none."""
    if isinstance(statement, tree.ParamDecl) and statement.initialiser is not None:
        drawn = statement.initialiser
        return statement.type, drawn.args if isinstance(drawn, tree.Call) else ()
    if isinstance(statement, tree.Scan):
        return replace(statement, body=tuple(s for s in statement.body if not _declares(s)))
    return statement


def _declares(statement: tree.Statement) -> bool:
    """Whether a statement cannot stand in a loop since it declares something."""
    return isinstance(statement, tree.ParamDecl | tree.StateDecl | tree.InputDecl | tree.ConstDecl)


def _bound_in(definition: tree.FnDef | tree.VjpDef) -> Iterator[str]:
    """All names that a definition binds somewhere, dimensions in types included."""
    if isinstance(definition, tree.FnDef):
        yield from (p.name.name for p in definition.parameters)
        types = [p.type for p in definition.parameters]
    else:
        given = (definition.parameters, definition.results, definition.cotangents)
        yield from (n.name for names in given for n in names)
        types = []
    for part in subtrees(definition.body):
        if isinstance(part, tree.Scan):
            yield from (n.name for n in (*part.carried, *(o.target for o in part.over)))
        if isinstance(part, tree.Target):
            types.append(part.type)
        yield from (n.name for n in bound_names(part))
    yield from (name for name, _ in used_names(types))


def _unknown_in(context: Context, part: object, scope: Scope) -> Iterator[Diagnostic]:
    """What stands for nothing in a part of a body, whatever the body is called with."""
    covered: set[int] = set()
    for item in subtrees(part):
        failure = None
        if isinstance(item, tree.Call) and isinstance(item.callee, tree.Name):
            failure = foreign_part(context, item, scope)
            if item.callee.name == "where":
                for branch in item.args[1:]:
                    covered.update(range(branch.value.span.start, branch.value.span.end))
        elif isinstance(item, tree.Binary) and item.op in ("and", "or"):
            covered.update(range(item.right.span.start, item.right.span.end))
        elif isinstance(item, tree.Call | tree.Member):
            path = item.callee if isinstance(item, tree.Call) else item
            if is_prefixed(context, path, scope):
                failure = prefixed(context, item, scope)
        if failure is not None and item.span.start not in covered:
            yield from failure.diagnostics
            covered.update(range(item.span.start, item.span.end))
    for name, span in used_names(part):
        known = name.startswith("next ") or is_known(context, name, scope)
        if not known and span.start not in covered:
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
