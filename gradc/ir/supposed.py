"""What is known of sizes beside their form: those that a graph declares are at least 0.

It holds from the declarations of a graph until another graph is read; whoever runs a pass on one
that was read before says `suppose` for it again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from contextvars import ContextVar

_SUPPOSED: ContextVar[frozenset[Hashable]] = ContextVar("supposed", default=frozenset())


def suppose(sizes: Iterable[Hashable]) -> None:
    """From here on these sizes, and no others, are known to be at least 0."""
    _SUPPOSED.set(frozenset(sizes))


def supposed() -> frozenset[Hashable]:
    """The sizes that are known to be at least 0."""
    return _SUPPOSED.get()
