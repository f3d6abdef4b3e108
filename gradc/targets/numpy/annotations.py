"""What a type checker makes of an expression, by the annotations that NumPy comes with.

They say `Any` of most calls and f64 of much arithmetic that is f32. Where that would contradict
what a module declares, the variable is declared as `Any`, and nothing more is concluded from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from enum import Enum, auto

from gradc.ir.node import Value
from gradc.ir.types import Type
from gradc.targets.python.expression import (
    Atom,
    Attribute,
    Binary,
    Call,
    Expr,
    Items,
    Subscript,
    Unary,
    text,
)

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_ARRAYS = frozenset(
    """where zeros ones full empty eye tri arange array asarray broadcast_to concatenate stack pad
    reshape triu tril tile take_along_axis sort argsort roll repeat flip clip""".split()
)
"""Functions of NumPy's that are no ufuncs, and of whose results something is said."""
_SAME_TYPE = frozenset({"copy", "reshape", "transpose", "astype", "T", "mT"})


class Told(Enum):
    """What is concluded about a value."""

    ANY = auto()  # nothing
    RIGHT = auto()  # what it is
    COUNTED = auto()  # what it is: integers
    WIDENED = auto()  # perhaps a wider type than it has
    LOOSE = auto()  # some type of floats


class Annotations:
    """What is concluded about the variables of a function, and about expressions over them."""

    def __init__(self, known: Mapping[str, Told], numbers: Set[Value]):
        """`numbers` are arguments that are declared as numbers of Python's."""
        self.variables, self.numbers = dict(known), numbers

    def declared(self, name: str, expr: Expr, kind: Type, *, is_held: bool) -> str:
        """The name as the target of a statement, with a type where one has to be declared.

        `is_held` says that something else declares a type for the value: a result, a variable.
        """
        if name in self.variables or not name.isidentifier():
            return name
        told = self.told(expr)
        wide = told is Told.WIDENED and kind.dtype in ("f32", "i32", "bool")
        is_wrong = is_held and (wide or (told is Told.LOOSE and kind.is_float))
        self.variables[name] = Told.ANY if is_wrong else told
        return f"{name}: Any" if is_wrong else name

    def told(self, expr: Expr) -> Told:
        """What is concluded about an expression."""
        if type(expr) is Atom:
            return self.variables.get(expr.text, Told.RIGHT)
        if type(expr) is Binary:
            left = self.told(expr.left)
            right = Told.ANY if left is Told.ANY else self.told(expr.right)
            if right is Told.ANY:
                return Told.ANY
            if expr.op in _COMPARISONS:
                return Told.RIGHT
            both = (left, right)
            return Told.LOOSE if Told.COUNTED in both or Told.LOOSE in both else Told.WIDENED
        match expr:
            case Unary(operand=base) | Attribute(base=base):
                return self.told(base)
            case Subscript(base=base, items=items):
                found_base = self.told(base)
                is_scalar = any(isinstance(i, Atom) and i.text == "()" for i in items)
                return Told.WIDENED if is_scalar and found_base is Told.RIGHT else found_base
            case Call(function=Atom() | Attribute(base=Atom(text="np")), args=args):
                if text(expr.function).removeprefix("np.") not in _ARRAYS:
                    return Told.ANY
                if text(expr.function) == "np.arange":
                    return Told.COUNTED
                return self._widest(args)
            case Call(function=Attribute(base=base, name=name)):
                told = self.told(base)
                return Told.WIDENED if told is Told.RIGHT and name not in _SAME_TYPE else told
            case Items(items=items):
                return self._widest(items)
        return Told.RIGHT

    def _widest(self, parts: Iterable[Expr]) -> Told:
        told = {self.told(part) for part in parts}
        return next((t for t in (Told.LOOSE, Told.WIDENED) if t in told), Told.RIGHT)


def annotations_of(given: Collection[Value], known: Mapping[Value, str]) -> Annotations:
    """What is concluded when a function begins: all that it knows is `Any`, except arguments."""
    numbers = {v for v in given if not v.type.shape}
    told = {
        name: Told.ANY if v not in given else Told.WIDENED if v in numbers else Told.RIGHT
        for v, name in known.items()
    }
    return Annotations(told, numbers)
