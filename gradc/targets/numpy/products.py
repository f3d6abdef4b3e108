"""What `np.einsum(…, optimize=True)` allocates: two operands at a time, as products of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradc.ir.layout import Layout, packed, reshaped, transposed
from gradc.records import dataclass


@dataclass(frozen=True, slots=True)
class _Made:
    """An array on the way: what its axes are called, how it lies, and the bytes that it took."""

    label: str
    layout: Layout
    bytes: int


def einsum_layout(subscripts: str, operands: Sequence[Layout], usual: Layout) -> Layout:
    """How the result lies in memory."""
    if len(operands) == 1:
        return usual
    return _contracted(subscripts, operands)[0].layout


def einsum_scratch(subscripts: str, operands: Sequence[Layout], result: Layout) -> int:
    """The bytes beside the result at the moment when they are the most."""
    if len(operands) > 1:
        return max(_contracted(subscripts, operands)[1] - result.bytes, 0)
    # A view is copied alone, a sum beside the copy.
    label = subscripts.partition("->")[0].strip()
    return result.bytes if operands[0].count != result.count or len(label) > len(set(label)) else 0


def _contracted(subscripts: str, operands: Sequence[Layout]) -> tuple[_Made, int]:
    """The result, and the peak on the way to it."""
    labels, out = _named(subscripts, operands)
    there = [_Made(label, x, 0) for label, x in zip(labels, operands, strict=True)]
    peak = 0
    for places in _path(subscripts, operands):
        taken = [there.pop(place) for place in places]
        held = sum(one.bytes for one in there) + sum(one.bytes for one in taken)
        left = "".join([one.label for one in there])
        goes_on = (
            out
            if not there
            else "".join(
                [c for c in dict.fromkeys("".join([t.label for t in taken])) if c in left + out]
            )
        )
        made, more = _pair(taken, goes_on)
        peak = max(peak, held + more)
        there.append(made)
    return there[0], peak


def _path(subscripts: str, operands: Sequence[Layout]) -> list[tuple[int, ...]]:
    """Which operands meet, the last places first."""
    if len(operands) == 2:
        return [(1, 0)]
    import numpy as np

    stand_ins = [np.broadcast_to(np.float64(0), x.shape) for x in operands]
    path, _ = np.einsum_path(subscripts, *stand_ins, optimize="greedy")
    return [tuple(sorted(places, reverse=True)) for places in path[1:]]


def _named(subscripts: str, operands: Sequence[Layout]) -> tuple[list[str], str]:
    """The axes of operands and result by letters, those of an ellipsis by others."""
    subscripts = subscripts.replace(" ", "")
    before, arrow, out = subscripts.partition("->")
    labels = before.split(",")
    spare = [c for c in map(chr, range(0x100, 0x200)) if c not in subscripts]
    found = []
    most = ""
    for label, x in zip(labels, operands, strict=True):
        more = len(x.shape) - len(label.replace("...", ""))
        dots = "".join(reversed(spare[:more])) if "..." in label else ""
        most = max(most, dots, key=len)
        found.append(label.replace("...", dots))
    if not arrow:
        letters = sorted(set(before) - set(",."))
        out = "..." + "".join([c for c in letters if before.count(c) == 1])
    return found, out.replace("...", most)


def _pair(taken: Sequence[_Made], out: str) -> tuple[_Made, int]:
    """What two operands make, and the bytes that this takes, the result's included."""
    sizes: dict[str, int] = {}
    for one in taken:
        for letter, size in zip(one.label, one.layout.shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), size)
    itemsize = taken[0].layout.itemsize
    shape = tuple([sizes[c] for c in out])
    if len(taken) == 1 or len(taken) > 2:
        result = packed(shape, itemsize)
        return _Made(out, result, result.bytes), result.bytes
    a, b = (set(one.label) for one in taken)
    both = [c for c in dict.fromkeys(taken[0].label) if c in b]
    batch = [c for c in both if c in out]
    inner = [c for c in both if c not in out]
    left = [c for c in dict.fromkeys(taken[0].label) if c in out and c not in b]
    right = [c for c in dict.fromkeys(taken[1].label) if c in out and c not in a]
    product = "".join([*batch, *left, *right])
    more = 0
    if inner:
        groups = ((batch, left, inner), (batch, inner, right))
        more = sum(_prepared(one, g, sizes) for one, g in zip(taken, groups, strict=True))
    else:
        product = out
    made = packed(tuple([sizes[c] for c in product]), itemsize)
    layout = transposed(made, [product.index(c) for c in out])
    return _Made(out, layout, made.bytes), made.bytes + more


def _prepared(one: _Made, groups: Sequence[Sequence[str]], sizes: dict[str, int]) -> int:
    """The bytes of an operand as a stack of matrices, where it has to be copied for that."""
    wanted = [c for group in groups for c in group]
    more = 0
    layout = one.layout
    if set(one.label) != set(wanted):  # what it alone has is summed first
        layout = packed([sizes[c] for c in wanted], layout.itemsize)
        more = layout.bytes
    else:
        layout = transposed(layout, [one.label.index(c) for c in wanted])
    shape = [math.prod([sizes[c] for c in group]) for group in groups if group or len(groups) < 3]
    found = reshaped(layout, shape)
    return more if found is not None else more + layout.bytes
