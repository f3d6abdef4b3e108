"""Accidents: shapes that fit, though seldom in the way that is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradc.diagnostics import Diagnostic
from gradc.ir.node import Apply, Node
from gradc.ir.sizes import Poly, size_text
from gradc.passes.forms import Makers

_INDEXED = re.compile(r"(\w+)\[\s*:\s*,\s*(\w+)\s*\]")


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
            value = node.operands[0 if column is a else 1]
            from gradc.passes.spelling import spelled, wrapped

            text = spelled(value, made)
            shown = f"write `{wrapped(text)}[:, 0]`: it" if text else "`[:, 0]` or `reshape`"
            helps = (f"{shown} makes {column} one axis",)
            yield Diagnostic("W905", message, node.span, helps=helps)


def _is_column(node: Node | None) -> bool:
    """Whether a body of the library made it a column, as `outer` does."""
    if node is None or node.traits.view is None:
        return False
    return node.span is not None and node.span.source.is_library


def by_accident(node: Node, made: Makers) -> Iterator[Diagnostic]:
    """W905 of a formula of the user's own that is no elementwise one."""
    if isinstance(node, Apply) and node.name == "take":
        yield from _in_every_row(node)
    elif isinstance(node, Apply) and node.name == "einsum":
        yield from _summed_apart(node)


def _in_every_row(node: Apply) -> Iterator[Diagnostic]:
    """`logp[:, y]` of `[B, C]` with labels `[B]`: all labels in every row, rather than its own."""
    x, labels = (v.type for v in node.operands)
    found = _INDEXED.fullmatch(node.span.text) if node.span is not None else None
    if found is None or x.rank != 2 or labels.shape != x.shape[:1] or x.shape[0] == x.shape[1]:
        return
    if isinstance(size := x.shape[0], Poly):  # of a number, it may be how many are chosen
        message = f"`{found[0]}` picks all of `{found[2]}` in every row: {node.result.type}"
        one = f"{found[1]}[arange({size_text(size)}), {found[2]}]"
        yield Diagnostic("W905", message, node.span, helps=(f"one of each row is `{one}`",))


def _summed_apart(node: Apply) -> Iterator[Diagnostic]:
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
