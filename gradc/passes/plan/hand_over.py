"""Hand over: which loops may overwrite what they start from, and what they must copy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.graph import Value
from gradc.ir.loop import Loop
from gradc.ir.plan import Statement


def handed_slots(
    position: int, statements: Sequence[Statement], results: Sequence[Value], aliases: Aliases
) -> frozenset[int]:
    """The slots of the scan at a position whose initial value is read by nothing else."""
    node = statements[position].node
    assert node.op.loop is not None
    shared = Counter(aliases.root(v) for v in node.operands)
    later = [v for s in statements[position + 1 :] for n in s.nodes for v in n.operands]
    alive: dict[Value, list[Value]] = {}
    for value in (*later, *results):
        alive.setdefault(aliases.root(value), []).append(value)
    return frozenset(
        i
        for i, initial in enumerate(node.operands[: node.op.loop.carried])
        if aliases.owns(initial)
        and shared[aliases.root(initial)] == 1
        and all(aliases.descends(v, node.results[i]) for v in alive.get(aliases.root(initial), ()))
    )


def copied_slots(loop: Loop, inside: Aliases) -> frozenset[int]:
    """What is carried on in the memory of another argument or of another carried value."""
    arguments = set(loop.body.parameters)
    seen: set[Value] = set()
    copied = set()
    for i, following in enumerate(loop.body.results[: loop.carried]):
        assert following is not None
        root = inside.root(following)
        if root in seen or (root in arguments and root is not loop.body.parameters[i]):
            copied.add(i)
        seen.add(root)
    return frozenset(copied)


def fresh_slots(loop: Loop, inside: Aliases) -> frozenset[int]:
    """The slots whose next value lies in this step's own memory, or in that of the slot.

    So the next step may overwrite it: nothing else looks into it, and it can be written to.
    """
    arguments = set(loop.body.parameters)
    roots = Counter(inside.root(r) for r in dict.fromkeys(loop.body.results) if r is not None)
    fresh = set()
    for i, following in enumerate(loop.body.results[: loop.carried]):
        assert following is not None
        root, own = inside.root(following), loop.body.parameters[i]
        if (
            (root is own or (inside.owns(root) and root not in arguments))
            and roots[root] == 1
            and not inside.is_fixed(following)
        ):
            fresh.add(i)
    return frozenset(fresh)
