"""Cuts: what is made of arrays side by side is made part by part.

In the loops over a part it is known of which array an element comes, so that nothing is asked at
each position; and parts that are alike are made in the same loops as what they are made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradc.ir.node import Apply
from gradc.ir.plan import Statement
from gradc.ir.sizes import Size, dimensions_of
from gradc.targets.c.nests import nest_of
from gradc.targets.c.nests.nest import Pointwise
from gradc.targets.c.reading import Cut
from gradc.targets.c.sizes import Index

_MOST = 8  # parts


def parts_of(
    node: Apply, nest: Pointwise, here: Index, cuts: Sequence[Cut], later: Sequence[Statement]
) -> list[Pointwise]:
    """The nests of a statement that is read at `here`, of whose operands some have `cuts`: one for
    each part, or the one that there is. What statements behind it read in the same loops stays in
    one."""
    if any(_follows(statement, node, nest) for statement in later):
        return [nest]
    for axis, at in enumerate(here):
        bounds = _bounds(nest.domain[axis], at, cuts)
        if bounds is not None and 2 < len(bounds) <= _MOST + 1:
            before, behind = nest.domain[:axis], nest.domain[axis + 1 :]
            sizes = [(b, c - b) for b, c in pairwise(bounds)]
            return [Pointwise((*before, size, *behind), axis, start) for start, size in sizes]
    return [nest]


def _follows(statement: Statement, node: Apply, nest: Pointwise) -> bool:
    if node.result not in statement.reads or not isinstance(statement.node, Apply):
        return False
    own = nest_of(statement.node)
    return own is not None and own.domain == nest.domain


def _bounds(size: Size, at: Size, cuts: Sequence[Cut]) -> list[Size] | None:
    """Where parts along an axis begin, and where the last ends; None where that is not known."""
    found = []
    for position, bounds in cuts:
        moved = position - at
        if not any(name[0] in "@=" for name in dimensions_of(moved)):
            found.append([bound - moved for bound in bounds])
    numbers = [b for bounds in found for b in bounds if isinstance(b, int)]
    if isinstance(size, int) and len(numbers) == sum(map(len, found)):
        return [*sorted({0, size, *(b for b in numbers if 0 < b < size)})]
    (first, *others) = found or [[]]
    alike = first[:1] == [0] and first[-1] == size and all(o == first for o in others)
    return first if alike else None
