"""Places: which arrays of a workspace are in one memory, as they are needed one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.cost import nominal
from gradc.ir.node import Scan, Value
from gradc.ir.plan import Block, Statement, all_statements
from gradc.ir.sizes import minimum, product
from gradc.ir.types import BYTES

_SMALL = 1 << 12  # bytes that are not worth sharing

Lifetime = tuple[int, int]
"""The statement of a function that writes into a memory first, and the one that reads it last."""


def placed(
    values: Sequence[Value], blocks: Mapping[Value, Scan], lives: Mapping[Value, Lifetime]
) -> tuple[tuple[Value, ...], ...]:
    """The values by the memory that they are in, in their order.

    The largest choose first; free dimensions count for a nominal number. What is in `blocks` is as
    long as a block.
    """
    order = {v: i for i, v in enumerate(values)}
    sizes = {v: _bytes(v, blocks.get(v)) for v in values}
    places: list[list[Value]] = []
    for value in sorted(values, key=lambda v: -sizes[v]):
        place = None
        if sizes[value] >= _SMALL:
            place = next((p for p in places if all(_apart(lives, v, value) for v in p)), None)
        if place is None:
            places.append([value])
        else:
            place.append(value)
    for place in places:
        place.sort(key=order.__getitem__)
    return tuple([tuple(p) for p in sorted(places, key=lambda p: order[p[0]])])


def aliases_of(block: Block) -> Aliases:
    """Which values share memory in a block and its loops, as it is planned."""
    statements = list(all_statements(block))
    aliases = Aliases([n for s in statements for n in s.nodes])
    for statement in statements:
        written = statement.into if statement.into is not None else statement.over
        if written is not None:
            aliases.take_over(statement.result, written)
    return aliases


def lifetimes(block: Block, aliases: Aliases) -> dict[Value, Lifetime]:
    """When each memory is needed, by the value that first had it, in statements of the block."""
    found: dict[Value, Lifetime] = {}
    for position, statement in enumerate(block.statements):
        for value in _touched(statement):
            root = aliases.root(value)
            found[root] = (found.get(root, (position, 0))[0], position)
    for result in block.results:
        root = aliases.root(result)
        if root in found:
            found[root] = (found[root][0], len(block.statements))
    return found


def _touched(statement: Statement) -> list[Value]:
    """What a statement reads and makes, in its loop too."""
    nodes = list(statement.nodes)
    if statement.repetition is not None:
        nodes += [n for s in all_statements(statement.repetition.body) for n in s.nodes]
    return [v for n in nodes for v in (*n.operands, *n.results)]


def _apart(lives: Mapping[Value, Lifetime], one: Value, other: Value) -> bool:
    """Whether one is read for the last time before the other is written."""
    return lives[one][1] < lives[other][0] or lives[other][1] < lives[one][0]


def _bytes(value: Value, scan: Scan | None) -> int:
    shape = value.type.shape
    if scan is not None and scan.block is not None:
        shape = (minimum(scan.count, scan.block), *shape[1:])
    return nominal(product(shape)) * BYTES[value.type.dtype]
