"""NumPy's functions of elements, on known numbers: edges as there, integers of 64 bits."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

from gradc.ir import elementary
from gradc.targets.numpy.known.array import (
    KINDS,
    Array,
    Number,
    highest,
    known,
    spread,
    wrapped,
)

Function = Callable[..., Any]


def each(function: Function, *operands: Any, kind: str | None = None) -> Array:
    """A function of each element; operands are broadcast, and are of their highest kind."""
    arrays = [known(a) for a in operands]
    shape = _common([a.shape for a in arrays])
    together = highest(arrays)
    columns = [spread(a.cast(together), shape) for a in arrays]
    made = [function(*numbers) for numbers in zip(*columns, strict=True)]
    kind = kind or together
    return Array(kind, shape, [wrapped(n) for n in made] if kind == "i64" else made)


def _common(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple(next((s for s in sizes if s != 1), 1) for sizes in zip(*padded, strict=True))


def _on_floats(function: Function) -> Function:
    """The ufunc of a function of floats."""

    def ufunc(*operands: Any) -> Array:
        return each(lambda *xs: function(*map(float, xs)), *operands, kind="f64")

    return ufunc


def _of(function: Function, kind: str | None = None) -> Function:
    return partial(each, function, kind=kind)


def _whole(function: Callable[[float], int]) -> Function:
    """A ufunc that rounds floats, keeping the sign of zeros; integers stay."""

    def rounded(x: Number) -> Number:
        if not isinstance(x, float) or not math.isfinite(x):
            return x
        return math.copysign(float(function(x)), x)

    return _of(rounded)


def _floor_divide(x: Any, y: Any) -> Number:
    if not y:
        return elementary.divide(x, y) if isinstance(x, float) else 0
    quotient: Number = x // y
    return quotient


def _remainder(x: Any, y: Any) -> Number:
    if not y:
        return math.nan if isinstance(x, float) else 0
    rest: Number = x % y
    return rest


def _power(x: Any, y: Any) -> Number:
    return elementary.power(x, y) if isinstance(x, float) else pow(x, y, 2**64)


def _maximum(x: Any, y: Any) -> Any:
    return x if x >= y or x != x else y


def _minimum(x: Any, y: Any) -> Any:
    return x if x <= y or x != x else y


def _fmax(x: Any, y: Any) -> Any:
    return x if x >= y or y != y else y


def _fmin(x: Any, y: Any) -> Any:
    return x if x <= y or y != y else y


def _sign(x: Any) -> Any:
    return x if x != x else type(x)((x > 0) - (x < 0))


def _sinc(x: float) -> float:
    turned = math.pi * (x or 1e-20)
    return elementary.sin(turned) / turned


def where(condition: Any, x: Any, y: Any) -> Array:
    """The elements of one where the condition holds, else of the other."""
    branches = each(lambda x, y: x, x, y), each(lambda x, y: y, x, y)
    kind = branches[0].kind
    return each(lambda c, x, y: KINDS[kind](x if c else y), condition, *branches, kind=kind)


def clip(x: Any, low: Any, high: Any) -> Array:
    """What lies between two bounds."""
    return each(_minimum, each(_maximum, x, low), high)


UFUNCS: dict[str, Function] = {
    "where": where,
    "clip": clip,
    "add": _of(operator.add),
    "subtract": _of(operator.sub),
    "multiply": _of(operator.mul),
    "divide": _on_floats(elementary.divide),
    "floor_divide": _of(_floor_divide),
    "remainder": _of(_remainder),
    "power": _of(_power),
    "negative": _of(operator.neg),
    "abs": _of(operator.abs),
    "sign": _of(_sign),
    "maximum": _of(_maximum),
    "minimum": _of(_minimum),
    "fmax": _of(_fmax),
    "fmin": _of(_fmin),
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "round": _whole(lambda x: int(x.__round__())),
    "trunc": _whole(math.trunc),
    "hypot": _on_floats(elementary.hypot),
    "exp": _on_floats(elementary.exp),
    "exp2": _on_floats(elementary.exp2),
    "expm1": _on_floats(elementary.expm1),
    "log": _on_floats(elementary.log),
    "log2": _on_floats(elementary.log2),
    "log10": _on_floats(elementary.log10),
    "log1p": _on_floats(elementary.log1p),
    "logaddexp": _on_floats(elementary.logaddexp),
    "sqrt": _on_floats(elementary.sqrt),
    "cbrt": _on_floats(elementary.cbrt),
    "sin": _on_floats(elementary.sin),
    "cos": _on_floats(elementary.cos),
    "tan": _on_floats(elementary.tan),
    "arcsin": _on_floats(elementary.arcsin),
    "arccos": _on_floats(elementary.arccos),
    "arctan": _on_floats(elementary.arctan),
    "arctan2": _on_floats(elementary.arctan2),
    "sinh": _on_floats(elementary.sinh),
    "cosh": _on_floats(elementary.cosh),
    "tanh": _on_floats(elementary.tanh),
    "arcsinh": _on_floats(elementary.arcsinh),
    "arccosh": _on_floats(elementary.arccosh),
    "arctanh": _on_floats(elementary.arctanh),
    "sinc": _on_floats(_sinc),
    "copysign": _on_floats(math.copysign),
    "less": _of(operator.lt, "bool"),
    "less_equal": _of(operator.le, "bool"),
    "greater": _of(operator.gt, "bool"),
    "greater_equal": _of(operator.ge, "bool"),
    "equal": _of(operator.eq, "bool"),
    "not_equal": _of(operator.ne, "bool"),
    "logical_and": _of(lambda x, y: bool(x and y), "bool"),
    "logical_or": _of(lambda x, y: bool(x or y), "bool"),
    "logical_not": _of(operator.not_, "bool"),
    "isnan": _of(lambda x: x != x, "bool"),
    "isinf": _of(lambda x: isinstance(x, float) and math.isinf(x), "bool"),
    "isfinite": _of(lambda x: not isinstance(x, float) or math.isfinite(x), "bool"),
}
