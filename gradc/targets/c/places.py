"""Places: where in the workspace values are stored. What nobody reads any more makes room."""

from __future__ import annotations

from collections.abc import Mapping

from gradc.ir.sizes import Size, known, product
from gradc.ir.types import BYTES, Type
from gradc.records import dataclass, field
from gradc.targets.c.interface import Interface
from gradc.targets.c.sizes import size_expr

_ALIGNED = 64
_LARGE = 4096  # bytes after which caches put what follows at the same places again
_APART = 17 * _ALIGNED
"""Bytes between large places. Sizes tend to be powers of two, so that neighbours would begin at the
same places of a cache: of what is walked side by side, one would be in the way of another."""


def bytes_of(kind: Type) -> Size:
    """The bytes of an array."""
    return product(kind.shape) * BYTES[kind.dtype]


def room_of(size: Size, dims: Mapping[str, int] | None = None) -> int:
    """Bytes from where a place of a size begins to where the next one does."""
    return -(-known(size, dims or {}) // _ALIGNED) * _ALIGNED + _apart(size)


def _apart(size: Size) -> int:
    return 0 if isinstance(size, int) and size < _LARGE else _APART


@dataclass(slots=True, eq=False)
class Place:
    """A part of the workspace. It grows to the largest array that it is ever given to."""

    bytes: Size

    def holds(self, kind: Type) -> bool:
        """Makes room for an array, where sizes are numbers; whether there is any."""
        needed = bytes_of(kind)
        if isinstance(needed, int) and isinstance(self.bytes, int):
            self.bytes = max(needed, self.bytes)
            return True
        return self.bytes == needed


@dataclass(slots=True)
class Workspace:
    """The places of all routines. Of two routines only one runs at a time, so they share them."""

    places: list[Place] = field(default_factory=list)
    kept: list[Place] = field(default_factory=list)  # from forward to backward
    free: list[Place] = field(default_factory=list)

    def begin(self, *, keeps: bool) -> None:
        """A routine begins; `keeps` says that it must leave alone what is kept."""
        self.free = [p for p in self.places if not keeps or p not in self.kept]

    def keep(self, kind: Type) -> Place:
        """A place of its own for what goes from forward to backward."""
        place = Place(bytes_of(kind))
        self.places.append(place)
        self.kept.append(place)
        return place

    def take(self, kind: Type) -> Place:
        """A place for an array: the smallest that fits, or one that grows."""
        needed = bytes_of(kind)
        place = self._fitting(needed)
        if place is None:
            place = Place(needed)
            self.places.append(place)
        else:
            self.free.remove(place)
        return place

    def fresh(self, kind: Type) -> Place:
        """A place that nothing before in the routine was given."""
        place = Place(bytes_of(kind))
        self.places.append(place)
        return place

    def give(self, place: Place) -> None:
        """Nobody reads what is there any more."""
        self.free.append(place)

    def _fitting(self, needed: Size) -> Place | None:
        if not isinstance(needed, int):
            return next((p for p in self.free if p.bytes == needed), None)
        sized = [(p.bytes, n) for n, p in enumerate(self.free) if isinstance(p.bytes, int)]
        fitting = [found for found in sized if found[0] >= needed]
        if fitting:
            return self.free[min(fitting)[1]]
        if not sized:
            return None
        place = self.free[max(sized)[1]]
        if place in self.kept:
            return None
        place.bytes = needed
        return place


def place_lines(interface: Interface, workspace: Workspace) -> list[str]:
    """Where the places of the workspace begin, for given dimensions."""
    stem = interface.stem
    if not interface.dims:
        constant = f"{stem.upper()}_WORKSPACE_BYTES"
        return [f"size_t {stem}_workspace_bytes(void) {{", f"    return {constant};", "}"]
    names = {d: f"dims->{f}" for d, f in interface.dim_fields.items()}
    sizes = [size_expr(p.bytes, names.__getitem__) for p in workspace.places]
    lines = [
        "/* Where a part of the workspace begins; behind the last one it ends. */",
        f"static size_t {stem}_place(const {stem}_dims *dims, int part) {{",
        "    size_t at = 0;",
    ]
    for number, (place, size) in enumerate(zip(workspace.places, sizes, strict=True)):
        room = f"((size_t)({size.text}) + {_ALIGNED - 1}) / {_ALIGNED} * {_ALIGNED} + {_APART}"
        if isinstance(place.bytes, int):
            room = str(room_of(place.bytes))
        lines.append(f"    if (part > {number}) at += {room};")
    if not sizes:
        lines.append("    (void)part;")
    if not any("dims->" in size.text for size in sizes):
        lines.append("    (void)dims;")
    part = [
        f"static void *{stem}_part(void *workspace, const {stem}_dims *dims, int part) {{",
        f"    return (char *)workspace + {stem}_place(dims, part);",
        "}",
        "",
    ]
    return [
        *lines, "    return at;", "}", "", *(part if sizes else []),
        f"size_t {stem}_workspace_bytes(const {stem}_dims *dims) {{",
        f"    return {stem}_place(dims, {len(sizes)});",
        "}",
    ]  # fmt: skip
