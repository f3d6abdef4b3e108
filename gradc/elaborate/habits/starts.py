"""Loops whose body would fit another start, or another axis: tried, and said where it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

from gradc.budget import Budget, Exhausted
from gradc.diagnostics import Diagnostic, DiagnosticError, Help, Label, Replacement
from gradc.elaborate.bindings import Scope
from gradc.elaborate.context import Context, Poisoned
from gradc.elaborate.fitting import declared_as
from gradc.elaborate.habits.carrying import EXCHANGED
from gradc.ir.loop import sliced_type
from gradc.ir.node import Value, Walked
from gradc.ir.sizes import Size, shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.records import dataclass, replace
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.characters import without_comment

Attempt: TypeAlias = Callable[[Sequence[Value], Sequence[Walked]], Sequence[Value]]
"""Elaborates the body from other initial values, along other axes: what is carried then."""

_SHAPES = ("E0302", "E0303", "E0304", "E0306")
_ATTEMPTS = 12
_NODES = 2_000  # of an attempt


@dataclass(frozen=True, slots=True)
class Begun:
    """A loop whose body is to be elaborated: from what, along what, and how that is tried."""

    context: Context
    scan: tree.Scan
    scope: Scope
    initial: Sequence[Value]
    walked: Sequence[Walked]
    attempt: Attempt


def better_start(begun: Begun, failure: DiagnosticError) -> DiagnosticError:
    """The failure of a body, or what makes it one: a start that is a number, the wrong axis."""
    first = failure.diagnostics[0]
    if first.code not in _SHAPES or len(failure.diagnostics) > 1 or begun.scope.module.trusted:
        return failure
    found = _other_axis(begun, first) or _other_start(begun, first) or _other_size(begun, first)
    return DiagnosticError([found]) if found else failure


def _other_axis(begun: Begun, first: Diagnostic) -> Diagnostic | None:
    """`over x_t in x`, where the steps lie along axis 1."""
    scan, walked = begun.scan, begun.walked
    if any(over.axis is not None for over in scan.over) or not walked:
        return None
    along = [_along(w, 1) for w in walked if w.whole.type.rank > 1]
    if len(along) < len(walked) or not _fits(begun, begun.initial, along):
        return None
    text = ", ".join(f"{o.target.name} in {o.sequence.span.text} axis 1" for o in scan.over)
    place = scan.over[0].target.span.to(scan.over[-1].sequence.span)
    told = f"the steps lie along axis 1: `over {text}`"
    return replace(first, helps=(Help(told, [Replacement(place, text)]),))


def _along(walked: Walked, axis: int) -> Walked:
    kind = sliced_type(walked.whole.type, axis)
    return Walked(Value(walked.parameter.name, kind, named=True), walked.whole, axis)


def _other_start(begun: Begun, first: Diagnostic) -> Diagnostic | None:
    """`scan h = 0`, where each step carries an array."""
    context, scan, scope = begun.context, begun.scan, begun.scope
    numbers = [isinstance(e, tree.Number) for e in scan.initial]
    dtype = context.like_others(scope)
    if not any(numbers):
        return None
    for shape in _candidates(begun):
        kind = Type(dtype or context.dtype_in(scope), shape)
        tried = [
            Value(v.name, kind) if is_number else v
            for v, is_number in zip(begun.initial, numbers, strict=True)
        ]
        if _fits(begun, tried, begun.walked):
            break
    else:
        return None
    stated = f', dtype="{dtype}"' if dtype else ""
    zeros = f"zeros({shape_text(shape)}{stated})"
    texts = [
        _array(e, zeros) if is_number else e.span.text
        for e, is_number in zip(scan.initial, numbers, strict=True)
    ]
    names = ", ".join(n.name for n in scan.carried)
    place = scan.initial[numbers.index(True)].span
    labels = [Label(first.span, "does not fit then")] if first.span is not None else []
    return Diagnostic(
        first.code,
        "each step carries an array, and this is a number",
        place,
        "",
        tuple(labels),
        (f"start from an array: `scan {names} = {', '.join(texts)}`",),
    )


def _array(number: tree.Expr, zeros: str) -> str:
    """An array of a number."""
    value = number.span.text
    return zeros if isinstance(number, tree.Number) and not number.value else f"{value} + {zeros}"


def _other_size(begun: Begun, first: Diagnostic) -> Diagnostic | None:
    """`scan h = h0`, where `h0` has another size than each step makes."""
    scan, initial = begun.scan, begun.initial
    if any(EXCHANGED in told for told in first.helps):
        return None  # another start would fit the mistake
    attempts = _ATTEMPTS
    for at, (name, expr, value) in enumerate(zip(scan.carried, scan.initial, initial, strict=True)):
        for other in _other_shapes(begun, value.type.shape):
            helps = resized(begun.context, expr, value, other)
            if not helps or not attempts:
                continue
            attempts -= 1
            tried = [*initial]
            tried[at] = Value(value.name, replace(value.type, shape=other))
            if _fits(begun, tried, begun.walked):
                starts = f"`{name.name}` starts as `{' '.join(expr.span.text.split())}`"
                labels = (*first.labels, Label(expr.span, f"`{name.name}` starts here"))
                told = f"{starts}, {value.type}: {helps[0]}"
                if isinstance(help_ := helps[0], Help):  # which knows its place
                    told = Help(told, help_.replacements)
                return replace(first, labels=labels, helps=(told,))
    return None


def _other_shapes(begun: Begun, shape: tuple[Size, ...]) -> Iterator[tuple[Size, ...]]:
    """The shape with two sizes exchanged, then with another size of the file along one axis."""
    for i, j in combinations(range(len(shape)), 2):
        other = [*shape]
        other[i], other[j] = shape[j], shape[i]
        if tuple(other) != shape:
            yield tuple(other)
    kinds = [v.type for v in begun.scope.values.values() if isinstance(v, Value)]
    sizes = list(dict.fromkeys(size for kind in kinds for size in reversed(kind.shape)))
    for axis in reversed(range(len(shape))):
        yield from ((*shape[:axis], s, *shape[axis + 1 :]) for s in sizes if s != shape[axis])


def resized(
    context: Context, expr: tree.Expr, value: Value, shape: Sequence[Size]
) -> Sequence[str]:
    """How a start, or a direction, gets this shape: where it is declared, or its list of sizes."""
    if isinstance(expr, tree.Call):
        listed = [a.value.span for a in expr.args if isinstance(a.value, tree.ListExpr)]
        text, start = expr.span.text, expr.span.start
        if len(listed) != 1:
            return ()
        before, behind = text[: listed[0].start - start], text[listed[0].end - start :]
        written = f"{before}{shape_text(shape)}{behind}"
        return (Help(f"write `{written}`", [Replacement(expr.span, written)]),)
    return declared_as(value, shape, context.found) or _made_so(expr, value, shape)


def _made_so(expr: tree.Expr, value: Value, shape: Sequence[Size]) -> Sequence[str]:
    """How a start that has a name gets this shape, where a line makes it of a list: `zeros`."""
    if not isinstance(expr, tree.Name):
        return ()
    made = pattern(rf"(?m)^{expr.name}[ \t]*=[ \t]*(?:zeros|ones|full)\((\[[^][\n]*\])")
    found = list(made.finditer(expr.span.source.text))
    if len(found) != 1 or found[0][1].count(",") + 1 != value.type.rank:
        return ()
    place = Span(expr.span.source, *found[0].span(1))
    head = " ".join(found[0][0][: -len(found[0][1])].split())
    line = expr.span.source.text[found[0].end() :].partition("\n")[0]
    written = f"{head}{shape_text(shape)}{without_comment(line).rstrip()}"
    return (Help(f"write `{written}`", [Replacement(place, shape_text(shape))]),)


def _candidates(begun: Begun) -> Iterator[tuple[Size, ...]]:
    """Shapes that each step may carry: those of the file's values, and a row of each element."""
    walked = begun.walked
    kinds = [
        v.type for v in begun.scope.values.values() if isinstance(v, Value) and v.type.is_float
    ]
    shapes = [k.shape for k in kinds if k.rank]
    rows = [w.parameter.type.shape[:-1] for w in walked if w.parameter.type.rank] or [()]
    sizes = dict.fromkeys(shape[-1] for shape in shapes)
    made: list[tuple[Size, ...]] = [w.parameter.type.shape for w in walked]
    made += [(*row, size) for row in rows for size in sizes]
    found = dict.fromkeys(shape for shape in (*made, *shapes) if shape)
    yield from list(found)[:_ATTEMPTS]


def _fits(begun: Begun, initial: Sequence[Value], walked: Sequence[Walked]) -> bool:
    """Whether a body goes on from these values, and carries what it started from."""
    context = begun.context
    outer, told = context.budget, list(context.found.diagnostics)
    context.budget = Budget(_NODES)
    try:
        carried = begun.attempt(initial, walked)
    except (DiagnosticError, Poisoned, Exhausted):
        return False
    finally:
        context.budget, context.found.diagnostics[:] = outer, told
    pairs = [(c.type.shape, i.type.shape) for c, i in zip(carried, initial, strict=True)]
    return all(c == i or (i and c[-len(i) :] == i) for c, i in pairs)
