"""Places: which arrays of a workspace are in one memory, as they are needed one after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.cost import nominal
from gradc.ir.loop import longest
from gradc.ir.node import Collected, Scan, Value, Walked, applies
from gradc.ir.plan import Block, Repetition, Statement, all_statements
from gradc.ir.sizes import product
from gradc.ir.types import BYTES

_SMALL = 1 << 12  # bytes that are not worth sharing

Lifetime = tuple[int, int]
"""The statement of a function that writes into a memory first, and the one that reads it last."""


def placed(
    values: Sequence[Value],
    blocks: Mapping[Value, Scan],
    lives: Mapping[Value, Lifetime],
    handed: Collection[tuple[Value, Value]],
) -> tuple[tuple[Value, ...], ...]:
    """The values by the memory that they are in, in their order.

    The largest choose first; free dimensions count for a nominal number. What is in `blocks` is as
    long as a block. In pairs that are `handed`, a loop reads the first as it writes the second.
    """

    def fits(value: Value, place: Sequence[Value]) -> bool:
        return all(_apart(lives, v, value, handed) for v in place)

    order = {v: i for i, v in enumerate(values)}
    sizes = {v: _bytes(v, blocks.get(v)) for v in values}
    places: list[list[Value]] = []
    for value in sorted(values, key=lambda v: -sizes[v]):
        place = None
        if sizes[value] >= _SMALL:
            place = next((p for p in places if fits(value, p)), None)
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


def _apart(
    lives: Mapping[Value, Lifetime],
    one: Value,
    other: Value,
    handed: Collection[tuple[Value, Value]],
) -> bool:
    """Whether one is read for the last time before the other is written."""
    for first, second in ((one, other), (other, one)):
        last, start = lives[first][1], lives[second][0]
        if last < start or (last == start and (first, second) in handed):
            return True
    return False


def handed_on(block: Block, aliases: Aliases) -> set[tuple[Value, Value]]:
    """Arrays that loops walk along, each with a stack whose elements may be written over its own:
    those are alike, and each step has read its one when it writes there."""
    sources = _sources(block)
    found = set()
    for statement in block.statements:
        if statement.repetition is None:
            continue
        scan = statement.repetition.scan
        roots = [aliases.root(v) for v in scan.operands]
        for walked in scan.walked:
            root = aliases.root(walked.whole)
            is_alone = roots.count(root) == 1 and walked.axis == walked.start == 0
            if not is_alone or not _is_reshaped(walked.whole, root, sources):
                continue
            for slot in scan.collected:
                is_alike = slot.axis == 0 and slot.stack.type == walked.whole.type
                if is_alike and _is_read_first(statement.repetition, walked, slot):
                    found.add((root, slot.stack))
    return found


def _sources(block: Block) -> dict[Value, Value]:
    """What lies in all of another value's memory, in the same order, and in whose."""
    found: dict[Value, Value] = {}
    for statement in block.statements:
        found.update((n.result, n.operands[0]) for n in statement.nodes if applies(n, "reshape"))
        written = statement.into if statement.into is not None else statement.over
        if written is not None:
            found[statement.result] = written
    return found


def _is_reshaped(value: Value, root: Value, sources: Mapping[Value, Value]) -> bool:
    """Whether it is all of that, in the same order."""
    while value is not root and value in sources:
        value = sources[value]
    return value is root


def _is_read_first(repetition: Repetition, walked: Walked, slot: Collected) -> bool:
    """Whether a step reads its element for the last time before it writes down what is stacked.

    That is where the value is made, if it is made in its stack, and else at the end of the step.
    """
    body, element, value = repetition.body, walked.parameter, slot.value
    if value in body.arguments:  # it is written down before all else
        return False
    aliases = aliases_of(body)
    early = {s.value for s in repetition.placed}
    if any(aliases.root(v) is element for v in body.results if v not in early):
        return False
    is_written, is_straight = False, slot in repetition.placed | repetition.kept
    for statement in body.statements:
        reads = any(aliases.root(v) is element for n in statement.nodes for v in n.operands)
        if is_written and reads:
            return False
        if is_straight and value in statement.node.results:
            is_written = True
            if reads and not _is_in_place(statement, element, aliases):
                return False
    return True


def _is_in_place(statement: Statement, element: Value, aliases: Aliases) -> bool:
    """Whether a statement reads each number of an element before it writes its own there."""
    own = [v for v in statement.node.operands if aliases.root(v) is element]
    return statement.node.traits.elementwise and all(
        v is element and v.type == statement.result.type for v in own
    )


def _bytes(value: Value, scan: Scan | None) -> int:
    return nominal(product(longest(value.type, scan))) * BYTES[value.type.dtype]
