"""Sparse: a matrix as its entries, found with few products where all sizes are fixed.

Columns, or rows, that share no entry's row, or column, are found together. What comes out of a
block is its numbers, their rows and their columns; both count elements in their order.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from gradc.ir.graph import Output
from gradc.ir.node import Value
from gradc.passes.offer.basis import Basis, Linear
from gradc.passes.offer.colour import coloured
from gradc.passes.offer.counting import is_in_turn, numbers, words
from gradc.passes.offer.pattern import patterns
from gradc.passes.offer.places import size_of
from gradc.records import dataclass

Place = tuple[int, int]
Read = tuple[Place, Place]
"""An entry's place in its block, and the place in a block where it is read."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The places of each block that may hold something else than 0, by row and column names."""

    rows: Sequence[Output]
    columns: Sequence[Output]
    places: Mapping[tuple[str, str], list[Place]]

    def parts(self, row: Output, column: Output) -> list[tuple[Output, Output, list[Read]]]:
        """Where the entries of a block are read, by the names of rows and columns: here in it."""
        places = self.places[row.name, column.name]
        return [(row, column, [(place, place) for place in places])] if places else []

    def groups(self, *, of_columns: bool = True) -> dict[str, list[int]]:
        """What is found together, by the names of columns or of rows: a number for each element."""
        found = {}
        for seed in self.columns if of_columns else self.rows:
            entries: list[set[Hashable]] = [set() for _ in range(size_of(seed.value.type.shape))]
            for number, result in enumerate(self.rows if of_columns else self.columns):
                block = (result.name, seed.name) if of_columns else (seed.name, result.name)
                for row, column in self.places[block]:
                    one, other = (column, row) if of_columns else (row, column)
                    entries[one].add((number, other))
            found[seed.name] = coloured(entries)
        return found


def pattern_of(linear: Linear, rows: Sequence[Output], columns: Sequence[Output]) -> Pattern:
    """The pattern of a matrix, by what moves its rows along directions of its columns."""
    places: dict[tuple[str, str], list[Place]] = {}
    results = {r.name: r.value for r in linear.results}
    for seed in linear.seeds:
        found = patterns(linear.nodes, seed.value)
        for row in rows:
            value = results.get(row.name)
            bits = found.get(value, []) if value is not None else []
            listed = [(i, j) for i, some in enumerate(bits) for j in _set(some)]
            places[row.name, seed.name] = listed
    return Pattern(rows, columns, places)


def products(groups: Mapping[str, Sequence[int]]) -> int:
    """How many products it takes to find them all."""
    return sum(len(set(numbers)) for numbers in groups.values())


def entries(basis: Basis, pattern: Pattern, row: Output, column: Output) -> list[Value]:
    """A block as its numbers, their rows and their columns."""
    builder = basis.builder
    parts = [(r, c, _in_runs(reads)) for r, c, reads in pattern.parts(row, column)]
    if not parts or any(_made(basis, r, c) is None for r, c, _ in parts):
        zeros = basis.library.operation("zeros")
        none = [builder.emit(zeros, (), ((0,), kind)) for kind in ("i64", "i64")]
        return [builder.emit(zeros, (), ((0,), row.value.type.dtype)), *none]
    listed = [place for _, _, reads in parts for place, _ in reads]
    rows = numbers(builder, [i for i, _ in listed], "rows")
    columns = numbers(builder, [j for _, j in listed], "columns")
    data = []
    for r, c, reads in parts:
        read = [place for _, place in reads]
        at = rows, columns
        if read != listed:
            one, other = zip(*read, strict=True)
            at = numbers(builder, one, "at_rows"), numbers(builder, other, "at_columns")
        data.append(_read(basis, r, c, read, *at))
    if len(data) > 1:
        data = [builder.emit(basis.library.operation("concatenate"), data, (0,))]
    return [*data, rows, columns]


def _made(basis: Basis, row: Output, column: Output) -> Value | None:
    """What the products gave for a block."""
    seed, result = (column, row) if basis.is_forward else (row, column)
    return basis.found.get((seed.name, result.name))


def _read(
    basis: Basis, row: Output, column: Output, places: list[Place], rows: Value, columns: Value
) -> Value:
    """The numbers at these places of a block."""
    builder = basis.builder
    made = _made(basis, row, column)
    assert made is not None
    m, n = size_of(row.value.type.shape), size_of(column.value.type.shape)
    groups = basis.groups.get(column.name if basis.is_forward else row.name, [0])
    count = len(set(groups))
    if basis.is_forward:
        shape, found = (m, count), [i * count + groups[j] for i, j in places]
    else:
        shape, found = (count, n), [groups[i] * n + j for i, j in places]
    reshape = basis.library.operation("reshape")
    if found == list(range(m * count if basis.is_forward else count * n)):
        return builder.emit(reshape, [made], ((len(found),),))
    flat = builder.emit(reshape, [made], (shape,))
    if basis.is_forward:
        at = [rows, _grouped(basis, groups, [j for _, j in places], columns)]
    else:
        at = [_grouped(basis, groups, [i for i, _ in places], rows), columns]
    return builder.emit(basis.library.operation("pick_at"), [flat, *at], ((),))


def _in_runs(reads: list[Read]) -> list[Read]:
    """Along diagonals, where that is said in fewer words than row by row."""
    diagonal = sorted(reads, key=lambda r: (r[0][1] - r[0][0], r[0][0]))

    def said(order: list[Read]) -> int:
        return sum(words(x) for side in zip(*order, strict=True) for x in zip(*side, strict=True))

    return min((reads, diagonal), key=said)


def _grouped(basis: Basis, groups: Sequence[int], listed: Sequence[int], value: Value) -> Value:
    """The group of each of these elements."""
    count = len(set(groups))
    if count == len(groups):
        return value
    builder = basis.builder
    if count == 1:
        return builder.emit(basis.library.operation("zeros"), (), ((len(listed),), "i64"))
    if is_in_turn(groups):
        return builder.emit(
            basis.library.operation("remainder"), [value, builder.constant(count, str(count))]
        )
    return numbers(builder, [groups[i] for i in listed], "groups")


def _set(bits: int) -> list[int]:
    """Which bits are set."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
