"""Types of what works element by element: operands broadcast, element types promote."""

from __future__ import annotations

from gradc.ir.operation import Typing
from gradc.ir.types import FLOATS, Type, TypeMismatch, broadcast, promote

_HIGHEST_ORDER = 1000  # of polygamma


def arithmetic(*types: Type) -> Typing:
    """The common element type and the broadcast shape; bools count as 0 or 1."""
    dtype, weak = promote(types)
    shape = broadcast([t.shape for t in types])
    if dtype == "bool":
        return Typing((Type("i64", shape, weak),), ("i64",) * len(types))
    return Typing((Type(dtype, shape, weak),))


def raised(x: Type, y: Type) -> Typing:
    """As `arithmetic`; NumPy's powers of bools are 8-bit integers, so those are counted first."""
    typing = arithmetic(x, y)
    counts = x.dtype == "bool" and not x.weak and typing.results[0].dtype == "i64"
    return Typing(typing.results, ("i64",)) if counts and not typing.casts else typing


def common(*types: Type) -> Typing:
    """As `arithmetic`, but bools stay bools."""
    dtype, weak = promote(types)
    return Typing((Type(dtype, broadcast([t.shape for t in types]), weak),))


def floating(*types: Type) -> Typing:
    """As `arithmetic`, with integers and bools taken to f64."""
    dtype, weak = promote(types)
    shape = broadcast([t.shape for t in types])
    if dtype in FLOATS:
        return Typing((Type(dtype, shape, weak),))
    casts = ("f64",) * len(types) if dtype == "bool" else ()
    return Typing((Type("f64", shape, weak),), casts)


def floats(x: Type) -> Typing:
    """As `floating`, where the spelling does not take integers."""
    typing = floating(x)
    return typing if x.is_float else Typing(typing.results, ("f64",))


def polygammas(n: int, x: Type) -> Typing:
    """`polygamma`: its factorials overflow long before the highest order."""
    if not 0 <= n <= _HIGHEST_ORDER:
        message = f"`polygamma` has orders from 0 to {_HIGHEST_ORDER}, not {n}"
        raise TypeMismatch(message, code="E0306", attribute="n")
    return floats(x)


def logical(*types: Type) -> Typing:
    """A bool for each element."""
    weak = all(t.weak for t in types)
    return Typing((Type("bool", broadcast([t.shape for t in types]), weak),))


def truth(*types: Type) -> Typing:
    """A bool for each element, of operands that are bools or hold where they are not 0."""
    casts = tuple(None if t.dtype == "bool" else "bool" for t in types)
    typing = logical(*types)
    return Typing(typing.results, casts if any(casts) else ())


def same(x: Type) -> Typing:
    """The operand's own type."""
    return Typing((x,))


def counted(x: Type) -> Typing:
    """The operand's own type, bools as integers."""
    return arithmetic(x)


def choice(cond: Type, x: Type, y: Type) -> Typing:
    """`where`: the common type of the branches, in the shape of all three."""
    if cond.dtype != "bool":
        raise TypeMismatch(
            f"the condition of `where` is a bool, this is {cond}",
            (0,),
            "E0305",
            ["compare it: `{0} != 0`"],
        )
    dtype, weak = promote([x, y])
    shape = broadcast([cond.shape, x.shape, y.shape])
    return Typing((Type(dtype, shape, weak and cond.weak),))


def converted(x: Type, dtype: str) -> Typing:
    return Typing((Type(dtype, x.shape),))
