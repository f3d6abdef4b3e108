"""Beside: what fits two arrays that do not broadcast, from how the user made them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from gradc.diagnostics import Help, Replacement, plural
from gradc.elaborate.called import in_library
from gradc.ir.node import Node, Value, applies
from gradc.ir.sizes import Atom, Poly, Size, shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Span
from gradc.syntax.habits.enclosed import unwrapped

_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_PRODUCT = pattern(r"\s*([\w.]+)\s*\*\s*([\w.]+)\s*")
_LAG = pattern(r"(?<![\w.])(\w+)\[(?:(\d+):|:-(\d+))\]")
_STRETCH = pattern(
    r"(?P<name>\w+)\[(?P<before>(?::\s*,\s*)*)(?P<low>[^][:,]*):(?P<high>[^][:,]*)(?P<behind>(?:\s*,\s*:)*)\]"
)
_FLOORED = pattern(r"max\(([A-Za-z_]\w* - \d+), 0\)")
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


def opened(types: Sequence[Type], texts: Sequence[str]) -> list[str]:
    """`x[:n]` as `x[:]` where `n` is all of the axis, which another stretch of `x` tells."""
    found = [list(_STRETCH.finditer(text)) for text in texts]
    whole = dict[str, Size]()
    for kind, matches in zip(types, found, strict=True):
        for m in matches:
            axis, left = m["before"].count(":"), _left_out(m)
            if axis < kind.rank and left is not None:
                whole[f"{m['name']} {axis}"] = _unfloored(kind.shape[axis]) + left

    def open_(kind: Type, m: re.Match[str]) -> str:
        axis, low = m["before"].count(":"), m["low"].strip() or "0"
        size = whole.get(f"{m['name']} {axis}")
        if size is None or axis >= kind.rank or not low.isdigit() or not m["high"].strip():
            return m[0]
        if _unfloored(kind.shape[axis]) + int(low) != size:
            return m[0]
        return f"{m['name']}[{m['before']}{m['low']}:{m['behind']}]"

    pairs = zip(types, texts, strict=True)
    return [_STRETCH.sub(partial(open_, kind), text) for kind, text in pairs]


def stretches(texts: Sequence[str], spans: Sequence[Span]) -> Iterator[str] | None:
    """`x[1:T] - x[0:T]`: as many elements of the same array; None where these are none of it."""
    found = [_STRETCH.fullmatch(text) for text in texts]
    one, other = found if len(found) == 2 else (None, None)
    if one is None or other is None:
        return None
    if any(one[part] != other[part] for part in ("name", "before", "behind")):
        return None
    return _as_many(one, other, spans)


def _as_many(one: re.Match[str], other: re.Match[str], spans: Sequence[Span]) -> Iterator[str]:
    lows = [m["low"].strip() or "0" for m in (one, other)]
    highs = [m["high"].strip() for m in (one, other)]
    ends = [at for at in (0, 1) if not highs[at] and re.fullmatch(r"-\d+", highs[1 - at])]
    if lows == ["0", "0"] and ends:
        text = f"{one['name']}[{one['before']}{highs[1 - ends[0]][1:]}:{one['behind']}]"
        exact = Span(spans[ends[0]].source, spans[ends[0]].start, spans[ends[0]].end)
        yield Help(f"write `{text}`", [Replacement(exact, text)])
    if not all(low.isdigit() for low in lows) or highs[0] != highs[1] or lows[0] == lows[1]:
        return
    lag = abs(int(lows[0]) - int(lows[1]))
    at = 0 if int(lows[0]) < int(lows[1]) else 1
    low, high = lows[at], highs[at]
    if not high:
        stretch = f"{'' if low == '0' else low}:-{lag}"
    else:
        last = str(int(high) - lag) if high.isdigit() else f"{high} - {lag}"
        stretch = f"{low} : {last}"
    text = f"{one['name']}[{one['before']}{stretch}{one['behind']}]"
    place = Span(spans[at].source, spans[at].start, spans[at].end)
    yield Help(f"write `{text}`", [Replacement(place, text)])


def shortened(types: Sequence[Type], spans: Sequence[Span]) -> Iterator[str]:
    """`u[2:] - 2 * u[1:-1] + u[:-1]`: one stretch that leaves out fewer elements than the others.

    What several leave out alike is believed, and else the shorter one.
    """
    texts = opened(types, [span.text for span in spans])
    found = [list(_STRETCH.finditer(text)) for text in texts]
    written = [list(_STRETCH.finditer(span.text)) for span in spans]
    parts = [{(m["name"], m["before"], m["behind"]) for m in matches} for matches in found]
    left = [{_left_out(m) for m in matches} for matches in found]
    if len(found) != 2 or parts[0] != parts[1] or len(parts[0]) != 1:
        return
    ((one, *more), (other, *others)) = left
    if one is None or other is None or more or others:
        return
    counts = (one, other)
    for at in sorted((0, 1), key=lambda i: (len(found[i]), counts[i])):
        match, wanted = found[at][0], counts[1 - at]
        low, high = match["low"].strip(), match["high"].strip()
        if len(found[at]) > 1 or one == other or not wanted or (low not in ("", "0") and high):
            continue  # one end alone is to be moved
        stretch = f":-{wanted}" if low in ("", "0") else f"{wanted}:"
        text = f"{match['name']}[{match['before']}{stretch}{match['behind']}]"
        axis = match["before"].count(":")
        told = unfloored(plural(types[1 - at].shape[axis], "element"))
        told += f" along axis {axis}" if match["before"] or match["behind"] else ""
        ends = written[at][0].span()
        place = Span(spans[at].source, *(spans[at].start + end for end in ends))
        yield Help(f"write `{text}`, which has {told}", [Replacement(place, text)])
        return


def _left_out(stretch: re.Match[str]) -> int | None:
    """How many elements `u[1:-1]` leaves out; None where that is not written."""
    low, high = stretch["low"].strip() or "0", stretch["high"].strip() or "-0"
    return (
        int(low) - int(high) if low.isdigit() and high[:1] == "-" and high[1:].isdigit() else None
    )


def unfloored(text: str) -> str:
    """`N - 2` for `max(N - 2, 0)`: where sizes disagree, there are so many elements."""
    return _FLOORED.sub(r"\1", text)


def _differ_by_one(a: Size, b: Size) -> bool:
    """Whether one of two sizes of dimensions is one less, as differences are."""
    least = [_unfloored(a), _unfloored(b)]
    return isinstance(a, Poly) and isinstance(b, Poly) and least[0] - least[1] in (1, -1)


def _unfloored(size: Size) -> Size:
    """`T - 1` of `max(T - 1, 0)`."""
    if isinstance(size, Poly) and len(size.terms) == 1:
        (factors, count) = size.terms[0]
        atom = factors[0]
        if len(factors) == count == 1 and isinstance(atom, Atom) and atom.op == "max":
            return atom.left if atom.right == 0 else size
    return size


def crossed(name: str, types: Sequence[Type], texts: Sequence[str]) -> Iterator[str]:
    """`x - mu` of [N, D] with [K, D]: each with each."""
    first, second = (t.shape for t in types)
    alike = len(first) == len(second) > 0 and first[1:] == second[1:]
    if name in _SIGNS and alike and all(texts) and not _differ_by_one(first[0], second[0]):
        column = f"({texts[0]})" if re.search(r"\s", texts[0]) and texts[0][:1] != "(" else texts[0]
        written = f"{column}[:, newaxis] {_SIGNS[name]} {texts[1]}"
        yield f"each with each, {shape_text((first[0], *second))}: `{written}`"
