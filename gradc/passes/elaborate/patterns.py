"""Stated types: sizes as expressions, and patterns whose free names are bound by what they meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from gradc.diagnostics import Label, error
from gradc.ir.sizes import Poly, Size, shape_text
from gradc.ir.types import Type
from gradc.passes.elaborate.bindings import POISON, Bound, Scope, describe
from gradc.passes.elaborate.expressions import Poisoned
from gradc.passes.elaborate.members import Members
from gradc.source import Span
from gradc.syntax import tree

REST = "..."
"""The name under which a scope keeps the sizes that `...` stands for."""


Pairs: TypeAlias = "list[tuple[tree.Expr, Size]]"


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
        self, stated: tree.TypeExpr, bound: Bound, scope: Scope, span: Span, what: str
    ) -> None:
        """Checks a binding against a stated type, of which every size is known."""
        found = self._match_element(stated, bound, span, what)
        if stated.sizes is not None:
            rest, pairs = self._pair_sizes(stated, found, span, what)
            if scope.values.get(REST, rest) != rest:
                self._other_rest(stated, found, span, what, scope.values[REST], rest)
            self._match_sizes(stated, found, scope, span, what, pairs)

    def begin_match(
        self, stated: tree.TypeExpr, bound: Bound, scope: Scope, span: Span, what: str
    ) -> Callable[[], None]:
        """Binds the free names of a pattern; what comes back checks its sizes.

        Sizes may be made of names that other parameters bind, so they are checked last.
        """
        found = self._match_element(stated, bound, span, what)
        if stated.sizes is None:
            return lambda: None
        rest, pairs = self._pair_sizes(stated, found, span, what)
        if rest is not None and scope.values.setdefault(REST, rest) != rest:
            self._other_rest(stated, found, span, what, scope.values[REST], rest)
        for item, size in pairs:
            if isinstance(item, tree.Name) and not self._is_bound(item.name, scope):
                scope.values[item.name] = size
        return lambda: self._match_sizes(stated, found, scope, span, what, pairs)

    def _match_element(self, stated: tree.TypeExpr, bound: Bound, span: Span, what: str) -> Type:
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
        return found

    def _pair_sizes(
        self, stated: tree.TypeExpr, found: Type, span: Span, what: str
    ) -> tuple[tuple[Size, ...] | None, Pairs]:
        """The sizes that `...` stands for, if it stands there, and each other beside its own."""
        assert stated.sizes is not None
        dots = [i for i, s in enumerate(stated.sizes) if isinstance(s, tree.EllipsisItem)]
        fixed = len(stated.sizes) - len(dots)
        if len(dots) > 1:
            raise error("E0306", "a type has at most one `...`", stated.sizes[dots[1]].span)
        if found.rank < fixed or (not dots and found.rank != fixed):
            self._disagree(stated, found, span, what)
        pairs: Pairs = []
        rest: tuple[Size, ...] | None = None
        position = 0
        for item in stated.sizes:
            if isinstance(item, tree.EllipsisItem):
                rest = found.shape[position : position + found.rank - fixed]
                position += len(rest)
            else:
                pairs.append((item, found.shape[position]))
                position += 1
        return rest, pairs

    def _other_rest(
        self,
        stated: tree.TypeExpr,
        found: Type,
        span: Span,
        what: str,
        bound: tuple[Size, ...],
        rest: tuple[Size, ...] | None,
    ) -> None:
        if rest is not None:
            message = f"`...` is {shape_text(bound)} here, {what} has {shape_text(rest)}"
            labels = [Label(stated.span, "stated here")]
            raise error("E0306", message, span, str(found), labels)

    def _match_sizes(
        self,
        stated: tree.TypeExpr,
        found: Type,
        scope: Scope,
        span: Span,
        what: str,
        pairs: Pairs,
    ) -> None:
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
        return True

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
