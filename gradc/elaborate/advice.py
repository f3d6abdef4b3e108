"""What typing rules advise, in the user's words: operands as they are written, and what fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from gradc.diagnostics import Help, Replacement
from gradc.elaborate.called import in_library
from gradc.elaborate.context import Context
from gradc.ir.sizes import Size, shape_text
from gradc.ir.types import Type
from gradc.patterns import pattern
from gradc.source import Source, Span
from gradc.syntax.habits.enclosed import wrapped

_LONGEST = 40  # characters of an operand that a help repeats
_REDUCED = pattern(r"\baxis=(-?\d+)\)$")
_OPERAND = pattern(r"\{(\d)\}")


def written(context: Context, spans: Sequence[Span]) -> list[str]:
    """What the user wrote for operands, fit to stand in a formula; empty where that is long.

    In a body of the library it is the argument of the call that led there, if it is one.
    """
    calling = context.builder.origin.calling
    found = [s if calling is None else calling.given(s) for s in spans]
    texts = ["" if in_library(s) else wrapped(" ".join(s.text.split())) for s in found]
    return [t if len(t) <= _LONGEST else "" for t in texts]


def worded(context: Context, helps: Iterable[str], spans: Sequence[Span]) -> list[str]:
    """The helps of a typing rule, with what is written for `{0}`; those that can be worded."""
    texts = written(context, spans)
    kept = [h for h in helps if all(texts[int(i)] for i in _OPERAND.findall(h))]
    return [_OPERAND.sub(lambda m: texts[int(m[1])], h) for h in kept]


def stretched(types: Sequence[Type], texts: Sequence[str], *, product: bool) -> list[str]:
    """How two arrays would broadcast: by new axes, transposed, or in a product of matrices."""
    helps: list[str] = []
    for i, j in ((1, 0), (0, 1)):
        small, large = types[i].shape, types[j].shape
        if (
            texts[i][:1] not in ("", "[")
            and len(small) < len(large)
            and (found := _new_axes(small, large))
        ):
            return _placed(texts[i], found, large)
    for i, j in ((0, 1), (1, 0)):
        left, right = types[i].shape, types[j].shape
        matrices = len(left) in (1, 2) and len(right) in (1, 2) and left[-1] == right[0]
        if product and matrices and all(texts) and not helps:
            helps = [f"`{texts[i]} @ {texts[j]}` is the product of matrices"]
    for i, j in ((1, 0), (0, 1)):
        small, large = types[i].shape, types[j].shape
        if texts[i] and len(small) == len(large) == 2 and _broadcasts(small[::-1], large):
            return [*helps, f"`{texts[i]}.T` fits {shape_text(large)}"]
    return helps


def positions(count: int, last: str) -> list[str]:
    """Which positions there are among so many; `last` says the last of them in another way."""
    if not count:
        return ["there are no positions"]
    those = "the only position is `0`" if count == 1 else f"positions are `0` to `{count - 1}`"
    return [f"{those}; `{last}` is the last" if last and count > 1 else those]


def from_one(name: str, source: Source, count: int) -> list[str]:
    """What is said of `y[1] + y[2] + y[3]`, where the elements of an axis are counted from 1."""
    if not pattern(r"[\w.]+").fullmatch(name):
        return []
    found = list(pattern(rf"(?<![\w.]){re.escape(name)}\[(\d+)\]").finditer(source.text))
    if {int(m[1]) for m in found} != {*range(1, count + 1)} or count < 2:
        return []
    edits = [Replacement(Span(source, *m.span(1)), str(int(m[1]) - 1)) for m in found]
    to = "," if count == 2 else " …"
    return [Help(f"positions begin at 0: `{name}[0]`{to} `{name}[{count - 1}]`", edits)]


def _placed(text: str, found: Sequence[Sequence[int]], large: Sequence[Size]) -> list[str]:
    """What is said of where new axes may be: where that is not certain, of the first two ways.

    What lies along the last axis of both comes first: a mask is mostly one of what is looked at.
    """
    if reduced := _REDUCED.search(text):  # of an array, of which the axis comes back
        axis = int(reduced[1]) % len(large) if -len(large) <= int(reduced[1]) < len(large) else -1
        found = [new for new in found if new == (axis,)] or found
    entries = [["newaxis" if a in new else ":" for a in range(len(large))] for new in found]
    for listed in entries:
        while listed[0] == "newaxis":
            del listed[0]  # those in front come by themselves
    if len(entries) == 1:
        while entries[0][-1] == ":":
            del entries[0][-1]
        return [f"`{text}[{', '.join(entries[0])}]` fits {shape_text(large)}"]
    return [f"`{text}[{', '.join(listed)}]` fits {shape_text(large)}" for listed in entries[:2]]


def _new_axes(small: Sequence[Size], large: Sequence[Size]) -> list[tuple[int, ...]]:
    """The axes to add so that the smaller shape broadcasts to the larger one, first in front."""
    rank, found = len(large), list[tuple[int, ...]]()
    for new in combinations(range(rank), rank - len(small)):
        sizes = iter(small)
        if _broadcasts([1 if a in new else next(sizes) for a in range(rank)], large):
            found.append(new)
    return found


def _broadcasts(shape: Sequence[Size], large: Sequence[Size]) -> bool:
    return all(s in (1, other) for s, other in zip(shape, large, strict=True))
