"""Symmetric: of a Hessian each entry stands there twice, and is found once.

An entry can be read where either of its two elements is moved, so fewer elements have to be kept
apart. A star colouring says which: no two that meet have one colour, and no four in a row have two
(T. F. Coleman and J. J. Moré, Estimation of sparse Hessian matrices and graph coloring problems,
1984; the greedy algorithm is 4.1 of A. H. Gebremedhin, F. Manne and A. Pothen, What color is your
Jacobian?, SIAM Review 47, 2005).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from gradc.ir.graph import Graph, Output
from gradc.ir.loop import all_nodes
from gradc.ir.node import Call
from gradc.passes.offer.places import size_of
from gradc.passes.offer.sparse import Pattern, Read
from gradc.records import dataclass

_STEPS = 5_000_000  # that a colouring may take; a matrix that is nearly dense has no use for it


def is_symmetric(part: Graph) -> bool:
    """Whether a gradient is the derivative of its loss: rules of the user's need not be."""
    return not any(isinstance(n, Call) and n.function.known is None for n in all_nodes(part.nodes))


def mirrored(pattern: Pattern) -> Mirrored | None:
    """The pattern where each place has its opposite; None where a block has not."""
    places = {}
    for (row, column), listed in pattern.places.items():
        opposite = pattern.places[column, row]
        if bool(listed) != bool(opposite):
            return None
        places[row, column] = sorted({*listed, *((i, j) for j, i in opposite)})
    found = Mirrored(pattern.rows, pattern.columns, places, {})
    return Mirrored(pattern.rows, pattern.columns, places, found.stars() or found.groups())


@dataclass(frozen=True, slots=True)
class Mirrored(Pattern):
    """A symmetric pattern. `together` has a number for each element: what is found together."""

    together: Mapping[str, Sequence[int]]

    def stars(self) -> dict[str, list[int]] | None:
        """What is found together by a star colouring; None where columns alone do as well."""
        starts, total = _starts(self.columns)
        near: list[list[int]] = [[] for _ in range(total)]
        for (row, column), listed in self.places.items():
            for i, j in listed:
                one, other = starts[row] + i, starts[column] + j
                if one != other:
                    near[one].append(other)
        names = [c.name for c in self.columns for _ in range(size_of(c.value.type.shape))]
        colours = star_coloured(near, names)
        if colours is None:
            return None
        found = {}
        for name, start in starts.items():
            own = colours[start : start + names.count(name)]
            number = {colour: i for i, colour in enumerate(dict.fromkeys(own))}
            found[name] = [number[colour] for colour in own]
        by_columns = self.groups()
        return found if _count(found) < _count(by_columns) else None

    def parts(self, row: Output, column: Output) -> list[tuple[Output, Output, list[Read]]]:
        """Where the entries of a block are read: at the row, where the column is moved, or at the
        column where the row is."""
        starts, _ = _starts(self.columns)
        here: list[Read] = []
        there: list[Read] = []
        met = {
            (a, b): Counter((i, self.together[b][j]) for i, j in self.places[a, b])
            for a, b in ((row.name, column.name), (column.name, row.name))
        }
        for i, j in self.places[row.name, column.name]:
            one, other = (row.name, i), (column.name, j)
            if starts[row.name] + i > starts[column.name] + j:
                one, other = other, one  # of both its places the same is read
            (a, p), (b, q) = one, other
            if met[a, b][p, self.together[b][q]] > 1:
                (a, p), (b, q) = other, one
            (here if a == row.name else there).append(((i, j), (p, q)))
        return [part for part in ((row, column, here), (column, row, there)) if part[2]]


def _starts(columns: Sequence[Output]) -> tuple[dict[str, int], int]:
    """Where the elements of each name begin, counted through, and how many there are."""
    starts, total = {}, 0
    for column in columns:
        starts[column.name] = total
        total += size_of(column.value.type.shape)
    return starts, total


def _count(groups: Mapping[str, Sequence[int]]) -> int:
    return sum(len(set(numbers)) for numbers in groups.values())


def star_coloured(near: Sequence[Sequence[int]], kinds: Sequence[str]) -> list[int] | None:
    """A colour for each vertex of a graph, by its neighbours; None where that takes too long.

    Colours of different kinds are different. No two neighbours share one, and no path of four
    vertices has but two.
    """
    if sum(len(near[w]) for some in near for w in some) > _STEPS:
        return None
    bits = [sum(1 << w for w in some) for some in near]
    colours: list[tuple[str, int] | None] = [None] * len(near)
    classes: dict[tuple[str, int], int] = {}  # the vertices of each colour
    for v in sorted(range(len(near)), key=lambda i: (-len(near[i]), i)):
        forbidden = set()
        for w in near[v]:
            if (colour := colours[w]) is not None:
                forbidden.add(colour)
            others = 0 if colour is None else classes[colour] & ~(1 << w)
            for x in near[w]:
                if (taken := colours[x]) is not None and (colour is None or bits[x] & others):
                    forbidden.add(taken)
        number = 0
        while (kinds[v], number) in forbidden:
            number += 1
        own = colours[v] = (kinds[v], number)
        classes[own] = classes.get(own, 0) | 1 << v
    return [colour[1] for colour in colours if colour is not None]
