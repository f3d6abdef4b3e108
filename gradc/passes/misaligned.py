"""Misaligned: a reduction of an array that meets it along other axes than those that it kept.

`A / sum(A, axis=1)` of a square array: the sums are of rows, and divide columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradc.diagnostics import Diagnostic, Label
from gradc.ir.node import Apply, Call, Node, Value
from gradc.passes.collapsed import axes_at
from gradc.passes.forms import Makers
from gradc.source import Span

_MEETS = {"divide": "divides", "multiply": "multiplies", "add": "is added to",
          "subtract": "is taken from"}  # fmt: skip


def misaligned(node: Apply, made: Makers) -> Iterator[Diagnostic]:
    """W905 for a node whose one operand is a reduction of the other, or of what that is made of."""
    if node.span is None or node.span.source.is_library:
        return
    whole, less = sorted(node.operands, key=lambda v: -v.type.rank)
    shape, rank = whole.type.shape, less.type.rank
    near = _alike(whole, made)
    for found, named in _reductions(less, None, made):
        source = found.operands[0]
        kept = [a for a in range(len(shape)) if a not in _axes(found)]
        fits = kept == list(range(len(shape) - rank, len(shape)))
        if fits or source.type.shape != shape or near.isdisjoint(_alike(source, made)):
            continue
        if not _is_spread(less, found, made):
            yield _told(node, found, less, named, made)
            return


def _axes(node: Apply | Call) -> tuple[int, ...]:
    known = node.function.known or {} if isinstance(node, Call) else {}
    axis = node.attr("axis") if isinstance(node, Apply) else known.get("axis")
    return axes_at(axis, node.operands[0].type.rank)


def _reduces(node: Node | None) -> bool:
    """Whether a node has one number for what lies along axes that its result lacks."""
    if type(node) is Apply:
        names = node.op.attribute_index
        return "axis" in names and "keepdims" in names and not node.attr("keepdims")
    if type(node) is Call:
        known = node.function.known or {}
        return "axis" in known and known.get("keepdims") is False
    return False


def _reductions(
    value: Value, named: Value | None, made: Makers, depth: int = 12
) -> Iterator[tuple[Apply | Call, Value | None]]:
    """The reductions that a value is made of, element by element, each with the name on the way to
    it that another line gives.
    """
    node = made.get(value)
    if node is None or not depth:
        return
    if named is None and value.named and "." not in value.name:  # of the file itself
        named = value
    if (type(node) is Apply or type(node) is Call) and _reduces(node):
        yield node, named
    elif node.traits.elementwise:
        for operand in node.operands:
            if operand.type.shape == value.type.shape:
                yield from _reductions(operand, named, made, depth - 1)


def _alike(value: Value, made: Makers) -> set[Value]:
    """What a value is made of, element by element, of its own shape."""
    pending, found = [value], set[Value]()
    while pending:
        value = pending.pop()
        if value in found:
            continue
        found.add(value)
        node = made.get(value)
        if node is not None and node.traits.elementwise:
            pending += [v for v in node.operands if v.type.shape == value.type.shape]
    return found


def _is_spread(less: Value, found: Apply | Call, made: Makers) -> bool:
    """Whether the same numbers stand along their own axes elsewhere: then both are meant."""
    chain = _alike(less, made) | {found.results[0]}
    for node in made.values():
        if node.traits.view is None or node.operands[0].type.rank >= node.results[0].type.rank:
            continue
        if not chain.isdisjoint(_alike(node.operands[0], made)):
            return True
    return False


def _told(
    node: Apply, found: Apply | Call, less: Value, named: Value | None, made: Makers
) -> Diagnostic:
    from gradc.passes.spelling import spelled

    place = _call_of(found)
    call = " ".join(place.text.split()) if place is not None else ""
    text = (named.name if named is not None else "") or call or spelled(less, made)
    what = f"`{text}`" if text else "this"
    rank, axes = found.operands[0].type.rank, _axes(found)
    if rank == 2:
        is_behind = less is node.operands[1] or node.name in ("add", "multiply")
        verb = _MEETS.get(node.name, "meets") if is_behind else "meets"
        message = f"{what} holds one number for each row, and {verb} the columns here"
    else:
        message = f"{what} meets other axes here than those that it kept"
    helps = ["write `keepdims=true`"]
    if named is not None and len(axes) == 1:
        index = ":, " * axes[0] + "newaxis"
        helps = [f"write `{named.name}[{index}]`, or `keepdims=true` where `{named.name}` is made"]
    elif call and re.match(r"[\w.]+\(.*\)$", call):
        helps = [f"write `{call[:-1].rstrip(', ')}, keepdims=true)`"]
    labels = []
    if place is not None and named is not None:
        labels = [Label(place, "one for each row" if rank == 2 else "without these axes")]
    return Diagnostic("W905", message, node.span, "", tuple(labels), tuple(helps))


def _call_of(found: Apply | Call) -> Span | None:
    """The place of the user's call that a reduction is of."""
    span, calling = found.span, found.origin.calling
    while calling is not None and span is not None and span.source.is_library:
        span, calling = calling.place, calling.outer
    return None if span is None or span.source.is_library else span
