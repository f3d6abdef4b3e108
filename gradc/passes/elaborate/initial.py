"""How parameters start: initialisers and starting values."""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import error, near_miss
from gradc.ir.graph import Initialiser
from gradc.ir.sizes import Poly, Size
from gradc.ir.types import Type
from gradc.passes.elaborate.arguments import bind
from gradc.passes.elaborate.bindings import Scope, describe, is_number
from gradc.passes.elaborate.literals import array_shape, check_fits
from gradc.passes.elaborate.patterns import Patterns
from gradc.syntax import tree

# name -> (its parameters, the least rank)
INITIALISERS: dict[str, tuple[tuple[str, ...], int]] = {
    "zeros": ((), 0),
    "ones": ((), 0),
    "constant": (("c",), 0),
    "normal": (("std",), 0),
    "uniform": (("low", "high"), 0),
    "glorot_uniform": ((), 2),
    "glorot_normal": ((), 2),
    "he_uniform": ((), 2),
    "he_normal": ((), 2),
    "lecun_normal": ((), 2),
    "orthogonal": ((), 2),
    "eye": ((), 2),
}
_COUNTED = ("zeros", "ones", "constant", "eye")  # what integers can start with too


class Initial(Patterns):
    """Reads what stands after `~` or `=` in a declaration."""

    def initialiser(self, statement: tree.ParamDecl, kind: Type, scope: Scope) -> Initialiser:
        """How the parameter starts; zero where the declaration does not say."""
        if statement.value is not None:
            data = self.literal(statement.value, kind.shape, scope)
            check_fits(kind.dtype, data, statement.value.span)
            return Initialiser("value", data=data, text=f"= {statement.value.span.text}")
        if statement.initialiser is None:
            return Initialiser("zeros", text="= 0")
        return self._drawn(statement.initialiser, kind, scope)

    def _drawn(self, expr: tree.Expr, kind: Type, scope: Scope) -> Initialiser:
        callee = expr.callee if isinstance(expr, tree.Call) else expr
        name = callee.name if isinstance(callee, tree.Name) else ""
        if name not in INITIALISERS:
            raise error(
                "E0212",
                f"there is no initialiser `{callee.span.text}`",
                callee.span,
                helps=near_miss(name, INITIALISERS) or [f"there are {', '.join(INITIALISERS)}"],
            )
        names, rank = INITIALISERS[name]
        if kind.rank < rank or (name == "eye" and kind.rank != 2):
            least = "two axes" if name == "eye" else "at least two axes"
            raise error("E0306", f"`{name}` needs a parameter of {least}", expr.span)
        if name not in _COUNTED and not kind.is_float:
            raise error("E0305", f"`{name}` draws floats, this is {kind}", expr.span)
        call = expr if isinstance(expr, tree.Call) else tree.Call(expr.span, expr, (), None, 1)
        given, _ = bind(name, [(n, True) for n in names], call)
        numbers = [self._number_of(given[n], name, scope) for n in names]
        if name == "constant":
            check_fits(kind.dtype, numbers[0], expr.span)
        if name == "normal" and not numbers[0] >= 0:
            raise error("E0305", "a standard deviation is not negative", given["std"].span)
        if name == "uniform" and not numbers[0] <= numbers[1]:
            raise error("E0305", "`low` is not above `high`", expr.span)
        return Initialiser(name, tuple(map(float, numbers)), text=f"~ {expr.span.text}")

    def _number_of(self, argument: tree.Argument, name: str, scope: Scope) -> Any:
        number = self.evaluate_known(argument.value, scope, f"an argument of `{name}`")
        if not is_number(number) or isinstance(number, Poly):
            what = f"an argument of `{name}` is a number"
            raise error("E0305", what, argument.span, describe(number))
        return number

    def literal(self, expr: tree.Expr, shape: tuple[Size, ...] | None, scope: Scope) -> Any:
        """A number or list of numbers that broadcasts to a shape, as nested tuples."""
        data = self.evaluate_known(expr, scope, "a starting value")
        found = array_shape(data)
        if found is None:
            raise error("E0305", f"a number or a list of numbers, not {describe(data)}", expr.span)
        if shape is not None and not _broadcasts(found, shape):
            raise error(
                "E0306", f"a value of shape {list(found)} does not fill {_text(shape)}", expr.span
            )
        return data


def literal_shape(data: Any) -> tuple[int, ...]:
    """The shape of nested tuples that `literal` returned."""
    return array_shape(data) or ()


def filled(data: Any, shape: tuple[int, ...]) -> Any:
    """A list of numbers repeated to a shape that it broadcasts to."""
    if not shape:
        return data
    size, *rest = shape
    if len(literal_shape(data)) < len(shape):
        return (filled(data, tuple(rest)),) * size
    items = data * size if len(data) == 1 else data
    return tuple(filled(item, tuple(rest)) for item in items)


def could_fill(found: tuple[int, ...], shape: tuple[Size, ...]) -> bool:
    """Whether a literal of a shape broadcasts to another, whatever its dimensions are."""
    return len(found) <= len(shape) and all(
        f in (1, s) or isinstance(s, Poly)
        for f, s in zip(reversed(found), reversed(shape), strict=False)
    )


def _broadcasts(found: tuple[int, ...], shape: tuple[Size, ...]) -> bool:
    return len(found) <= len(shape) and all(
        f in (1, s) for f, s in zip(reversed(found), reversed(shape), strict=False)
    )


def _text(shape: tuple[Size, ...]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"
