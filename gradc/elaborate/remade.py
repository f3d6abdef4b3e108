"""Remade: operands that do not fit, and would if the call that made one were a little different.

A reduction along another axis, `concatenate` instead of `stack`, `take` along an axis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.called import Called, in_library
from gradc.elaborate.found import Found
from gradc.ir.node import Apply, Node, Value, applies
from gradc.ir.sizes import Size, shape_text
from gradc.patterns import pattern
from gradc.records import dataclass
from gradc.source import Span
from gradc.syntax.habits.enclosed import closing, parts

Shape: TypeAlias = Sequence[Size]
Fits: TypeAlias = Callable[[Shape, Shape], bool]
"""Whether two operands of these shapes fit each other, in their order."""

_AXIS = pattern(r"(?<=axis=)\s*-?\d+(?=\s*[,)])")
_UNSTATED = pattern(r"(?<=\])\s*(?:,\s*(?:-?\d+\s*)?)?(?=\)$)")
"""Where a call says an axis by its place, or says none."""


def remade(operands: Sequence[Value], fits: Fits, nodes: Sequence[Node]) -> list[Help]:
    """The help that changes the call behind an operand so that both fit; at most one."""
    made = {r: n for n in nodes for r in n.results}
    shapes = [v.type.shape for v in operands]
    for i in (1, 0):
        found = _maker(operands[i], made)
        if found is None or in_library(found.place):
            continue
        for shape, told, place, text in _others(found):
            if fits(*(shape if at == i else shapes[at] for at in (0, 1))):
                return [Help(told, [Replacement(place, text)])]
    return []


def as_its_neighbour(operands: Sequence[Value], nodes: Sequence[Node]) -> list[Help]:
    """The help for `m, s = mean(x, axis=0), std(x, axis=1)`: reduced as the other one of `x` is."""
    reduced = {
        (n.operands[0], n.result.type.shape)
        for n in nodes
        if len(n.results) == 1 and n.operands and n.result.type.rank == n.operands[0].type.rank - 1
    }
    made = {r: n for n in nodes for r in n.results}
    helps = remade(operands, alike, nodes)
    for i in (1, 0) if helps else ():
        found = _maker(operands[i], made)
        of = None if found is None else _given(found)
        shapes = {shape for value, shape in reduced if value is of}
        if found is not None and len(shapes) > 1 and found.shape in shapes:
            return helps
    return []


def _given(made: _Made) -> Value | None:
    """What is reduced."""
    called = _called(made.node)
    if called is None:
        return made.node.operands[0]
    given = called.values.get(called.function.definition.parameters[0].name.name)
    return given if isinstance(given, Value) else None


def made_as(value: Value, shape: Shape, called: str, nodes: Sequence[Node]) -> list[Help]:
    """The help that changes the call behind a value so that it has this shape; at most one."""
    made = _maker(value, {r: n for n in nodes for r in n.results})
    if made is None or in_library(made.place):
        return []
    for other, _, place, text in _others(made):
        if tuple(other) == tuple(shape):
            return [Help(f"write `{text}`, which is `{called}`", [Replacement(place, text)])]
    return []


def of_several(operands: Sequence[Value], nodes: Sequence[Node]) -> list[str]:
    """What the results of a call are, where an operand is one of several: `V, lam = eigh(A)`."""
    made = {r: n for n in nodes for r in n.results}
    for value in operands:
        node = made.get(value)
        while node is not None and node.traits.view is not None and len(node.operands) == 1:
            node = made.get(node.operands[0])
        if isinstance(node, Apply) and len(node.results) > 1:
            names = ", ".join(f"`{name}`" for name in node.op.result_names)
            kinds = ", ".join(str(result.type) for result in node.results)
            return [f"`{node.name}` gives {names} in this order: {kinds}"]
    return []


def joined(operands: Sequence[Value], span: Span) -> list[Help]:
    """`concatenate([a, b], axis=1)` along the axis beside which the arrays are alike."""
    shapes, stated = [v.type.shape for v in operands], list(_AXIS.finditer(span.text))
    if not stated:
        stated = list(_UNSTATED.finditer(span.text))
    if len({len(shape) for shape in shapes}) != 1 or len(stated) != 1:
        return []
    for axis in range(len(shapes[0])):
        if len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) == 1:
            axis_ = str(axis) if _AXIS.search(span.text) else f", axis={axis}"
            text = f"{span.text[: stated[0].start()]}{axis_}{span.text[stated[0].end() :]}"
            exact = Span(span.source, span.start, span.end)
            told = f"they are alike beside axis {axis}: `{' '.join(text.split())}`"
            return [Help(told, [Replacement(exact, text)])]
    return []


def sized_by_layer(
    operands: Sequence[Value], axes: Sequence[int], nodes: Sequence[Node], found: Found
) -> Iterator[str]:
    """The size that a call of a layer says, where an operand has it from there: `Dense(x, 24)`."""
    made = {r: n for n in nodes for r in n.results}
    owned = {p.value: p for _, p in found.params if p.calling is not None}
    for position in (1, 0):
        size, other = (operands[i].type.shape[axes[i]] for i in (position, 1 - position))
        pending, seen = [operands[position]], 0
        while pending and seen < _STEPS:
            value, seen = pending.pop(), seen + 1
            param, node = owned.get(value), made.get(value)
            place = param.place if param is not None and value.type.shape[-1:] == (size,) else None
            stated = pattern(rf"(\w+\([^\n()]*?,[ ]*){re.escape(str(size))}(?P<rest>[,)][^\n()]*)")
            head = stated.match(place.source.text, place.start) if place else None
            if place is not None and head is not None:
                exact = Span(place.source, head.end(1), head.start("rest"))
                text = f"{head[1]}{other}{head['rest'].partition(')')[0]})"
                told = f"the layer called on line {place.line} makes {size}: `{text}` fits"
                yield Help(told, [Replacement(exact, str(other))])
                return
            if node is not None and (node.traits.elementwise or applies(node, "matmul")):
                pending += [v for v in node.operands if v.type.shape[-1:] == (size,)]


_STEPS = 12  # back from an operand to what a layer owns


def products_fit(a: Shape, b: Shape) -> bool:
    """Whether `a @ b` has a type."""
    if not a or not b or a[-1] != b[-2 if len(b) > 1 else -1]:
        return False
    outer = zip(reversed(a[:-2]), reversed(b[:-2]), strict=False)
    return all(m == n or 1 in (m, n) for m, n in outer)


def alike(a: Shape, b: Shape) -> bool:
    """Whether elements of both stand beside each other, and the smaller one is stretched alone."""
    pairs = list(zip(reversed(a), reversed(b), strict=False))
    return all(m == n for m, n in pairs) and bool(a) and bool(b)


@dataclass(frozen=True, slots=True)
class _Made:
    """A call that made an operand: what it was given first, where it stands, and its shape."""

    node: Node
    given: Shape
    place: Span
    shape: Shape


def _maker(value: Value, made: dict[Value, Node]) -> _Made | None:
    """What made a value, but for numbers that it was multiplied by and the like."""
    while (node := made.get(value)) is not None:
        if (called := _called(node)) is not None:
            given = called.values.get(called.function.definition.parameters[0].name.name)
            shape = given.type.shape if isinstance(given, Value) else ()
            return _Made(node, shape, called.place, value.type.shape)
        if not isinstance(node, Apply) or not node.traits.elementwise:
            break
        arrays = [v for v in node.operands if v.type.rank]
        if len(arrays) != 1 or arrays[0].type.shape != value.type.shape:
            return None
        value = arrays[0]
    if node is None or node.span is None or not node.operands:
        return None
    return _Made(node, node.operands[0].type.shape, node.span, value.type.shape)


def _called(node: Node) -> Called | None:
    """The user's call of a function of the library in whose body a node stands."""
    calling, found = node.origin.calling, None
    while isinstance(calling, Called):
        if calling.function.module.trusted:
            found = calling
        calling = calling.outer
    return found


def _others(made: _Made) -> Iterator[tuple[Shape, str, Span, str]]:
    """The shapes that other calls would have: each with what is said, its place, and its text."""
    node, given, whole, span = made.node, made.given, made.place.text, made.place
    exact = Span(span.source, span.start, span.end)
    inside = whole[whole.find("(") + 1 : -1] if closing(whole, whole.find("(")) else ""
    if applies(node, "take") and node.attr("axis") is None and len(given) > 1:
        text = f"{whole[:-1]}, axis=0)"
        shape = (*node.operands[1].type.shape, *given[1:])
        told = f"`take` without an axis counts through all elements; its rows are `{text}`"
        yield shape, told, exact, text
    elif applies(node, "stack"):
        listed = parts(inside)[0] if inside else ""
        for axis in reversed(range(len(given))):
            text = f"concatenate({listed}, axis={axis})"
            sizes = [v.type.shape[axis] for v in node.operands]
            total = sum(sizes[1:], sizes[0])
            told = f"`stack` makes a new axis; along one that there is they are joined by `{text}`"
            yield (*given[:axis], total, *given[axis + 1 :]), told, exact, text
    elif len(given) == len(made.shape) + 1:
        stated = list(_AXIS.finditer(whole))
        for axis in range(len(given)) if len(stated) == 1 else ():
            shape = (*given[:axis], *given[axis + 1 :])
            if shape == made.shape:
                continue
            text = " ".join(f"{whole[: stated[0].start()]}{axis}{whole[stated[0].end() :]}".split())
            yield shape, f"`{text}` is {shape_text(shape)}", exact, text
