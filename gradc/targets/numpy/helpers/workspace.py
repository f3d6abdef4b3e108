"""Memory between calls."""

from typing import Any


class Workspace:
    """Memory that calls use again: one for each thread. With `reuse`, what they return too."""

    def __init__(self, reuse: bool = False) -> None:
        self.reuse = reuse
        self._held: dict[Any, tuple[Any, ...]] = {}

    def arrays(self, empty: Any, kinds: Any, *sizes: int) -> list[Any]:
        """The arrays of a function for these sizes: its own, then those that it returns."""
        held = self._held.get(kinds)
        if held is None or held[0] != sizes:
            within, returned = kinds(*sizes)
            kept = [empty(*kind) for kind in (within + returned if self.reuse else within)]
            held = self._held[kinds] = (sizes, kept, [] if self.reuse else returned)
        found: list[Any] = held[1] + [empty(*kind) for kind in held[2]]
        return found
