"""Memory that is taken and given back while a program runs, and the most of it at a time."""

from __future__ import annotations

from gradc.ir.layout import Layout
from gradc.records import dataclass


@dataclass(slots=True, eq=False)
class Memory:
    """What an array of its own took; it is given back when nothing refers to it any more."""

    bytes: int
    references: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array that there is while a program runs: a layout, and the memory that it looks into."""

    layout: Layout
    memory: Memory
    is_view: bool = False


@dataclass(slots=True)
class Machine:
    """Counts references as Python does, and bytes."""

    held: int = 0
    peak: int = 0

    def made(self, layout: Layout) -> Array:
        """An array of its own, which nothing refers to yet."""
        self.held += layout.extent
        self.pass_by(0)
        return Array(layout, Memory(layout.extent))

    def pass_by(self, more: int) -> None:
        """For a moment there is so much more."""
        self.peak = max(self.peak, self.held + more)

    def refer(self, array: Array) -> Array:
        array.memory.references += 1
        return array

    def drop(self, array: Array) -> None:
        """One reference less."""
        memory = array.memory
        memory.references -= 1
        if not memory.references:
            self.held -= memory.bytes


NOWHERE = Memory(0, 1)
"""The memory of what is not counted: arguments, constants, numbers."""
