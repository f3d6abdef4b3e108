"""Beside: what fits two arrays that do not broadcast, from how the user made them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.called import in_library
from gradc.ir.node import Node, Value, applies
from gradc.ir.sizes import shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax.habits.enclosed import unwrapped

_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_PRODUCT = pattern(r"\s*([\w.]+)\s*\*\s*([\w.]+)\s*")
_LAG = pattern(r"(?<![\w.])(\w+)\[(?:(\d+):|:-(\d+))\]")
_DIFFERENCES = pattern(r"(?<![\w.])diff\((\w+)\)")


def multiplied(operands: Sequence[Value], nodes: Sequence[Node]) -> Iterator[str]:
    """`A * x - b`, where the product of matrices has the shape of `b`."""
    made = {r: n for n in nodes for r in n.results}
    for operand, other in (operands, operands[::-1]):
        node = made.get(operand)
        span = node.span if node is not None else None
        if node is None or span is None or not applies(node, "multiply") or in_library(span):
            continue
        found = _PRODUCT.fullmatch(span.text)
        if found is None:
            continue
        shapes = [v.type.shape for v in node.operands]
        for i, j in ((0, 1), (1, 0)):
            if _product(shapes[i], shapes[j]) == other.type.shape:
                text = f"{found[i + 1]} @ {found[j + 1]}"
                told = f"`{span.text}` is element by element; a product of matrices is `{text}`"
                yield Help(told, [Replacement(span, text)])
                return


def _product(a: Sequence[object], b: Sequence[object]) -> tuple[object, ...] | None:
    """The shape of a product of matrices; None where there is none."""
    if len(a) == 2 and len(b) in (1, 2) and a[1] == b[0]:
        return (a[0], *b[1:])
    if len(a) == 1 and len(b) == 2 and a[0] == b[0]:
        return (b[1],)
    return None


def lagged(texts: Sequence[str], spans: Sequence[Span]) -> Iterator[str]:
    """`x[1:] - a * x`: the other elements of the same array, as many of them."""
    for i, j in ((0, 1), (1, 0)):
        short, long, place = texts[i], texts[j], spans[j]
        found = _LAG.search(short)
        differences = _DIFFERENCES.search(short)
        if found is not None:
            name = found[1]
            part = f"[:-{found[2]}]" if found[2] else f"[{found[3]}:]"
        elif differences is not None:
            name, part = differences[1], "[1:]"
        else:
            continue
        read = rf"(?<![\w.]){name}\b(?![\w\[(.])"
        if re.search(read, long):
            text = unwrapped(re.sub(read, f"{name}{part}", long))
            exact = Span(place.source, place.start, place.end)
            yield Help(f"write `{text}`", [Replacement(exact, text)])
            return


def crossed(name: str, types: Sequence[Type], texts: Sequence[str]) -> Iterator[str]:
    """`x - mu` of [N, D] with [K, D]: each with each."""
    first, second = (t.shape for t in types)
    alike = len(first) == len(second) > 0 and first[1:] == second[1:]
    if name in _SIGNS and alike and all(texts):
        column = f"({texts[0]})" if re.search(r"\s", texts[0]) and texts[0][:1] != "(" else texts[0]
        written = f"{column}[:, newaxis] {_SIGNS[name]} {texts[1]}"
        yield f"each with each, {shape_text((first[0], *second))}: `{written}`"
