"""Stated types: sizes as expressions, and patterns whose free names are bound by what they meet."""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import Label, error
from gradc.ir.graph import Value
from gradc.ir.sizes import Poly, Size, shape_text
from gradc.ir.types import Type
from gradc.passes.elaborate.bindings import POISON, Bound, Scope, describe
from gradc.passes.elaborate.expressions import Poisoned
from gradc.passes.elaborate.members import Members
from gradc.source import Span
from gradc.syntax import tree

REST = "..."
"""The name under which a scope keeps the sizes that `...` stands for."""


class Patterns(Members):
    """Matches types against stated ones and evaluates the sizes of declarations."""

    def size(self, expr: tree.Expr, scope: Scope) -> Size:
        """A size of a declaration."""
        bound = self.evaluate(expr, scope)
        if isinstance(bound, bool) or not isinstance(bound, int | Poly):
            raise error(
                "E0307", "a size is an integer or made of dimensions", expr.span, describe(bound)
            )
        if isinstance(bound, int) and bound < 0:
            raise error("E0306", f"a size cannot be negative: {bound}", expr.span)
        return int(bound) if isinstance(bound, int) else bound

    def shape(self, stated: tree.TypeExpr | None, scope: Scope) -> tuple[Size, ...]:
        """The shape of a declaration; `[]` and a missing one are a scalar's."""
        sizes: list[Size] = []
        for item in stated.sizes or () if stated else ():
            if isinstance(item, tree.EllipsisItem):
                if scope.values.get(REST) is None:
                    raise error("E0306", "`...` stands in patterns of functions only", item.span)
                sizes += scope.values[REST]
            else:
                sizes.append(self.size(item, scope))
        return tuple(sizes)

    def match(
        self,
        stated: tree.TypeExpr,
        bound: Bound,
        scope: Scope,
        span: Span,
        *,
        bind: bool,
        what: str,
    ) -> None:
        """Checks a binding against a stated type; with `bind`, free names of sizes are bound."""
        found = self.operand_type(bound)
        if found is None:
            raise error("E0305", f"{what} is {describe(bound)}, not {stated.span.text}", span)
        if stated.dtype is not None and not _same_element(stated.dtype, found):
            raise error(
                "E0305",
                f"{what} is {found}, not {stated.span.text}",
                span,
                str(found),
                [Label(stated.span, "stated here")],
                ["`astype(x, …)` converts"],
            )
        if stated.sizes is not None:
            self._match_sizes(stated, found, scope, span, bind, what)

    def _match_sizes(
        self, stated: tree.TypeExpr, found: Type, scope: Scope, span: Span, bind: bool, what: str
    ) -> None:
        assert stated.sizes is not None
        dots = [i for i, s in enumerate(stated.sizes) if isinstance(s, tree.EllipsisItem)]
        fixed = len(stated.sizes) - len(dots)
        if len(dots) > 1:
            raise error("E0306", "a type has at most one `...`", stated.sizes[dots[1]].span)
        if found.rank < fixed or (not dots and found.rank != fixed):
            self._disagree(stated, found, span, what)
        pairs: list[tuple[tree.Expr, Size]] = []
        position = 0
        for item in stated.sizes:
            if isinstance(item, tree.EllipsisItem):
                rest = found.shape[position : position + found.rank - fixed]
                position += len(rest)
                if scope.values.setdefault(REST, rest) != rest:
                    raise error(
                        "E0306",
                        f"`...` is {shape_text(scope.values[REST])} here,"
                        f" {what} has {shape_text(rest)}",
                        span,
                        str(found),
                        [Label(stated.span, "stated here")],
                    )
            else:
                pairs.append((item, found.shape[position]))
                position += 1
        # Names first: expressions may be made of them, whatever the order.
        for item, size in pairs:
            if bind and isinstance(item, tree.Name) and not self._is_bound(item.name, scope):
                scope.values[item.name] = size
        for item, size in pairs:
            if self.size(item, scope) != size:
                self._disagree(stated, found, span, what, item, size, scope)

    def _is_bound(self, name: str, scope: Scope) -> bool:
        try:
            bound: Any = scope.find(name)
        except KeyError:
            return False
        if bound is POISON:
            raise Poisoned
        return not isinstance(bound, Value)

    def _disagree(
        self,
        stated: tree.TypeExpr,
        found: Type,
        span: Span,
        what: str,
        item: tree.Expr | None = None,
        size: Size = 0,
        scope: Scope | None = None,
    ) -> None:
        why = ""
        if item is not None and scope is not None:
            meant = self.size(item, scope)
            why = f": `{item.span.text}` is {meant}, not {size}"
        raise error(
            "E0306",
            f"{what} is {found}, not {stated.span.text}{why}",
            span,
            str(found),
            [Label(stated.span, "stated here")],
        )


def _same_element(stated: str, found: Type) -> bool:
    if not found.weak:
        return stated == found.dtype
    kinds = {"bool": 0, "i32": 1, "i64": 1, "f32": 2, "f64": 2}
    return kinds[found.dtype] <= kinds[stated] and (found.dtype == "bool") == (stated == "bool")
