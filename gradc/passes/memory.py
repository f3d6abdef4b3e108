"""Memory: which values a routine lets go before its end, because that lowers its peak."""

from __future__ import annotations

from collections.abc import Callable

from gradc.ir.cost import nominal_bytes
from gradc.ir.graph import Value
from gradc.ir.program import Routine

_SMALL = 1 << 16  # bytes that are not worth a line


def choose_frees(
    routine: Routine,
    owned: set[Value],
    block: Callable[[Value], Value],
    last: dict[Value, int],
) -> None:
    """Marks the steps after which blocks of memory are let go.

    All blocks are first taken to be let go at once, which gives the lowest possible peak; then
    those are kept to the end that do not raise it, the latest to die first.
    """
    steps = routine.steps
    change = [0] * (len(steps) + 1)
    members: dict[Value, list[Value]] = {}
    candidates: list[tuple[int, int, Value]] = []
    for position, step in enumerate(steps):
        for result in step.node.results:
            owner = block(result)
            if not step.nested:
                members.setdefault(owner, []).append(result)
            if owner is not result or result not in owned or step.nested:
                continue
            size = nominal_bytes(result)
            dies = last.get(owner, position)
            change[position] += size
            if dies < len(steps) - 1:
                change[dies + 1] -= size
                candidates.append((dies, size, owner))
    usage = []
    total = 0
    for delta in change:
        total += delta
        usage.append(total)
    peak = max(usage, default=0)
    held_highest, position = 0, len(usage) - 1
    for dies, size, owner in sorted(candidates, key=lambda c: -c[0]):
        while position > dies:
            held_highest = max(held_highest, usage[position])
            position -= 1
        if size < _SMALL or held_highest + size <= peak:
            held_highest += size
        else:
            steps[dies].frees = (*steps[dies].frees, *members[owner])
