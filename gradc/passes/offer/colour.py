"""Colour: columns of a sparse matrix that share no row are found by one product.

Greedy, those with most entries first; colours are numbered as columns come.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence


def coloured(columns: Sequence[Collection[Hashable]]) -> list[int]:
    """A colour for each column, given its rows: no two of one colour share a row."""
    order = sorted(range(len(columns)), key=lambda i: (-len(columns[i]), i))
    taken: dict[Hashable, int] = {}  # for each row the colours of columns that have an entry there
    colours = [0] * len(columns)
    for column in order:
        forbidden = 0
        for row in columns[column]:
            forbidden |= taken.get(row, 0)
        colour = (~forbidden & (forbidden + 1)).bit_length() - 1
        colours[column] = colour
        for row in columns[column]:
            taken[row] = taken.get(row, 0) | 1 << colour
    number = {colour: i for i, colour in enumerate(dict.fromkeys(colours))}
    return [number[colour] for colour in colours]
