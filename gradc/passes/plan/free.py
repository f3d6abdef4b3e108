"""Free: which values a block lets go before its end, because that lowers its peak."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.cost import nominal_bytes, usage
from gradc.ir.node import Value
from gradc.ir.plan import Statement
from gradc.records import replace

_SMALL = 1 << 16  # bytes that are not worth a line
_WORTH = 0.1  # of the lowest peak: letting go of less is not worth one either


def last_reads(
    statements: Sequence[Statement], results: Sequence[Value], aliases: Aliases
) -> dict[Value, int]:
    """The statement that reads each piece of memory last; what is returned lives to the end.

    Memory goes by the value that first had it.
    """
    last: dict[Value, int] = {}
    for position, statement in enumerate(statements):
        for node in statement.nodes:
            for value in node.operands:
                last[aliases.root(value)] = position
    for result in results:
        last[aliases.root(result)] = len(statements)
    return last


def with_frees(
    statements: Sequence[Statement], results: Sequence[Value], aliases: Aliases
) -> list[Statement]:
    """The statements, each with what is let go after it.

    All memory is first taken to be let go at once, which gives the lowest possible peak; then what
    does not raise that by much is kept to the end, the latest to die first.
    """
    if all([nominal_bytes(r) < _SMALL for s in statements for r in s.node.results]):
        return list(statements)
    last = last_reads(statements, results, aliases)
    members: dict[Value, list[Value]] = {}
    lifetimes: list[tuple[int, int, int]] = []
    candidates: list[tuple[int, int, Value]] = []
    for position, statement in enumerate(statements):
        for result in statement.node.results:
            owner = aliases.root(result)
            members.setdefault(owner, []).append(result)
            if owner is not result or not aliases.owns(result):
                continue
            size, dies = nominal_bytes(result), last.get(owner, position)
            lifetimes.append((size, position, dies))
            if dies < len(statements) - 1:
                candidates.append((dies, size, owner))
    held = usage(lifetimes, len(statements))
    peak = int(max(held, default=0) * (1 + _WORTH))
    freed: dict[int, tuple[Value, ...]] = {}
    held_highest, position = 0, len(held) - 1
    for dies, size, owner in sorted(candidates, key=lambda c: -c[0]):
        while position > dies:
            held_highest = max(held_highest, held[position])
            position -= 1
        if size < _SMALL or held_highest + size <= peak:
            held_highest += size
        else:
            freed[dies] = (*freed.get(dies, ()), *members[owner])
    return [replace(s, frees=freed[i]) if i in freed else s for i, s in enumerate(statements)]
