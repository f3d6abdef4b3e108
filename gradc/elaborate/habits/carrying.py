"""Layers in loops that change the shape of what is carried."""

from __future__ import annotations

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.order import subtrees
from gradc.ir.types import Type
from gradc.source import Span
from gradc.syntax import tree

EXCHANGED = "takes what comes in, then what it carries"


def of_layer(scan: tree.Scan, name: str, value: tree.Expr, first: Type, after: Type) -> Help | None:
    """What is said of `GRUCell(h, x_t)`, and of `Dense(h, 8)` where 4 numbers are carried."""
    walked = {over.target.name for over in scan.over}
    for call in subtrees(value):
        if not isinstance(call, tree.Call) or not call.callee.span.text[:1].isupper():
            continue
        given = [a.value for a in call.args if a.keyword is None]
        names = [v.name if isinstance(v, tree.Name) else "" for v in given]
        if call.callee.span.text.endswith("Cell") and names[:1] == [name] and walked & {*names[1:]}:
            at = next(i for i, n in enumerate(names) if n in walked)
            texts = [" ".join(v.span.text.split()) for v in given]
            texts = [texts[at], *texts[:at], *texts[at + 1 :]]
            text = f"{call.callee.span.text}({', '.join(texts)})"
            place = Span(call.span.source, call.callee.span.start, call.args[-1].span.end)
            told = f"`{call.callee.span.text}` {EXCHANGED}: `{text}`"
            return Help(told, [Replacement(place, text.removesuffix(")"))])
        sizes = [v for v in given[1:] if isinstance(v, tree.Number) and v.value == after.shape[-1]]
        if after.rank == first.rank > 0 and len(sizes) == 1 and isinstance(first.shape[-1], int):
            width = str(first.shape[-1])
            at = sizes[0].span.start - call.span.start
            whole = call.span.text
            text = f"{whole[:at]}{width}{whole[at + len(sizes[0].span.text) :]}"
            told = f"each step carries the same shape: write `{' '.join(text.split())}`"
            return Help(
                f"{told}, or start from {after.shape[-1]} numbers, made before the loop",
                [Replacement(sizes[0].span, width)],
            )
    return None
