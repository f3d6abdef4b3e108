"""Totals: what they begin as, what parts of them are joined by, and in what type they are added up.

A sum of f32 is a double. So that not every element is made one, a strip of the innermost loop is
added up in f32 first, which vectors do side by side.
"""

from __future__ import annotations

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


def is_strip(size: Size) -> bool:
    """Whether so many elements are no more than a strip."""
    return isinstance(size, int) and size <= STRIP


def is_widened(kind: str, dtype: str) -> bool:
    """Whether a total is a double though its elements are not."""
    return dtype == "f32" and kind in ("sum", "mean")
