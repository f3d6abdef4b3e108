"""Splitting: which outer loops of a run can be shared out among cores."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from gradc.ir.node import Apply, Value
from gradc.ir.sizes import Size, product
from gradc.targets.c.groups import Group, Member, identity, loops_of
from gradc.targets.c.nests.nest import Pointwise, Running, Scatter, Total
from gradc.targets.c.reading import Reader
from gradc.targets.c.runs import Run, is_added_to
from gradc.targets.c.split import MANY, PARTS, SHARED, Split

_ROW = 64  # elements that take as long as it takes to begin with a row, and to end with it
_ENOUGH = 64  # steps that can be shared out evenly
_WHOLE = ("sum", "mean", "prod", "max", "min", "all", "any")  # what can be made of parts


def split_of(
    run: Run, reader: Reader, rows: Sequence[Value], claim: Callable[[str], str]
) -> Split | None:
    """How a run is shared out; None where it stays on one core. `rows` are arrays that lie in
    memory for one step."""
    orders = [loops_of(group) for group in run.groups]
    if not all(orders) or not all(_is_small(v.type.shape[run.depth :]) for v in rows):
        return None
    elements = _elements(run.groups)
    if run.depth:
        elements += _ROW * product(_shape(run.groups[0])[: run.depth])
    if isinstance(elements, int) and elements <= MANY:
        return None
    (domain, order) = _shape(run.groups[0]), orders[0]
    most = run.depth or max(1, min(2, len(order) - 1))
    found: tuple[int, ...] = ()
    for depth in range(1, most + 1):
        axes = tuple(order[:depth])
        pairs = zip(run.groups, orders, strict=True)
        if not all(_can(m, axes, own, reader) for g, own in pairs for m in g.members):
            break
        found = axes
        if math.prod(s for a in axes if isinstance(s := domain[a], int)) >= _ENOUGH:
            break
    if not found:
        return None
    members = [m for m in run.members if isinstance(m.nest, Total)]
    crossed = [m for m in members if _is_crossed(m, found)]
    added = tuple([m.statement.result for m in crossed if is_added_to(m)])
    count = product([domain[a] for a in found])
    in_parts = bool(crossed or rows)
    parts = str(PARTS) if isinstance(elements, int) else claim("parts") if in_parts else ""
    return Split(found, count, elements, in_parts, added, parts)


def _shape(group: Group) -> tuple[Size, ...]:
    nest = group.members[0].nest
    assert nest is not None
    return nest.domain


def _elements(groups: Sequence[Group]) -> Size:
    """The elements of the largest nest."""
    counts = [product(_shape(group)) for group in groups]
    free = [c for c in counts if not isinstance(c, int)]
    ranks = [len([s for s in _shape(g) if s != 1]) for g in groups]
    if not free:
        return max(c for c in counts if isinstance(c, int))
    return max(zip(ranks, counts, strict=True), key=lambda pair: pair[0] * (pair[1] in free))[1]


def _can(member: Member, axes: Sequence[int], order: Sequence[int], reader: Reader) -> bool:
    """Whether steps along axes can be done in any order, or in parts."""
    nest = member.nest
    if any(n.traits.impure for n in member.statement.nodes if isinstance(n, Apply)):
        return False  # draws happen in their order
    if isinstance(nest, Pointwise):
        return True
    if isinstance(nest, Running):
        return nest.axis not in axes
    if isinstance(nest, Scatter):
        return _goes_to_its_own(member, nest, axes, order, reader)
    assert isinstance(nest, Total)
    if not _is_crossed(member, axes):
        return True
    if not is_added_to(member):
        return nest.kind in _WHOLE and nest.axes >= set(order)
    return _is_small(member.statement.result.type.shape)


def _is_small(shape: Sequence[Size]) -> bool:
    """Whether each part may have such an array: a vector, or what is known to be small."""
    sizes = [s for s in shape if s != 1]
    known = [s for s in sizes if isinstance(s, int)]
    return math.prod(known) <= SHARED if len(known) == len(sizes) else len(sizes) == 1


def _is_crossed(member: Member, axes: Sequence[int]) -> bool:
    """Whether several steps along axes make the same total."""
    return isinstance(member.nest, Total) and any(a in member.nest.axes for a in axes)


def _goes_to_its_own(
    member: Member, nest: Scatter, axes: Sequence[int], order: Sequence[int], reader: Reader
) -> bool:
    """Whether what is done at a step along axes goes where no other step goes."""
    if nest.once is not None and any(a >= nest.once for a in axes):
        return False
    here, shape = identity(nest.domain), member.statement.result.type.shape
    before, reader.touched = reader.touched, []  # nothing is written yet
    try:
        place = nest.place(reader, here)
    finally:
        reader.touched = before
    return all(a < len(place) and place[a] == here[a] and shape[a] == nest.domain[a] for a in axes)
