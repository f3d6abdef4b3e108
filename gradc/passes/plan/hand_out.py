"""Hand out: which results a routine copies, so that what its caller gets is the caller's alone."""

from __future__ import annotations

from collections.abc import Sequence

from gradc.ir.aliases import Aliases
from gradc.ir.node import Value


def copied_results(results: Sequence[Value], given: int, aliases: Aliases) -> frozenset[int]:
    """The positions of results that are copied; the first `given` go to the caller.

    One is copied where its memory is an argument's, a constant's, cannot be written through, or is
    that of another result. What goes on inside the module keeps the memory that it has.
    """
    taken = {aliases.root(v) for v in results[given:]}
    copied = set()
    for position, value in enumerate(results[:given]):
        root = aliases.root(value)
        if value.type.shape and (
            root in taken or not aliases.owns(root) or aliases.is_fixed(value)
        ):
            copied.add(position)
        taken.add(root)
    return frozenset(copied)
