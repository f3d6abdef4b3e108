"""How much of a file may still be written out as nodes, and worked out as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gradc.importing.onnx.claims import too_many
from gradc.limits import MAX_WRITTEN_OUT

MAX_SETTLED = 1 << 24
"""Elements of one array that is worked out."""

ALL_SETTLED = 1 << 26
"""Elements of all of them, beside as many as a few times what the file holds."""

_TIMES_HELD = 4


class Room:
    """What is left of both, for a file and all the graphs within it."""

    def __init__(self, held: int):
        """`held` are the elements in the file."""
        self._nodes = MAX_WRITTEN_OUT
        self._elements = ALL_SETTLED + _TIMES_HELD * held
        self._depth = 0

    @contextmanager
    def within(self) -> Iterator[None]:
        """Nodes said meanwhile are of a graph within: they are written out each time."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def node(self) -> None:
        """A node is about to be said. Raises NoModel."""
        if self._depth:
            self._nodes -= 1
        if self._nodes < 0:
            raise too_many()

    def fits(self, elements: float) -> bool:
        """Whether an array of so many elements may be worked out."""
        return elements <= min(MAX_SETTLED, self._elements)

    def settled(self, elements: int) -> None:
        """An array of so many elements was worked out."""
        self._elements -= elements
