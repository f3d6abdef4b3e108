"""Indexing: `x[1:, ..., newaxis]` as one `index` node, and `take` for positions known at run time.

Literal bounds are clamped as NumPy clamps them; bounds made of dimensions must lie within the
axis, which is checked when the module is called.
"""

from __future__ import annotations

from gradc.diagnostics import error
from gradc.elaborate.advice import positions
from gradc.elaborate.apply import apply_named
from gradc.elaborate.bindings import Attribute, Bound, Scope, describe
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate, evaluate_known
from gradc.elaborate.operands import as_value
from gradc.ir.node import Value
from gradc.ir.sizes import Poly, Size
from gradc.ir.types import Check
from gradc.source import Span
from gradc.syntax import tree

_ADVANCED = "`take(x, indices, axis=…)` picks by an array of positions"


def evaluate_index(context: Context, expr: tree.Index, scope: Scope) -> Bound:
    base = evaluate(context, expr.base, scope)
    if isinstance(base, tuple):
        return _item(context, base, expr, scope)
    value = as_value(context, base, expr.base.span)
    entries, runtime = _entries(context, value, expr, scope)
    place = expr.base.span
    result: Bound = value
    if any(e not in ((None, None, None), ...) for e in entries):
        attribute = tuple(entries)
        result = apply_named(context, "index", [value], [place], expr.span, entries=attribute)
    for axis, position, span in reversed(runtime):
        arguments, spans = [result, position], [place, span]
        result = apply_named(context, "take", arguments, spans, expr.span, axis=axis)
    return result


def _item(context: Context, items: tuple[Bound, ...], expr: tree.Index, scope: Scope) -> Bound:
    """Indexing a list at compile time: `x.shape[-1]`."""
    if len(expr.items) == 1:
        item = expr.items[0]
        if isinstance(item, tree.Slice):
            bounds = [
                None if e is None else evaluate_known(context, e, scope, "a bound of this slice")
                for e in (item.start, item.stop, item.step)
            ]
            plain = [b for b in bounds if b is None or type(b) is int]
            if len(plain) == len(bounds) and plain[2] != 0:
                return items[plain[0] : plain[1] : plain[2]]
        elif not isinstance(item, tree.EllipsisItem | tree.NewAxis):
            position = evaluate_known(context, item, scope, "an index into a list")
            if isinstance(position, int) and not isinstance(position, bool):
                if -len(items) <= position < len(items):
                    return items[position]
                message = f"the index {position} is outside a list of {len(items)}"
                helps = _items(expr.base.span.text, len(items))
                raise error("E0304", message, item.span, helps=helps)
    raise error("E0304", "a list takes one integer or slice as an index", expr.span)


def _items(text: str, count: int) -> list[str]:
    """The items that a list has, such as the sizes of a shape."""
    if not count:
        return ["the list is empty"]
    known = " and ".join(f"`{text}[{i}]`" for i in dict.fromkeys((0, count - 1)))
    between = "there is" if count == 1 else "there are" if count == 2 else "from first to last:"
    return [f"{between} {known}"]


def _entries(
    context: Context, value: Value, expr: tree.Index, scope: Scope
) -> tuple[list[Attribute], list[tuple[int, Value, Span]]]:
    """The index in canonical form, one entry an axis, and the axes to `take` afterwards.

    An entry is an integer, a (start, stop, step), None for a new axis, or `...`; the ellipsis
    is dropped where it stands for nothing and kept to be printed otherwise.
    """
    for item in expr.items:
        if isinstance(item, tree.Name | tree.Keyword) and item.span.text in ("None", "none"):
            message = f"an index is an integer or a slice, this is `{item.span.text}`"
            raise error("E0304", message, item.span, helps=["a new axis is `newaxis`"])
    if (picked := _picked(expr)) and value.type.rank > 1:
        message = "an index is an integer or a slice, this is an array of positions"
        helps = [f"one of each row is picked so: `{picked}`"]
        raise error("E0304", message, expr.items[0].span, helps=helps)
    used = sum(not isinstance(i, tree.EllipsisItem | tree.NewAxis) for i in expr.items)
    dots = [i for i in expr.items if isinstance(i, tree.EllipsisItem)]
    rank = value.type.rank
    if used > rank:
        helps = [_fewer(expr, rank)] if not dots else []
        raise error("E0304", f"{used} indices for {value.type}", expr.span, helps=helps)
    if len(dots) > 1:
        raise error("E0304", "an index has at most one `...`", dots[1].span)
    entries: list[Attribute] = []
    runtime: list[tuple[int, Value, Span]] = []
    axis = out = 0
    for item in expr.items:
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
            position = evaluate(context, item, scope)
            if isinstance(position, Value):
                _check_position(position, item, expr)
                runtime.append((out, position, item.span))
                entries.append((None, None, None))
                out += 1
            else:
                last = f"{expr.base.span.text}[-1]" if len(expr.items) == 1 else "-1"
                entries.append(_integer(position, value.type.shape[axis], item, last))
            axis += 1
    return entries, runtime


def _fewer(expr: tree.Index, rank: int) -> str:
    """The index with as many positions as there are axes."""
    base = expr.base.span.text
    if not rank:
        return f"a scalar has no positions: write `{base}`"
    kept = [item.span.text for item in expr.items if not isinstance(item, tree.NewAxis)][:rank]
    axes = "one axis" if rank == 1 else f"{rank} axes"
    return f"`{base}` has {axes}: `{base}[{', '.join(kept)}]`"


def _picked(expr: tree.Index) -> str | None:
    """What is meant by `z[arange(B), t]`."""
    if len(expr.items) < 2:
        return None
    rows, columns = expr.items[:2]
    if not isinstance(rows, tree.Call) or isinstance(columns, tree.Slice | tree.NewAxis):
        return None
    if rows.callee.span.text.rpartition(".")[2] not in ("arange", "range"):
        return None
    base, text = (" ".join(part.span.text.split()) for part in (expr.base, columns))
    return f"take_along_axis({base}, {text}[:, newaxis], axis=1)"


def _check_position(position: Value, item: tree.Expr, expr: tree.Index) -> None:
    kind = position.type
    if kind.dtype in ("i32", "i64") and not kind.shape:
        return
    helps = [_ADVANCED] if kind.shape else []
    if kind.shape and kind.dtype != "bool" and len(expr.items) == 1:
        base, text = (" ".join(part.span.text.split()) for part in (expr.base, item))
        given = f'astype({text}, "i64")' if kind.is_float else text
        helps = [f"an array of positions picks so: `take({base}, {given}, axis=0)`"]
    if kind.dtype == "bool":
        helps = [f"`where({item.span.text}, …, 0)` chooses by a condition"]
    elif kind.is_float and not kind.shape:
        inside = f'`astype({item.span.text}, "i64")`'
        helps = [f"`/` gives a float, `//` an integer; {inside} makes one of any number"]
    message = f"an index is an integer or a slice, this is {kind}"
    raise error("E0304", message, item.span, helps=helps)


def _integer(position: Bound, size: Size, item: tree.Expr, last: str) -> int:
    if isinstance(position, Poly):
        raise error(
            "E0304",
            "a position made of dimensions cannot be an index",
            item.span,
            helps=["a slice of one element can: `x[n - 1 : n]`"],
        )
    if isinstance(position, bool) or not isinstance(position, int):
        helps = [_ADVANCED] if isinstance(position, tuple) else []
        message = f"an index is an integer or a slice, this is {describe(position)}"
        raise error("E0304", message, item.span, helps=helps)
    if isinstance(size, int) and not -size <= position < size:
        message = f"the index {position} is outside an axis of {size}"
        raise error("E0304", message, item.span, helps=positions(size, last))
    return int(position)


def _slice(context: Context, item: tree.Slice, size: Size, scope: Scope) -> tuple[Size | None, ...]:
    bounds: list[Size | None] = []
    for part in (item.start, item.stop, item.step):
        if part is None:
            bounds.append(None)
            continue
        bound = evaluate_known(context, part, scope, "a bound of a slice")
        if bound is None:
            bounds.append(None)
        elif isinstance(bound, bool) or not isinstance(bound, int | Poly):
            raise error("E0304", "a bound of a slice is an integer", part.span, describe(bound))
        else:
            if part is not item.step and not scope.module.trusted:
                _check_bound(bound, size, part)
            bounds.append(bound)
    step = bounds[2]
    if item.step is not None and step is not None and (isinstance(step, Poly) or step == 0):
        raise error("E0304", "the step of a slice is an integer other than 0", item.step.span)
    return tuple(bounds)


def _check_bound(bound: Size, size: Size, part: tree.Expr) -> None:
    """A bound lies within the axis; only those that are literals are clamped, as NumPy does."""
    number = part.operand if isinstance(part, tree.Unary) else part
    if isinstance(number, tree.Number):
        return
    far = -bound if isinstance(bound, int) and bound < 0 else bound
    outside = f"the slice bound {bound} lies outside an axis of {size}"
    if Check("at_most", far, size, outside).is_impossible:
        raise error("E0304", outside, part.span)
