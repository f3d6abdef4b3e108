"""Picking by positions of run time: `x[i]`, `x[ids]`, `x[:, i, j]`, as NumPy does."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.diagnostics import DiagnosticError, Help, Replacement, error
from gradc.elaborate.apply import apply_named
from gradc.elaborate.bindings import Bound
from gradc.elaborate.context import Context
from gradc.elaborate.fitting import as_integers
from gradc.elaborate.integers import made
from gradc.elaborate.operands import operand_type, stack_type, stacked
from gradc.ir.node import Value
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax import tree
from gradc.syntax.habits.enclosed import closing, unwrapped, wrapped

POSITIONS = "an index is an integer, an array of integers or a slice"


@dataclass(frozen=True, slots=True)
class Picked:
    """An axis, and the positions along it."""

    axis: int
    positions: Value
    span: Span


def positions_of(
    context: Context, bound: Bound, item: tree.Expr, expr: tree.Index, rank: int
) -> Value:
    """Integers, or an array of them; E0304 where they are none. `rank` is that of the array."""
    kind = stack_type(bound) or operand_type(bound)
    if kind is not None and kind.dtype not in ("i32", "i64") and kind.shape != (0,):
        raise _no_positions(context, bound, kind, item, expr, rank)
    return stacked(context, bound, item.span, "i64")


def _no_positions(
    context: Context, bound: Bound, kind: Type, item: tree.Expr, expr: tree.Index, rank: int
) -> DiagnosticError:
    text = " ".join(item.span.text.split())
    helps = []
    if kind.dtype == "bool":
        base = " ".join(expr.base.span.text.split())
        is_whole = len(expr.items) == 1 and rank == len(kind.shape)
        is_last = len(expr.items) == rank and item is expr.items[-1] and len(kind.shape) == 1
        chosen = base if is_whole or is_last else "…"
        if len(expr.items) == len(kind.shape) == 1 and rank == 2 and text[:1] != "[":
            text, chosen = f"{wrapped(text)}[:, newaxis]", base
        helps = [_chosen(expr, text, chosen, is_whole=is_whole)]
    elif kind.shape or (kind.is_float and "/" not in text):
        whole, start = expr.span.text, item.span.start - expr.span.start
        end = start + item.span.end - item.span.start
        inside = f'`{whole[:start]}astype({text}, "i64"){whole[end:]}`'
        helps = [*as_integers(bound, context.found), f"positions are integers: {inside}"]
    elif kind.is_float:
        inside = f'`astype({text}, "i64")`'
        helps = [f"`/` gives a float, `//` an integer; {inside} makes one of any number"]
    labels, behind = made(item.span) if kind.is_float and not kind.shape else ([], [])
    message = f"{POSITIONS}, this is {kind}"
    return error("E0304", message, item.span, "", labels, helps or behind)


_ENCLOSING = pattern(r"(?:^|(?<=[^\w.]))((?:[^\W\d]\w*\()+)$")


def _chosen(expr: tree.Index, condition: str, base: str, *, is_whole: bool) -> str:
    """What is said of elements that a condition picks: what stands for the others counts too.

    In a sum of some of each that is 0; a mean divides by how many there are.
    """
    text, span = expr.span.source.text, expr.span
    line = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    around = _ENCLOSING.search(line)
    functions = around[1].rstrip("(").split("(") if around else []
    at = next((i for i, f in enumerate(functions) if f in ("sum", "mean")), None)
    if at is None:
        return _kept(expr, line, condition, base)
    inner = functions[at + 1 :]
    closed = text[span.end :].startswith(")" * (len(inner) + 1))
    if closed and base != "…":
        value = f"{''.join(f'{f}(' for f in inner)}{unwrapped(base)}{')' * len(inner)}"
        total = f"sum(where({condition}, {value}, 0))"
        start = span.start - sum(len(f) + 1 for f in functions[at:])
        whole = Span(span.source, start, span.end + len(inner) + 1)
        if functions[at] == "sum":
            return Help(f"`where` chooses by a condition: `{total}`", [Replacement(whole, total)])
        if is_whole:
            mean = f"{total} / sum({condition})"
            return Help(f"`where` chooses by a condition: `{mean}`", [Replacement(whole, mean)])
    if base != "…" and is_whole and (all_of := _around(expr, condition, base, functions[at])):
        return all_of
    if functions[at] == "sum":
        return f"`where({condition}, …, 0)` around what is summed chooses by a condition"
    return "`where` chooses by a condition; a mean counts what it leaves out"


def _around(expr: tree.Index, condition: str, base: str, function: str) -> Help | None:
    """The sum or the mean of a formula in which elements are picked, of those alone."""
    text, span = expr.span.source.text, expr.span
    opening = text.rindex(f"{function}(", 0, span.start) + len(function)
    end = closing(text, opening)
    if end is None:
        return None
    before, behind = text[opening + 1 : span.start], text[span.end : end]
    if pattern(r"\w\(|,|@").search(before + behind):
        return None  # another reduction, or an axis
    value = " ".join(f"{before}{base}{behind}".split())
    total = f"sum(where({condition}, {value}, 0))"
    total += f" / sum({condition})" if function == "mean" else ""
    place = Span(span.source, opening - len(function), end + 1)
    return Help(f"`where` chooses by a condition: `{total}`", [Replacement(place, total)])


def _kept(expr: tree.Index, line: str, condition: str, base: str) -> str:
    """What is said where the elements are bound to a name, or are part of a formula."""
    base = unwrapped(base)
    told = f"`where({condition}, {base}, 0)` keeps the size, with 0 for the others"
    bound = pattern(r"^\s*(\w+)\s*=\s*$").match(line)
    name = bound[1] if bound else ""
    below = expr.span.source.text[expr.span.end :]
    averaged = pattern(rf"\bmean\(([^()]*\b{name}\b[^()]*)\)").search(below) if name else None
    if averaged is None and not pattern(r"\bmean\(").search(line):
        return told
    value = averaged[1] if averaged and "," not in averaged[1] else "…"
    return (
        f"{told}; a mean of the chosen is `sum(where({condition}, {value}, 0)) / sum({condition})`"
    )


def pick(
    context: Context, x: Value, picked: Sequence[Picked], expr: tree.Index, *, is_apart: bool
) -> Bound:
    """What stands at the positions, which broadcast against each other.

    Their axes give way to the common shape of the positions: where they were, or as the first
    ones where the positions stand apart in the index.
    """
    place = expr.base.span
    result: Bound = x
    if not any(p.positions.type.shape for p in picked):
        for p in reversed(picked):
            operands, spans = [result, p.positions], [place, p.span]
            result = apply_named(context, "take", operands, spans, expr.span, axis=p.axis)
        return result
    axes = [p.axis for p in picked]
    first = axes[0]
    if is_apart and axes != [*range(len(axes))]:
        first = 0
        order = (*axes, *(a for a in range(x.type.rank) if a not in axes))
        result = apply_named(context, "transpose", [x], [place], expr.span, axes=order)
    operands, spans = [result, *(p.positions for p in picked)], [place, *(p.span for p in picked)]
    if len(picked) == 1:
        return apply_named(context, "take", operands, spans, expr.span, axis=first)
    whole = ((None, None, None),) * first
    return apply_named(context, "pick_at", operands, spans, expr.span, before=whole)
