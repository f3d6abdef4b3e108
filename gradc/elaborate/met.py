"""Shapes that helps list, by what the array meets in a product: the one that fits stands first."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.elaborate.found import Found
from gradc.ir.sizes import Size
from gradc.patterns import pattern
from gradc.source import Span

_SHAPE = pattern(r"`\[(?:.*, )?(\S+)\]`")


def first_fitting(helps: Sequence[str], made: Span, found: Found) -> list[str]:
    """Helps that begin with a shape, those first whose last size is that of what it meets."""
    name, size = _factor(made, found)
    fits = [h for h in helps if (m := _SHAPE.match(h)) is not None and m[1] == str(size)]
    if not name or not fits:
        return list(helps)
    told = [f"{fits[0]}, and fits `{name}`", *fits[1:]]
    return told + [h for h in helps if h not in fits]


def _factor(made: Span, found: Found) -> tuple[str, Size]:
    """What stands behind an array in a product by `@`, or behind the name that it is bound to.

    With it comes its size there.
    """
    text, start, end = made.source.text, made.start, made.end
    times = r"[ \t]*@[ \t]*(\w+)(?![\w.(\[])"
    behind = pattern(times).match(text, end)
    bound = pattern(r"(?m)^[ \t]*(\w+)[ \t]*=[ \t]*\Z").search(text, 0, start)
    if behind is None and bound is not None:
        behind = pattern(rf"(?<![\w.]){bound[1]}{times}").search(text, end)
    values = {i.name: i.value for _, i in found.inputs} | {p.name: p.value for _, p in found.params}
    met = values.get(behind[1]) if behind is not None else None
    if met is None or not met.type.rank:
        return "", 0
    return met.name, met.type.shape[-2 if met.type.rank > 1 else -1]
