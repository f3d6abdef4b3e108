"""Totals: what they begin as, what parts of them are joined by, and in what type they are added up.

A sum of f32 is a double. So that not every element is made one, a strip of the innermost loop is
added up in f32 first, which vectors do side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.sizes import Size, product
from gradc.ir.types import FLOATS
from gradc.targets.c.identifiers import number
from gradc.targets.c.nests.nest import Total

STRIP = 512
"""Elements that are added up in their own type."""

_LEAST = {"i32": "INT32_MIN", "i64": "INT64_MIN", "bool": "0"}
_MOST = {"i32": "INT32_MAX", "i64": "INT64_MAX", "bool": "1"}


def start_of(kind: str, dtype: str) -> str:
    """What a total is before the first element."""
    if kind not in ("max", "min"):
        return "1" if kind in ("prod", "all") else "0"
    if dtype in FLOATS:
        return number(float("inf" if kind == "min" else "-inf"), dtype)
    return (_MOST if kind == "min" else _LEAST)[dtype]


def joined(kind: str, total: str) -> str:
    """What the total of another part does to one."""
    if kind in ("max", "min"):
        return f"{total} = OTHER {'<' if kind == 'min' else '>'} {total} ? OTHER : {total};"
    if kind in ("all", "any"):
        return f"{total} = {total} {'&&' if kind == 'all' else '||'} OTHER;"
    return f"{total} {'*' if kind == 'prod' else '+'}= OTHER;"


def count_of(nest: Total) -> Size:
    """How many elements one total is made of."""
    return product([nest.domain[a] for a in nest.axes])


def addition_of(
    nest: Total, dtype: str, order: Sequence[int], depth: int, shared: int
) -> tuple[bool, bool, bool]:
    """How a total is added up that begins within `depth` loops, of which `shared` stand around
    others too: whether it is a double though its elements are not, whether what the innermost loop
    gives is added up by itself, and whether all of that loop is.

    A short loop within others is so in f64 too: where compilers unroll it that `rolled.py` is
    about, what it adds to a total of several loops is wrong.
    """
    inner = nest.domain[order[-1]] if max(depth, shared) < len(order) else None
    is_short = isinstance(inner, int) and inner <= STRIP
    is_sum = nest.kind in ("sum", "mean") and dtype in FLOATS
    if not is_sum or (is_short and depth == len(order) - 1):
        return False, False, is_short
    is_wide = dtype == "f32"
    return is_wide, inner is not None and (is_wide or is_short), is_short
