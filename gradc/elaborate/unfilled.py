"""Values that do not fill the shape that is declared: the same numbers in that shape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gradc.diagnostics import Help, Replacement
from gradc.ir.sizes import Poly, Size, product
from gradc.patterns import pattern
from gradc.syntax import tree

_MANY = 40  # numbers that a help writes out


def rearranged(expr: tree.Expr, found: Sequence[int], sizes: Sequence[Size]) -> Help | None:
    """What is said of a list of as many numbers as the shape has; `found` is the shape it has."""
    texts = list(_numbers(expr))
    text = _in_rows(texts, sizes) if len(texts) == math.prod(found) <= _MANY else ""
    if not text:
        return None
    place = [Replacement(expr.span, text)]
    if len(found) == 1:
        return Help(f"a matrix is a list of its rows: `{text}`", place)
    laid = f"in {found[0]} rows of {found[1]}" if len(found) == 2 else f"in {list(found)}"
    declared = ", ".join(map(str, _declared(found, sizes)))
    told = f"the numbers are as many, but {laid}: write `{text}`"
    line = expr.span.source.line_text(expr.span.line)
    stated = pattern(r"^[^=]*:\s*(\w+)\[").match(line)
    return Help(f"{told}, or declare `{stated[1] if stated else ''}[{declared}]`", place)


def _declared(found: Sequence[int], sizes: Sequence[Size]) -> Sequence[Size]:
    """The shape of the value, with the dimensions that are free in the one declared."""
    if len(found) != len(sizes):
        return found
    return [s if isinstance(s, Poly) else f for f, s in zip(found, sizes, strict=True)]


def _numbers(expr: tree.Expr) -> Iterator[str]:
    """The items of a list and of the lists in it, as they are written."""
    if isinstance(expr, tree.ListExpr):
        for item in expr.items:
            yield from _numbers(item)
    else:
        yield " ".join(expr.span.text.split())


def _in_rows(texts: list[str], sizes: Sequence[Size]) -> str:
    """The numbers in rows, and rows of rows; empty where they are not as many.

    A free dimension in front is as many rows as there are.
    """
    if not sizes:
        return ""
    rest = [s for s in sizes[1:] if isinstance(s, int)]
    row = product(rest)
    if len(rest) != len(sizes) - 1 or not isinstance(row, int) or not row:
        return ""
    first = len(texts) // row if isinstance(sizes[0], Poly) else sizes[0]
    if first * row != len(texts) or not first:
        return ""
    for size in (*reversed(rest), first):
        texts = [f"[{', '.join(texts[i : i + size])}]" for i in range(0, len(texts), size)]
    return texts[0]
