"""What passes ask of the target that a program is written for."""

from __future__ import annotations

from typing import Protocol

from gradc.ir.graph import Node
from gradc.ir.operation import Operation


class Target(Protocol):
    """How a target spells operations, as far as memory and statements go."""

    def overwrites(self, op: Operation) -> frozenset[int]:
        """The operands whose memory its spelling can give to the result."""

    def is_statements(self, op: Operation) -> bool:
        """Whether its spelling is several statements, which cannot stand in an expression."""

    def repeats(self, op: Operation) -> frozenset[int]:
        """The operands that its spelling names more than once."""

    def is_short(self, node: Node) -> bool:
        """Whether its spelling is as short as a name, so that it needs none."""
