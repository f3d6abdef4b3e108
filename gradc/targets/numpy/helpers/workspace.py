"""Memory between calls."""

from typing import Any


class Workspace:
    """Memory that calls use again: one for each thread. With `reuse`, what they return too."""

    def __init__(self, reuse: bool = False) -> None:
        self.reuse = reuse
        self._held: dict[Any, tuple[Any, ...]] = {}
        self._is_again = False

    def arrays(self, empty: Any, kinds: Any, *sizes: int) -> list[Any]:
        """The arrays of a function for these sizes: its own, then those that it returns."""
        held = self._held.get(kinds)
        if held is None or held[0] != sizes:
            within, returned = kinds(*sizes)
            kept: list[Any] = []
            for kind in within + returned if self.reuse else within:
                kept += self._shared(empty, kind) if type(kind) is list else [empty(*kind)]
            held = self._held[kinds] = (sizes, kept, [] if self.reuse else returned)
        elif not self._is_again:
            # What a call frees is for the next one to take: glibc gives it back to the system
            # where it is more than twice the largest block that was ever freed.
            self._is_again = True
            empty(1 << 24, "u1")
        found: list[Any] = held[1] + [empty(*kind) for kind in held[2]]
        return found

    def _shared(self, empty: Any, kinds: Any) -> list[Any]:
        """Arrays in one memory, as large as the largest of them."""
        sizes = [empty(*kind).nbytes for kind in kinds]
        memory = empty(max(sizes), "u1")
        pairs = zip(sizes, kinds, strict=True)
        return [memory[:size].view(kind).reshape(shape) for size, (shape, kind) in pairs]
