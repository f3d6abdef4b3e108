"""Accidents: shapes that fit, though seldom in the way that is meant."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import eq
from typing import TypeAlias

from gradc.diagnostics import Diagnostic
from gradc.ir.node import Apply, Node, Value
from gradc.ir.sizes import Poly, shape_text, size_text
from gradc.passes.forms import Makers
from gradc.patterns import pattern
from gradc.source import Span

_INDEXED = pattern(r"(\w+)\[\s*:\s*,\s*(\w+)\s*\]")


def broadcast(node: Node, made: Makers) -> Iterator[Diagnostic]:
    """`[n]` with `[n, 1]` gives `[n, n]`, which is seldom wanted."""
    if len(node.operands) != 2 or not node.traits.elementwise:
        return
    a, b = (v.type for v in node.operands)
    if any(_is_column(made.get(v)) for v in node.operands):
        return
    for flat, column in ((a, b), (b, a)):
        if flat.rank == 1 and flat.shape[0] != 1 and column.shape == (flat.shape[0], 1):
            message = f"{a} and {b} broadcast to {node.result.type}"
            value, other = node.operands if column is a else node.operands[::-1]
            if _is_turned(value, other, node, made):
                return
            from gradc.passes.bracketed import wrapped
            from gradc.passes.spelling import spelled

            text = spelled(value, made)
            shown = f"write `{wrapped(text)}[:, 0]`: it" if text else "`[:, 0]` or `reshape`"
            helps = (f"{shown} makes {column} one axis",)
            yield Diagnostic("W905", message, node.span, helps=helps)


def reduced_apart(node: Node, made: Makers) -> Iterator[Diagnostic]:
    """`A / sum(A, axis=1)` of a square array, which divides columns by the sums of rows."""
    if len(node.operands) != 2 or not node.traits.elementwise or type(node) is not Apply:
        return
    shape, other = (v.type.shape for v in node.operands)
    if len(shape) < len(other):
        shape, other = other, shape
    # What a reduction keeps is moved by an axis only where the next one has as many elements.
    if 0 < len(other) < len(shape) and any(map(eq, shape, shape[1:])):
        from gradc.passes.misaligned import misaligned

        yield from misaligned(node, made)


def _is_column(node: Node | None) -> bool:
    """Whether a body of the library made it a column, as `outer` does."""
    if node is None or node.traits.view is None:
        return False
    return node.span is not None and node.span.source.is_library


def _is_turned(column: Value, flat: Value, node: Node, made: Makers) -> bool:
    """Whether a column is one on purpose: `x[:, newaxis] - y`, or of the other operand itself."""
    seen, left = {column}, [column]
    while left:
        maker = made.get(left.pop())
        if maker is None:
            continue
        if maker.traits.view is not None and maker.operands[0].type.rank == 1:
            return maker.operands[0] is flat or _is_within(maker.span, node.span)
        if maker.traits.elementwise and _is_within(maker.span, node.span):
            further = [v for v in maker.operands if v.type.shape == column.type.shape]
            left += [v for v in further if v not in seen]
            seen.update(further)
    return False


def _is_within(inner: Span | None, outer: Span | None) -> bool:
    if inner is None or outer is None or inner.source is not outer.source:
        return False
    return outer.start <= inner.start and inner.end <= outer.end


Accidents: TypeAlias = "Mapping[str, Sequence[Callable[[Apply, Makers], Iterator[Diagnostic]]]]"
"""What tells of the nodes of an operation, by its name."""


def accidents_in(nodes: Sequence[Node]) -> Accidents:
    """What there may be to tell of nodes, beside `broadcast`: a sum of what is drawn, say, only
    where something is drawn."""
    applied = [n for n in nodes if type(n) is Apply]
    found: dict[str, list[Callable[[Apply, Makers], Iterator[Diagnostic]]]] = {
        "take": [_in_every_row, _rows_of_places],
        "einsum": [_summed_apart],
        "multiply": [],
    }
    if any([n.name in _DRAWS for n in applied]):
        found |= {name: [_drawn_once] for name in ("multiply", "add", "subtract")}
    if any([_is_infinite(n) for n in applied if n.name == "constant"]):
        found["multiply"].append(_times_infinity)
    return found


def by_accident(node: Node, made: Makers, accidents: Accidents) -> Iterator[Diagnostic]:
    """W904 and W905 of a formula of the user's own."""
    if type(node) is Apply:
        for tell in accidents.get(node.name, ()):
            yield from tell(node, made)


def _is_infinite(constant: Apply) -> bool:
    value = constant.attr("value")
    return isinstance(value, float) and math.isinf(value)


_DRAWS = ("random_normal", "random_uniform")
_PLACES = {"argmax": "max", "argmin": "min"}


def _drawn_once(node: Apply, made: Makers) -> Iterator[Diagnostic]:
    """`s * random_normal([4])` of `[B, 4]`: every example gets the same numbers."""
    for value, other in (node.operands, node.operands[::-1]):
        maker, rank, shape = _made_by(value, made, *_DRAWS), value.type.rank, other.type.shape
        if maker is None or not 0 < rank < len(shape):
            continue
        if shape[-rank:] != value.type.shape or not all(
            isinstance(size, Poly) for size in shape[: len(shape) - rank]
        ):
            continue
        from gradc.passes.spelling import spelled

        text = spelled(other, made)
        sizes = f"{text}.shape" if text.isidentifier() else shape_text(shape)
        message = f"`{maker.name}` draws {value.type} once, for all of {other.type}"
        helps = (f"`{maker.name}({sizes})` draws for each",)
        yield Diagnostic("W905", message, maker.span or node.span, helps=helps)


def _times_infinity(node: Apply, made: Makers) -> Iterator[Diagnostic]:
    """`mask * -inf`: 0 times infinity is no number."""
    for value, other in (node.operands, node.operands[::-1]):
        negated = _made_by(value, made, "negative")
        known = _made_by(negated.operands[0] if negated else value, made, "constant")
        if known is None or not _is_infinite(known):
            continue
        number = known.attr("value")
        from gradc.passes.bracketed import wrapped
        from gradc.passes.spelling import spelled

        text = spelled(other, made)
        infinite = "-inf" if (negated is None) == (number < 0) else "inf"
        asked = text if other.type.dtype == "bool" else f"{wrapped(text)} != 0"
        helps = (f"write `where({asked}, {infinite}, 0)`",) if text else ()
        message = f"`{infinite}` times 0 is NaN"
        yield Diagnostic("W904", message, node.span, helps=helps)


def _made_by(value: Value, made: Makers, *names: str) -> Apply | None:
    """The node that makes a value, where it is one of these operations."""
    node = made.get(value)
    return node if isinstance(node, Apply) and node.name in names else None


def _rows_of_places(node: Apply, made: Makers) -> Iterator[Diagnostic]:
    """`z[argmax(z, axis=1)]`: positions along one axis that pick along another."""
    x, places = node.operands
    maker = _made_by(places, made, *_PLACES)
    if maker is None or node.attr("axis") != 0 or x.type.rank != 2:
        return
    if x.type.shape[0] == x.type.shape[1]:
        return  # a table of steps from one to another
    if maker.operands[0].type.shape != x.type.shape or maker.attr("axis") not in (1, -1):
        return
    from gradc.passes.spelling import spelled

    text, of = spelled(x, made), spelled(maker.operands[0], made)
    message = f"positions along axis 1, by `{maker.name}`, pick rows of the array here"
    if maker.operands[0] is x and text:
        helps = (f"the element of each row is `{_PLACES[maker.name]}({text}, axis=1)`",)
    else:
        index = f"{maker.name}({of or '…'}, axis=1)[:, newaxis]"
        helps = (f"one of each row is `take_along_axis({text or '…'}, {index}, axis=1)[:, 0]`",)
    yield Diagnostic("W905", message, node.span, helps=helps)


def _in_every_row(node: Apply, made: Makers) -> Iterator[Diagnostic]:
    """`logp[:, y]` of `[B, C]` with labels `[B]`: all labels in every row, rather than its own."""
    x, labels = (v.type for v in node.operands)
    found = _INDEXED.fullmatch(node.span.text) if node.span is not None else None
    if found is None or x.rank != 2 or labels.shape != x.shape[:1] or x.shape[0] == x.shape[1]:
        return
    if isinstance(size := x.shape[0], Poly):  # of a number, it may be how many are chosen
        message = f"`{found[0]}` picks all of `{found[2]}` in every row: {node.result.type}"
        one = f"{found[1]}[arange({size_text(size)}), {found[2]}]"
        yield Diagnostic("W905", message, node.span, helps=(f"one of each row is `{one}`",))


def _summed_apart(node: Apply, made: Makers) -> Iterator[Diagnostic]:
    """`einsum("bi,ij,bk->b", x, W, y)`: two axes of one size, each in one operand alone."""
    operands, _, result = node.attr("subscripts").partition("->")
    terms = operands.split(",")
    sizes = {
        letter: v.type.shape[axis]
        for term, v in zip(terms, node.operands, strict=True)
        for axis, letter in enumerate(term)
    }
    alone = [x for x in sizes if x not in result and operands.count(x) == 1]
    pairs = ((a, b) for i, a in enumerate(alone) for b in alone[i + 1 :] if sizes[a] == sizes[b])
    a, b = next(pairs, ("", ""))
    if not a or node.span is None or any(a in term and b in term for term in terms):
        return
    message = f"the axes {a} and {b} are summed apart, each in one operand"
    stated = re.search(r'"([^"]*)"', node.span.text)
    other = "one letter for both makes a product of them"
    if stated is not None and {a, b} <= set(stated[1]):
        other += f': `"{stated[1].replace(b, a)}"`'
    yield Diagnostic("W905", message, node.span, helps=(other,))
