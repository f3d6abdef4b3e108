"""How parameters start: initialisers and starting values."""

from __future__ import annotations

from typing import Any

from gradc.diagnostics import error, near_miss
from gradc.ir.graph import Initialiser
from gradc.ir.sizes import Poly, Size
from gradc.passes.elaborate.bindings import Scope, describe, is_number
from gradc.passes.elaborate.literals import array_shape, flatten
from gradc.passes.elaborate.patterns import Patterns
from gradc.syntax import tree

# name -> (number of arguments, least rank)
INITIALISERS: dict[str, tuple[int, int]] = {
    "zeros": (0, 0),
    "ones": (0, 0),
    "constant": (1, 0),
    "normal": (1, 0),
    "uniform": (2, 0),
    "glorot_uniform": (0, 2),
    "glorot_normal": (0, 2),
    "he_uniform": (0, 2),
    "he_normal": (0, 2),
    "lecun_normal": (0, 2),
    "orthogonal": (0, 2),
    "eye": (0, 2),
}


class Initial(Patterns):
    """Reads what stands after `~` or `=` in a declaration."""

    def initialiser(
        self, statement: tree.ParamDecl, shape: tuple[Size, ...], scope: Scope
    ) -> Initialiser:
        """How the parameter starts; zero where the declaration does not say."""
        if statement.value is not None:
            data = self.literal(statement.value, shape, scope)
            return Initialiser("value", data=data, text=f"= {statement.value.span.text}")
        if statement.initialiser is None:
            return Initialiser("zeros", text="= 0")
        return self._drawn(statement.initialiser, shape, scope)

    def _drawn(self, expr: tree.Expr, shape: tuple[Size, ...], scope: Scope) -> Initialiser:
        callee, given = (expr.callee, expr.args) if isinstance(expr, tree.Call) else (expr, ())
        name = callee.name if isinstance(callee, tree.Name) else ""
        if name not in INITIALISERS:
            raise error(
                "E0212",
                f"there is no initialiser `{callee.span.text}`",
                callee.span,
                helps=near_miss(name, INITIALISERS) or [f"there are {', '.join(INITIALISERS)}"],
            )
        count, rank = INITIALISERS[name]
        if len(given) != count:
            raise error("E0206", f"`{name}` takes {count} argument{'s' * (count != 1)}", expr.span)
        if len(shape) < rank or (name == "eye" and len(shape) != 2):
            raise error("E0306", f"`{name}` needs a parameter of at least {rank} axes", expr.span)
        numbers = []
        for argument in given:
            number = self.evaluate_known(argument.value, scope, f"an argument of `{name}`")
            if not is_number(number) or isinstance(number, Poly):
                raise error(
                    "E0305", f"an argument of `{name}` is a number", argument.span, describe(number)
                )
            numbers.append(float(number))
        return Initialiser(name, tuple(numbers), text=f"~ {expr.span.text}")

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


def is_integral(data: Any) -> bool:
    """Whether every number is an integer or a bool."""
    return all(isinstance(n, int) for n in flatten(data))


def _broadcasts(found: tuple[int, ...], shape: tuple[Size, ...]) -> bool:
    return len(found) <= len(shape) and all(
        f in (1, s) for f, s in zip(reversed(found), reversed(shape), strict=False)
    )


def _text(shape: tuple[Size, ...]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"
