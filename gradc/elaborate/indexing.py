"""Indexing: `x[1:, ..., newaxis]` as one `index` node, and what picks by positions of run time.

Literal bounds are clamped as NumPy clamps them; bounds made of dimensions must lie within the
axis, which is checked when the module is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from gradc.diagnostics import DiagnosticError, error, plural
from gradc.elaborate.advice import from_one
from gradc.elaborate.advice import positions as within
from gradc.elaborate.apply import apply_named
from gradc.elaborate.bindings import Attribute, Bound, Scope, describe, is_number
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate, evaluate_known
from gradc.elaborate.found import NEW_AXIS
from gradc.elaborate.integers import made, whole
from gradc.elaborate.operands import as_value, stacked
from gradc.elaborate.order import used_names
from gradc.elaborate.picked import POSITIONS, Picked, pick, positions_of
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, Size
from gradc.ir.types import Check
from gradc.source import Span
from gradc.syntax import tree


def no_new_axis(span: Span) -> DiagnosticError:
    """`None` as an index, where it stands."""
    return error("E0304", f"{POSITIONS}, this is `{span.text}`", span, helps=[NEW_AXIS])


def evaluate_index(context: Context, expr: tree.Index, scope: Scope) -> Bound:
    for item in expr.items:
        is_none = isinstance(item, tree.Name | tree.Keyword) and item.span.text in ("None", "none")
        if is_none and item.span.text not in scope.values:
            raise no_new_axis(item.span)
    base = evaluate(context, expr.base, scope)
    if isinstance(base, tuple) and len(expr.items) == 1 and isinstance(expr.items[0], tree.Slice):
        return _slice_of_list(context, base, expr.items[0], scope)
    given = [evaluate(context, i, scope) if _is_position(i) else None for i in expr.items]
    if isinstance(base, tuple) and (_are_sizes(expr) or not _picks(given)):
        return _item(context, base, given, expr, scope)
    value = stacked(context, base, expr.base.span)
    entries, positions = _entries(context, value, expr, given, scope)
    place = expr.base.span
    result = value
    if any(e not in ((None, None, None), ...) for e in entries):
        attribute = tuple(entries)
        made = apply_named(context, "index", [value], [place], expr.span, entries=attribute)
        result = as_value(context, made, place)
    return pick(context, result, positions, expr, is_apart=_are_apart(expr))


def _picks(given: Sequence[Bound]) -> bool:
    """Whether an index of a list asks for the array that this makes, rather than for an item."""
    return len(given) != 1 or isinstance(given[0], Value | tuple)


def _are_sizes(expr: tree.Index) -> bool:
    return isinstance(expr.base, tree.Member) and expr.base.name.name == "shape"


def _is_position(item: tree.IndexItem) -> TypeGuard[tree.Expr]:
    return not isinstance(item, tree.Slice | tree.EllipsisItem | tree.NewAxis)


def _are_apart(expr: tree.Index) -> bool:
    """Whether something stands between the positions of an index; `...` does in any case."""
    places = [i for i, item in enumerate(expr.items) if _is_position(item)]
    return bool(places) and places[-1] - places[0] >= len(places)


def _slice_of_list(
    context: Context, items: tuple[Bound, ...], item: tree.Slice, scope: Scope
) -> Bound:
    bounds = [
        None if e is None else evaluate_known(context, e, scope, "a bound of this slice")
        for e in (item.start, item.stop, item.step)
    ]
    plain = [b for b in bounds if b is None or type(b) is int]
    if len(plain) == len(bounds) and plain[2] != 0:
        return items[plain[0] : plain[1] : plain[2]]
    raise error("E0304", "a list takes one integer or slice as an index", item.span)


def _item(
    context: Context,
    items: tuple[Bound, ...],
    given: Sequence[Bound],
    expr: tree.Index,
    scope: Scope,
) -> Bound:
    """Indexing a list at compile time: `x.shape[-1]`."""
    item, position = expr.items[0], given[0]
    if isinstance(position, Value):
        message = "an index into a list must be known at compile time"
        raise error("E0307", message, item.span, describe(position))
    if len(given) == 1 and isinstance(position, int) and not isinstance(position, bool):
        if -len(items) <= position < len(items):
            return items[position]
        if not scope.module.trusted and (failure := _no_size(context, expr, scope)) is not None:
            raise failure
        message = f"the index {position} is outside a list of {len(items)}"
        helps = _items(expr.base.span.text, len(items))
        raise error("E0304", message, item.span, helps=helps)
    parts = [item for item in expr.items if isinstance(item, tree.Binary | tree.Number)]
    helps = [text for part in parts for text in whole(part)]
    raise error("E0304", "a list takes one integer or slice as an index", expr.span, helps=helps)


def _no_size(context: Context, expr: tree.Index, scope: Scope) -> DiagnosticError | None:
    """`x.shape[1]`, where `x` has one axis: what `x` is, and where that is said."""
    if not isinstance(expr.base, tree.Member) or not _are_sizes(expr):
        return None
    array = expr.base.base
    value = evaluate(context, array, scope)
    if not isinstance(value, Value):
        return None
    from gradc.elaborate.fitting import declarations

    rank, text = value.type.rank, " ".join(array.span.text.split())
    here = " here" if context.builder.origin.calling is not None else ""
    axes = "no axes" if not rank else plural(rank, "axis", "axes") if rank > 1 else "one axis"
    size = expr.span.text
    message = f"`{text}` is {value.type}{here}: it has {axes}, and no `{size}`"
    last = [f"`{text}.shape[-1]` is the last one"] if rank == 1 else []
    known = last or (_items(f"{text}.shape", rank) if rank else [])
    helps = [*declarations([value], context.found), *known]
    return error("E0304", message, expr.items[0].span, helps=helps)


def _items(text: str, count: int) -> list[str]:
    """The items that a list has, such as the sizes of a shape."""
    if not count:
        return ["the list is empty"]
    known = " and ".join(f"`{text}[{i}]`" for i in dict.fromkeys((0, count - 1)))
    between = "there is" if count == 1 else "there are" if count == 2 else "from first to last:"
    return [f"{between} {known}"]


def _entries(
    context: Context, value: Value, expr: tree.Index, given: Sequence[Bound], scope: Scope
) -> tuple[list[Attribute], list[Picked]]:
    """The index in canonical form, one entry an axis, and the axes to pick from afterwards.

    An entry is an integer, a (start, stop, step), None for a new axis, or `...`; the ellipsis
    is dropped where it stands for nothing and kept to be printed otherwise.
    """
    used = sum(not isinstance(i, tree.EllipsisItem | tree.NewAxis) for i in expr.items)
    dots = [i for i in expr.items if isinstance(i, tree.EllipsisItem)]
    rank = value.type.rank
    if used > rank:
        helps = [_fewer(expr, rank)] if not dots else []
        raise error(
            "E0304", f"{plural(used, 'index', 'indices')} for {value.type}", expr.span, helps=helps
        )
    if len(dots) > 1:
        raise error("E0304", "an index has at most one `...`", dots[1].span)
    entries: list[Attribute] = []
    positions: list[Picked] = []
    axis = out = 0
    for item, position in zip(expr.items, given, strict=True):
        if isinstance(item, tree.EllipsisItem):
            axis += rank - used
            out += rank - used
            entries.append(...)
        elif isinstance(item, tree.NewAxis):
            out += 1
            entries.append(None)
        elif isinstance(item, tree.Slice):
            entries.append(_slice(context, item, value.type.shape[axis], scope))
            axis += 1
            out += 1
        else:
            if isinstance(position, Value | tuple):
                places = positions_of(context, position, item, expr, value.type.rank)
                positions.append(Picked(out, places, item.span))
                entries.append((None, None, None))
                out += 1
            else:
                last = f"{expr.base.span.text}[-1]" if len(expr.items) == 1 else "-1"
                size = value.type.shape[axis]
                entries.append(_integer(position, size, item, last))
            axis += 1
    return entries, positions


def _fewer(expr: tree.Index, rank: int) -> str:
    """The index with as many positions as there are axes."""
    base = expr.base.span.text
    if not rank:
        return f"a scalar has no positions: write `{base}`"
    kept = [item.span.text for item in expr.items if not isinstance(item, tree.NewAxis)][:rank]
    axes = "one axis" if rank == 1 else f"{rank} axes"
    return f"`{base}` has {axes}: `{base}[{', '.join(kept)}]`"


def _integer(position: Bound, size: Size, item: tree.Expr, last: str) -> int:
    if isinstance(position, Poly):
        behind = size - position
        helps = ["a slice of one element can: `x[n - 1 : n]`"]
        if isinstance(behind, int) and behind > 0:
            text = f"-{behind}".join(last.rsplit("-1", 1))
            helps = [f"positions count from the end, too: write `{text}`"]
        raise error(
            "E0304",
            "a position made of dimensions cannot be an index",
            item.span,
            helps=helps,
        )
    if isinstance(position, bool) or not isinstance(position, int):
        message = f"{POSITIONS}, this is {describe(position)}"
        labels, helps = made(item.span)
        if isinstance(position, float) and position.is_integer() and not helps:
            helps = [f"write `{int(position)}`"]
        raise error("E0304", message, item.span, "", labels, whole(item) or helps)
    if isinstance(size, int) and not -size <= position < size:
        message = f"the index {position} is outside an axis of {size}"
        name = last.removesuffix("[-1]")  # nothing but the sign where there are several positions
        helps = (position == size and from_one(name, item.span.source, size)) or within(size, last)
        raise error("E0304", message, item.span, helps=helps)
    return int(position)


_AT_RUN_TIME = (
    "a stretch of fixed length may begin anywhere: `take` at a place plus `arange` of its length",
)


def _slice(context: Context, item: tree.Slice, size: Size, scope: Scope) -> tuple[Size | None, ...]:
    bounds: list[Size | None] = []
    for part in (item.start, item.stop, item.step):
        if part is None:
            bounds.append(None)
            continue
        if isinstance(part, tree.Binary) and part.op == "/" and _is_of_sizes(part, scope):
            raise error("E0304", "a bound of a slice is an integer", part.span, helps=whole(part))
        bound = _known_bound(context, part, scope)
        if bound is None:
            bounds.append(None)
        elif isinstance(bound, bool) or not isinstance(bound, int | Poly):
            message = "a bound of a slice is an integer"
            labels, helps = made(part.span)
            raise error("E0304", message, part.span, describe(bound), labels, whole(part) or helps)
        else:
            if part is not item.step and not scope.module.trusted:
                _check_bound(bound, size, part)
            bounds.append(bound)
    step = bounds[2]
    if item.step is not None and step is not None and (isinstance(step, Poly) or step == 0):
        raise error("E0304", "the step of a slice is an integer other than 0", item.step.span)
    return tuple(bounds)


def _known_bound(context: Context, part: tree.Expr, scope: Scope) -> Bound:
    labels, helps = made(part.span) if isinstance(part, tree.Name) else ([], [])
    if not helps:
        return evaluate_known(context, part, scope, "a bound of a slice", _AT_RUN_TIME)
    bound = evaluate(context, part, scope)
    if isinstance(bound, Value):
        message = "a bound of a slice is an integer"
        raise error("E0304", message, part.span, describe(bound), labels, helps)
    return bound


def _is_of_sizes(expr: tree.Expr, scope: Scope) -> bool:
    """Whether an expression is made of free dimensions."""
    named = [name for name, _ in used_names(expr)]
    found = [scope.values.get(n, scope.module.constants.get(n)) for n in named]
    return any(isinstance(b, Poly) for b in found) and all(is_number(b) for b in found)


def _check_bound(bound: Size, size: Size, part: tree.Expr) -> None:
    """A bound lies within the axis; only those that are literals are clamped, as NumPy does."""
    number = part.operand if isinstance(part, tree.Unary) else part
    if isinstance(number, tree.Number):
        return
    far = -bound if isinstance(bound, int) and bound < 0 else bound
    outside = f"the slice bound {bound} lies outside an axis of {size}"
    if Check("at_most", far, size, outside).is_impossible:
        helps = [f"the axis ends at {size}: where no bound stands, a slice runs to its end"]
        raise error("E0304", outside, part.span, helps=helps)
