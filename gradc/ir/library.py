"""What passes ask of a library: operations by name, and their derivative rules."""

from __future__ import annotations

from typing import Protocol

from gradc.ir.node import Apply, Call, Rules
from gradc.ir.operation import Operation


class Library(Protocol):
    """Where passes look operations up by name.

    It holds their rules too: those are graphs, of which an operation knows nothing.
    """

    def operation(self, name: str) -> Operation: ...

    def rules(self, op: Operation) -> Rules: ...


def rules_of(node: Apply | Call, library: Library) -> Rules:
    """The derivative rules of what a node applies or calls."""
    return node.function.rules if isinstance(node, Call) else library.rules(node.op)
