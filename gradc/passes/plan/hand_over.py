"""Hand over: which loops may overwrite what they start from, and what they must copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.node import Carried, Scan, Value
from gradc.ir.plan import Statement


def handed_slots(
    scan: Scan, later: Sequence[Statement], results: Sequence[Value], aliases: Aliases
) -> frozenset[Carried]:
    """The slots whose initial value is read by nothing else, neither by the statements after it."""
    shared = Counter(aliases.root(v) for v in scan.operands)
    alive: dict[Value, list[Value]] = {}
    for value in (*(v for s in later for n in s.nodes for v in n.operands), *results):
        alive.setdefault(aliases.root(value), []).append(value)
    return frozenset(
        slot
        for slot in scan.carried
        if aliases.owns(slot.initial)
        and shared[aliases.root(slot.initial)] == 1
        and all(aliases.descends(v, slot.result) for v in alive.get(aliases.root(slot.initial), ()))
    )


def copied_slots(scan: Scan, inside: Aliases) -> frozenset[Carried]:
    """What is carried on in the memory of another argument or of another carried value."""
    arguments = set(scan.parameters)
    seen: set[Value] = set()
    copied = set()
    for slot in scan.carried:
        root = inside.root(slot.following)
        if root in seen or (root in arguments and root is not slot.parameter):
            copied.add(slot)
        seen.add(root)
    return frozenset(copied)


def fresh_slots(scan: Scan, inside: Aliases) -> frozenset[Carried]:
    """The slots whose next value lies in this step's own memory, or in that of the slot.

    So the next step may overwrite it: nothing else looks into it, and it can be written to.
    """
    arguments = set(scan.parameters)
    made = dict.fromkeys(r for r in scan.body.results if r is not None)
    roots = Counter(map(inside.root, made))
    fresh = set()
    for slot in scan.carried:
        root = inside.root(slot.following)
        if (
            (root is slot.parameter or (inside.owns(root) and root not in arguments))
            and roots[root] == 1
            and not inside.is_fixed(slot.following)
        ):
            fresh.add(slot)
    return frozenset(fresh)
