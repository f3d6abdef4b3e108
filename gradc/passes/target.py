"""What passes ask of the target that a program is written for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gradc.ir.node import Apply
from gradc.ir.operation import Operation


class Target(Protocol):
    """How a target spells operations, as far as memory and statements go."""

    def joins(self, node: Apply, users: Sequence[Apply]) -> bool:
        """Whether a node may be written within each of its users, in place of its value's name."""

    def is_expression(self, op: Operation) -> bool:
        """Whether its spelling reads all that it needs before it leaves its result anywhere."""

    def writes(self, op: Operation) -> bool:
        """Whether its spelling can write the result into memory that there is already."""

    def overwrites(self, op: Operation) -> frozenset[int]:
        """The operands whose memory its spelling can give to the result."""
