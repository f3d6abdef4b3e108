"""Expressions: from the tree to values and knowns.

Recursion is bounded: the parser limits how far an expression nests, chains of binary operators
are walked in a loop, and calls are counted by `calls.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradc.diagnostics import DiagnosticError, Label, error, near_miss
from gradc.ir.graph import Value
from gradc.ir.operation import Operation
from gradc.ir.sizes import Poly
from gradc.ir.types import TypeMismatch
from gradc.passes.elaborate import arithmetic
from gradc.passes.elaborate.bindings import (
    POISON,
    PREDEFINED,
    Bound,
    Catalogue,
    ConstArray,
    Instance,
    Known,
    Scope,
    describe,
    is_number,
)
from gradc.passes.elaborate.literals import Converter, check_fits, spelled
from gradc.source import Span
from gradc.syntax import tree

OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "@": "matmul",
    "**": "power",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
    "and": "logical_and",
    "or": "logical_or",
}


class Poisoned(Exception):
    """An expression uses a name whose statement failed; the failure was reported there."""


class Expressions(Converter):
    """Evaluates expressions in a scope, appending the nodes they need to the builder."""

    library: Catalogue

    def evaluate(self, expr: tree.Expr, scope: Scope) -> Bound:
        """A value, a known or a layer instance; several results of a call come as a list."""
        return self._EVALUATORS[type(expr)](self, expr, scope)

    def evaluate_known(self, expr: tree.Expr, scope: Scope, what: str) -> Known:
        """A known, or a diagnostic that says `what` has to be one."""
        bound = self.evaluate(expr, scope)
        if isinstance(bound, Value | Instance):
            raise error(
                "E0307", f"{what} must be known at compile time", expr.span, describe(bound)
            )
        return bound

    def evaluate_value(self, expr: tree.Expr, scope: Scope) -> Value:
        """A value; numbers become constants."""
        return self.as_value(self.evaluate(expr, scope), expr.span)

    def _number(self, expr: tree.Number, scope: Scope) -> Bound:
        if isinstance(expr.value, int) and not -(2**63) <= expr.value < 2**63:
            raise error("E0309", "this integer does not fit 64 bits", expr.span)
        return spelled(expr.value, expr.text)

    def _literal(self, expr: tree.String | tree.Keyword, scope: Scope) -> Bound:
        return expr.value

    def _list(self, expr: tree.ListExpr, scope: Scope) -> Bound:
        return tuple(self.evaluate(item, scope) for item in expr.items)

    def _name(self, expr: tree.Name, scope: Scope) -> Bound:
        return self.lookup(expr.name, expr.span, scope)

    def lookup(self, name: str, span: Span, scope: Scope) -> Bound:
        """What a name is bound to, predefined constants last."""
        try:
            bound = scope.find(name)
        except KeyError:
            if name in PREDEFINED:
                return PREDEFINED[name]
            if name == "training":
                return self.training(span)
            raise self.unknown_name(name, span, scope) from None
        bound = self.opened(bound, name)
        if isinstance(bound, Instance):
            if bound.value is None:
                raise error(
                    "E0207",
                    f"`{name}` names a layer instance, not a value",
                    span,
                    helps=[f"its parameters are values: `{name}.…`; `{name}(x)` calls it again"],
                )
            return bound.value
        return bound

    def training(self, span: Span) -> Value:
        raise NotImplementedError

    def unknown_name(self, name: str, span: Span, scope: Scope) -> DiagnosticError:
        module = scope.module
        if name in module.modules:
            message, helps = f"`{name}` is an imported file", [f"write `{name}.…`"]
            return error("E0203", message, span, helps=helps)
        if name in module.functions or self.library.find_callable(name, module.trusted):
            return error(
                "E0203",
                f"`{name}` is a function, not a value",
                span,
                helps=[f"call it: `{name}(…)`"],
            )
        candidates = [*scope.values, *module.constants, *PREDEFINED]
        return error(
            "E0201", f"nothing is called `{name}`", span, helps=near_miss(name, candidates)
        )

    def opened(self, bound: Bound, name: str) -> Bound:
        """A binding as a value: a typed constant becomes an array where it is used."""
        if bound is POISON:
            raise Poisoned
        if isinstance(bound, ConstArray):
            attrs = (bound.data, bound.dtype, bound.shape)
            value = self.builder.emit(self.library.operation("array"), (), attrs, name)
            value.named = True
            return value
        return bound

    def _unary(self, expr: tree.Unary, scope: Scope) -> Bound:
        if isinstance(expr.operand, tree.Number) and expr.operand.value == 2**63 and expr.op == "-":
            return -(2**63)  # though 2**63 alone does not fit
        operand = self.evaluate(expr.operand, scope)
        if expr.op == "not":
            if is_number(operand) and not isinstance(operand, Poly):
                return not operand
            return self.emit_operation("logical_not", [operand], [expr.operand.span], expr.span)
        if is_number(operand):
            return self.guard(lambda: arithmetic.negate(operand), [expr.operand.span], [operand])
        return self.emit_operation("negative", [operand], [expr.operand.span], expr.span)

    def _binary(self, expr: tree.Binary, scope: Scope) -> Bound:
        # The left spine of a long chain is walked without recursion.
        spine = [expr]
        while isinstance(spine[-1].left, tree.Binary):
            spine.append(spine[-1].left)
        left = self.evaluate(spine[-1].left, scope)
        for step in reversed(spine):
            left = self._apply(step, left, scope)
        return left

    def _apply(self, expr: tree.Binary, left: Bound, scope: Scope) -> Bound:
        op = expr.op
        if op in ("and", "or") and isinstance(left, bool):
            # A known left side decides, or leaves the decision to the right one.
            if left is (op == "or"):
                return left
            return self.evaluate(expr.right, scope)
        right = self.evaluate(expr.right, scope)
        if op in ("==", "!=") and not _runtime(left) and not _runtime(right):
            return (_plain(left) == _plain(right)) is (op == "==")
        if op in ("==", "!=") and (left is None or right is None):
            return op == "!="  # a value is something
        spans = [expr.left.span, expr.right.span]
        if is_number(left) and is_number(right) and op not in ("@", "and", "or"):
            result = self.guard(
                lambda: arithmetic.compute(op, left, right), spans, [left, right], expr.op_span
            )
            if result is not NotImplemented:
                return result
        return self.emit_operation(OPERATORS[op], [left, right], spans, expr.span, operator=expr)

    def _next(self, expr: tree.Next, scope: Scope) -> Bound:
        try:
            return scope.values[f"next {expr.name.name}"]
        except KeyError:
            raise error(
                "E0201",
                f"nothing says what `next {expr.name.name}` is",
                expr.span,
                helps=["`next …` belongs in the body of a `scan` that carries it"],
            ) from None

    # What an operation needs: the arguments checked against its formals, then a node.

    def emit_operation(
        self,
        name: str,
        arguments: Sequence[Bound],
        spans: Sequence[Span],
        span: Span,
        *,
        operator: tree.Binary | None = None,
        **attributes: Any,
    ) -> Bound:
        """Applies an operation that the syntax itself stands for."""
        op = self.library.operation(name)
        attrs = tuple(attributes.get(f.name, f.default) for f in op.attributes)
        return self.apply(op, arguments, attrs, spans, span, operator)

    def apply(
        self,
        op: Operation,
        arguments: Sequence[Bound],
        attrs: tuple[Any, ...],
        spans: Sequence[Span],
        span: Span,
        operator: tree.Binary | None = None,
    ) -> Bound:
        """A node of this operation, or a known where every operand is one."""
        if arguments and not any(_runtime(a) for a in arguments):
            folded = self.fold(op, arguments, attrs, spans)
            if folded is not NotImplemented:
                return folded
        else:
            arguments = self.strengthen(op, arguments, spans)
        outer, self.builder.span = self.builder.span, span
        operands: list[Value] = []
        try:
            operands = [
                a if isinstance(a, Value) else self.as_value(a, s)
                for a, s in zip(arguments, spans, strict=True)
            ]
            results = self.builder.emit_all(op, operands, attrs)
            if results[0].type.dtype in ("i32", "i64"):
                self._check_numbers(op, results[0].type.dtype, arguments, spans)
        except TypeMismatch as mismatch:
            raise self._mismatch(mismatch, operands, spans, span, operator) from None
        finally:
            self.builder.span = outer
        return results[0] if len(results) == 1 else results

    def _check_numbers(
        self, op: Operation, dtype: str, arguments: Sequence[Bound], spans: Sequence[Span]
    ) -> None:
        """A number takes the element type of what it meets, which has to hold it."""
        for argument, span in zip(arguments, spans, strict=True):
            if isinstance(argument, int) and not isinstance(argument, bool):
                check_fits(dtype, argument, span)
                if op.name == "power" and argument < 0 and argument is arguments[1]:
                    helps = ['`astype(x, "f64")` has them']
                    raise error("E0305", "integers have no negative powers", span, helps=helps)

    def guard(
        self,
        action: Callable[[], Any],
        spans: Sequence[Span],
        operands: Sequence[Bound],
        at: Span | None = None,
    ) -> Any:
        """Runs compile-time arithmetic; a mismatch becomes a diagnostic at the operands."""
        try:
            return action()
        except TypeMismatch as mismatch:
            span = at or spans[0]
            raise error(mismatch.code, mismatch.message, span, helps=mismatch.helps) from None

    def _mismatch(
        self,
        mismatch: TypeMismatch,
        operands: Sequence[Value],
        spans: Sequence[Span],
        span: Span,
        operator: tree.Binary | None,
    ) -> DiagnosticError:
        blamed = [i for i in mismatch.operands if i < len(spans)]
        if not blamed:
            return error(mismatch.code, mismatch.message, span, helps=mismatch.helps)
        *others, last = blamed
        return error(
            mismatch.code,
            mismatch.message,
            spans[last],
            str(operands[last].type),
            [Label(spans[i], str(operands[i].type)) for i in others if spans[i] is not spans[last]],
            [*mismatch.helps, *self.declarations_of(operands[i] for i in blamed)],
        )

    _EVALUATORS: dict[type, Callable[..., Bound]] = {
        tree.Number: _number,
        tree.String: _literal,
        tree.Keyword: _literal,
        tree.Name: _name,
        tree.ListExpr: _list,
        tree.Unary: _unary,
        tree.Binary: _binary,
        tree.Next: _next,
    }


def _runtime(bound: Bound) -> bool:
    """Whether a binding is, or holds, a value of run time."""
    if isinstance(bound, tuple):
        return any(_runtime(item) for item in bound)
    return isinstance(bound, Value | Instance)


def _plain(known: Known) -> Known:
    """Lists and booleans in a form whose equality is the language's."""
    return tuple(_plain(k) for k in known) if isinstance(known, tuple) else known
