"""Indexing: `x[1:, ..., None]` as one `index` node, and `take` for positions known at run time.

Literal bounds are clamped as NumPy clamps them; bounds made of dimensions must lie within the
axis, which is checked when the module is called.
"""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import error
from gradc.ir.graph import Value
from gradc.ir.sizes import Poly
from gradc.passes.elaborate.bindings import Bound, Scope, describe
from gradc.passes.elaborate.expressions import Expressions
from gradc.syntax import tree

_ADVANCED = "`take(x, indices, axis=…)` picks by an array of positions"


class Indexing(Expressions):
    """Evaluates `base[items]`."""

    def _index(self, expr: tree.Index, scope: Scope) -> Bound:
        base = self.evaluate(expr.base, scope)
        if isinstance(base, tuple):
            return self._item(base, expr, scope)
        value = self.as_value(base, expr.base.span)
        entries, runtime = self._entries(value, expr, scope)
        spans = [expr.base.span]
        result: Any = value
        if any(e not in ((None, None, None), ...) for e in entries):
            result = self.emit_operation("index", [value], spans, expr.span, entries=tuple(entries))
        for axis, position, span in reversed(runtime):
            result = self.emit_operation(
                "take", [result, position], [expr.base.span, span], expr.span, axis=axis
            )
        return result

    def _item(self, items: tuple[Any, ...], expr: tree.Index, scope: Scope) -> Bound:
        """Indexing a list at compile time: `x.shape[-1]`."""
        if len(expr.items) == 1:
            item = expr.items[0]
            if isinstance(item, tree.Slice):
                bounds = [
                    None if e is None else self.evaluate_known(e, scope, "a bound of this slice")
                    for e in (item.start, item.stop, item.step)
                ]
                if all(b is None or type(b) is int for b in bounds) and bounds[2] != 0:
                    return items[slice(*bounds)]
            elif not isinstance(item, tree.EllipsisItem | tree.NewAxis):
                position = self.evaluate_known(item, scope, "an index into a list")
                if isinstance(position, int) and not isinstance(position, bool):
                    if -len(items) <= position < len(items):
                        return items[position]
                    raise error(
                        "E0304",
                        f"the index {position} is outside a list of {len(items)}",
                        item.span,
                    )
        raise error("E0304", "a list takes one integer or slice as an index", expr.span)

    def _entries(
        self, value: Value, expr: tree.Index, scope: Scope
    ) -> tuple[list[Any], list[tuple[int, Value, Any]]]:
        """The index in canonical form, one entry an axis, and the axes to `take` afterwards.

        An entry is an integer, a (start, stop, step), None for a new axis, or `...`; the ellipsis
        is dropped where it stands for nothing and kept to be printed otherwise.
        """
        used = sum(not isinstance(i, tree.EllipsisItem | tree.NewAxis) for i in expr.items)
        dots = [i for i in expr.items if isinstance(i, tree.EllipsisItem)]
        rank = value.type.rank
        if used > rank:
            raise error("E0304", f"{used} indices for {value.type}", expr.span)
        if len(dots) > 1:
            raise error("E0304", "an index has at most one `...`", dots[1].span)
        entries: list[Any] = []
        runtime: list[tuple[int, Value, Any]] = []
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
                entries.append(self._slice(item, scope))
                axis += 1
                out += 1
            else:
                position = self.evaluate(item, scope)
                if isinstance(position, Value):
                    self._check_position(position, item)
                    runtime.append((out, position, item.span))
                    entries.append((None, None, None))
                    out += 1
                else:
                    entries.append(self._integer(position, value, axis, item))
                axis += 1
        return entries, runtime

    def _check_position(self, position: Value, item: tree.Expr) -> None:
        kind = position.type
        if kind.dtype in ("i32", "i64") and not kind.shape:
            return
        helps = [_ADVANCED] if kind.shape else []
        raise error(
            "E0304", f"an index is an integer or a slice, this is {kind}", item.span, helps=helps
        )

    def _integer(self, position: Any, value: Value, axis: int, item: tree.Expr) -> Any:
        if isinstance(position, Poly):
            raise error(
                "E0304",
                "a position made of dimensions cannot be an index",
                item.span,
                helps=["a slice of one element can: `x[n - 1 : n]`"],
            )
        if isinstance(position, bool) or not isinstance(position, int):
            helps = [_ADVANCED] if isinstance(position, tuple) else []
            raise error(
                "E0304",
                f"an index is an integer or a slice, this is {describe(position)}",
                item.span,
                helps=helps,
            )
        size = value.type.shape[axis]
        if isinstance(size, int) and not -size <= position < size:
            raise error("E0304", f"the index {position} is outside an axis of {size}", item.span)
        return int(position)

    def _slice(self, item: tree.Slice, scope: Scope) -> tuple[Any, Any, Any]:
        bounds: list[Any] = []
        for part in (item.start, item.stop, item.step):
            if part is None:
                bounds.append(None)
                continue
            bound = self.evaluate_known(part, scope, "a bound of a slice")
            if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int | Poly)):
                raise error("E0304", "a bound of a slice is an integer", part.span, describe(bound))
            bounds.append(bound)
        step = bounds[2]
        if item.step is not None and step is not None and (isinstance(step, Poly) or step == 0):
            raise error("E0304", "the step of a slice is an integer other than 0", item.step.span)
        return bounds[0], bounds[1], step

    _EVALUATORS = {**Expressions._EVALUATORS, tree.Index: _index}
