"""How parameters start: initialisers and starting values."""

from __future__ import annotations

from gradc.diagnostics import error, near_miss
from gradc.elaborate.arguments import bind
from gradc.elaborate.bindings import Bound, Numbers, Scope, describe, is_number
from gradc.elaborate.context import Context
from gradc.elaborate.evaluate import evaluate_known
from gradc.elaborate.literals import check_fits, fills, is_array, literal_shape
from gradc.elaborate.patterns import shape
from gradc.ir.graph import Initialiser
from gradc.ir.sizes import Poly, Size, shape_text
from gradc.ir.types import Type
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


def declared_type(
    context: Context, statement: tree.ParamDecl | tree.StateDecl, scope: Scope
) -> tuple[Type, Numbers | None]:
    """The type of what has a starting value: as it is written, or as the value has it.

    The value comes second, where the type is its own.
    """
    stated = statement.type
    data: Numbers | None = None
    sizes: tuple[Size, ...] = ()
    if stated is not None and stated.sizes is not None:
        sizes = shape(context, stated, scope)
    elif statement.value is not None:
        data = literal(context, statement.value, None, scope)
        sizes = literal_shape(data)
    return Type((stated.dtype if stated else None) or context.dtype_in(scope), sizes), data


def initialiser(
    context: Context,
    statement: tree.ParamDecl | tree.StateDecl,
    kind: Type,
    data: Numbers | None,
    scope: Scope,
) -> Initialiser:
    """How the parameter starts; zero where the declaration does not say.

    `data` is its starting value where that has been evaluated.
    """
    if statement.value is not None:
        if data is None:
            data = literal(context, statement.value, kind.shape, scope)
        check_fits(kind.dtype, data, statement.value.span)
        return Initialiser("value", data=data, text=f"= {statement.value.span.text}")
    drawn = statement.initialiser if isinstance(statement, tree.ParamDecl) else None
    if drawn is None:
        return Initialiser("zeros", text="= 0")
    return _drawn(context, drawn, kind, scope)


def _drawn(context: Context, expr: tree.Expr, kind: Type, scope: Scope) -> Initialiser:
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
    numbers = [_number(context, given[n], name, scope) for n in names]
    if name == "constant":
        check_fits(kind.dtype, numbers[0], expr.span)
    if name == "normal" and not numbers[0] >= 0:
        raise error("E0305", "a standard deviation is not negative", given["std"].span)
    if name == "uniform" and not numbers[0] <= numbers[1]:
        raise error("E0305", "`low` is not above `high`", expr.span)
    return Initialiser(name, tuple(map(float, numbers)), text=f"~ {expr.span.text}")


def _number(context: Context, argument: tree.Argument, name: str, scope: Scope) -> int | float:
    number = evaluate_known(context, argument.value, scope, f"an argument of `{name}`")
    if not is_number(number) or isinstance(number, Poly):
        what = f"an argument of `{name}` is a number"
        raise error("E0305", what, argument.span, describe(number))
    return number


def literal(
    context: Context, expr: tree.Expr, sizes: tuple[Size, ...] | None, scope: Scope
) -> Numbers:
    """A number or list of numbers that broadcasts to a shape, as nested tuples."""
    data = evaluate_known(context, expr, scope, "a starting value")
    return checked_literal(data, expr, sizes)


def checked_literal(data: Bound, expr: tree.Expr, sizes: tuple[Size, ...] | None) -> Numbers:
    """The same of what has been evaluated."""
    if not is_array(data):
        raise error("E0305", f"a number or a list of numbers, not {describe(data)}", expr.span)
    found = literal_shape(data)
    if sizes is not None and not fills(found, sizes):
        raise error(
            "E0306", f"a value of shape {list(found)} does not fill {shape_text(sizes)}", expr.span
        )
    return data
